-- +goose Up

-- What is known of an import, for the list of them.
ALTER TABLE import ADD COLUMN file TEXT NOT NULL DEFAULT '';
ALTER TABLE import ADD COLUMN system TEXT NOT NULL DEFAULT ''; -- whose export the file was
ALTER TABLE import ADD COLUMN added INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import ADD COLUMN unsubscribed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import ADD COLUMN undone_at INTEGER;

-- What an import brought, so that it can be undone. Ids are given in order and never twice,
-- so that two ranges tell the new rows of each of its transactions.
CREATE TABLE import_part (
    import_id          INTEGER NOT NULL REFERENCES import (id),
    first_subscriber   INTEGER NOT NULL,
    last_subscriber    INTEGER NOT NULL,
    first_subscription INTEGER NOT NULL,
    last_subscription  INTEGER NOT NULL,
    PRIMARY KEY (import_id, first_subscription, first_subscriber)
) STRICT;

-- What a subscription was that an import found and changed.
CREATE TABLE import_change (
    subscription_id INTEGER NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    import_id       INTEGER NOT NULL REFERENCES import (id),
    state           TEXT    NOT NULL,
    paused_until    INTEGER,
    confirmed_at    INTEGER,
    left_at         INTEGER,
    since           INTEGER,
    PRIMARY KEY (subscription_id, import_id)
) STRICT;
CREATE INDEX import_change_import ON import_change (import_id);

-- The suppressions an import brought. subscriber_id is NULL for an address that is no
-- reader's.
CREATE TABLE import_suppression (
    import_id     INTEGER NOT NULL REFERENCES import (id),
    hash          TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    subscriber_id INTEGER REFERENCES subscriber (id) ON DELETE SET NULL,
    PRIMARY KEY (import_id, hash, reason)
) STRICT;
CREATE INDEX import_suppression_subscriber ON import_suppression (subscriber_id);

-- Imported readers who changed something about themselves since: they are the readers' own
-- then, and undoing the import leaves them.
CREATE TABLE import_touched (
    subscriber_id INTEGER PRIMARY KEY REFERENCES subscriber (id) ON DELETE CASCADE
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER subscriber_touched AFTER UPDATE OF email, name, language, format ON subscriber
WHEN EXISTS (SELECT 1 FROM import_part WHERE new.id BETWEEN first_subscriber AND last_subscriber)
BEGIN
    INSERT INTO import_touched (subscriber_id) VALUES (new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
