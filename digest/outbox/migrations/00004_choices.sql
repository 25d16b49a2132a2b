-- +goose Up
-- Readers with the same choices share a message: language, format, topics (one on a line),
-- and the last issue they had, since a weekly reader gets what came after it. Where there
-- is nothing for such readers, the row says why and has no bytes.
CREATE TABLE message_by_choice (
    id       INTEGER PRIMARY KEY,
    issue_id INTEGER NOT NULL REFERENCES run (issue_id),
    language TEXT NOT NULL,
    format   TEXT NOT NULL,
    topics   TEXT NOT NULL,
    since    INTEGER NOT NULL, -- an issue's id, 0 for none
    revision INTEGER NOT NULL DEFAULT 0, -- of the issue: it grows when a story is pulled
    empty    TEXT NOT NULL DEFAULT '',
    data     BLOB NOT NULL,
    UNIQUE (issue_id, language, format, topics, since, revision)
) STRICT;
INSERT INTO message_by_choice (id, issue_id, language, format, topics, since, data)
SELECT id, issue_id, language, 'html', '', 0, data FROM message;
DROP TABLE message;
ALTER TABLE message_by_choice RENAME TO message;

ALTER TABLE run ADD COLUMN revision INTEGER NOT NULL DEFAULT 0; -- the one that is sent now
ALTER TABLE run ADD COLUMN day INTEGER NOT NULL DEFAULT 0; -- of the slot, in the edition's zone, since 1970
UPDATE run SET day = posted_at / 86400;
CREATE INDEX run_edition ON run (edition, issue_id);

-- Single mails, such as the one that asks to confirm. They are deliveries of a run of
-- their own, number -1, whose subscriber_id is the letter's id.
CREATE TABLE letter (
    id   INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    ref  INTEGER NOT NULL, -- what it is about, as package subscribers counts it
    at   INTEGER NOT NULL,
    UNIQUE (kind, ref)
) STRICT;
