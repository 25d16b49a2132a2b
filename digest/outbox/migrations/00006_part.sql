-- +goose Up
-- How far an issue came with the readers of each domain, and through each relay: what the
-- attempts ended in, kept in the transactions that write them down. name is '' for all that
-- have no row of their own. What was sent before this table was is under '' too.
CREATE TABLE part (
    issue_id INTEGER NOT NULL REFERENCES run (issue_id),
    kind     TEXT NOT NULL, -- domain, relay
    name     TEXT NOT NULL,
    taken    INTEGER NOT NULL DEFAULT 0,
    put_off  INTEGER NOT NULL DEFAULT 0,
    refused  INTEGER NOT NULL DEFAULT 0,
    doubtful INTEGER NOT NULL DEFAULT 0,
    said     TEXT NOT NULL DEFAULT '', -- the last answer that was no "yes"
    said_at  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (issue_id, kind, name)
) STRICT, WITHOUT ROWID;
INSERT INTO part (issue_id, kind, name, taken)
SELECT t.issue_id, k.column1, '', sum(t.n) FROM tally t, (VALUES ('domain'), ('relay')) k
WHERE t.state IN ('sent', 'bounced', 'complained') AND t.n > 0 AND t.issue_id > 0 GROUP BY t.issue_id, k.column1;

ALTER TABLE run ADD COLUMN folded INTEGER NOT NULL DEFAULT 0; -- 1: small domains have no name any more
