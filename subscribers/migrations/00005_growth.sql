-- +goose Up

-- How many readers an edition gained and lost, by the UTC day on which it was learned:
-- joined and departed by their own act, brought by an operator or an import, dropped when
-- they were erased or their import undone. The sum of all days is how many have the edition
-- now, paused ones too: nobody counts a million rows to show that.
CREATE TABLE growth (
    edition  TEXT    NOT NULL,
    day      INTEGER NOT NULL, -- since 1970
    joined   INTEGER NOT NULL DEFAULT 0,
    brought  INTEGER NOT NULL DEFAULT 0,
    departed INTEGER NOT NULL DEFAULT 0,
    dropped  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (edition, day)
) STRICT, WITHOUT ROWID;

-- Of readers from before this table only what they say of themselves is known.
INSERT INTO growth (edition, day, joined)
SELECT edition, coalesce(since, confirmed_at, created_at) / 86400, count(*)
FROM subscription WHERE state IN ('confirmed', 'paused') GROUP BY 1, 2;

-- Who signs up is pending first; who is here at once was brought.
-- +goose StatementBegin
CREATE TRIGGER subscription_brought AFTER INSERT ON subscription WHEN new.state IN ('confirmed', 'paused')
BEGIN
    INSERT INTO growth (edition, day, brought) VALUES (new.edition, unixepoch() / 86400, 1)
    ON CONFLICT (edition, day) DO UPDATE SET brought = brought + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER subscription_joined AFTER UPDATE OF state ON subscription
WHEN old.state NOT IN ('confirmed', 'paused') AND new.state IN ('confirmed', 'paused')
BEGIN
    INSERT INTO growth (edition, day, joined) VALUES (new.edition, unixepoch() / 86400, 1)
    ON CONFLICT (edition, day) DO UPDATE SET joined = joined + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER subscription_departed AFTER UPDATE OF state ON subscription
WHEN old.state IN ('confirmed', 'paused') AND new.state NOT IN ('confirmed', 'paused')
BEGIN
    INSERT INTO growth (edition, day, departed) VALUES (new.edition, unixepoch() / 86400, 1)
    ON CONFLICT (edition, day) DO UPDATE SET departed = departed + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER subscription_dropped AFTER DELETE ON subscription WHEN old.state IN ('confirmed', 'paused')
BEGIN
    INSERT INTO growth (edition, day, dropped) VALUES (old.edition, unixepoch() / 86400, 1)
    ON CONFLICT (edition, day) DO UPDATE SET dropped = dropped + 1;
END;
-- +goose StatementEnd
