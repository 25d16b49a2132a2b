-- +goose Up
-- More of when an edition goes out, as JSON: holidays, until when an issue is of use, and
-- whether editors approve it.
ALTER TABLE edition ADD COLUMN timing TEXT NOT NULL DEFAULT '{}';

-- The question to the editors whether the issue due at a slot may go out, and their answer.
CREATE TABLE approval (
    edition_id INTEGER NOT NULL REFERENCES edition (id),
    slot       INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'held')),
    editors    TEXT NOT NULL DEFAULT '',    -- who approved or held it, one on a line
    answered   INTEGER NOT NULL DEFAULT 0,
    plan       INTEGER NOT NULL,            -- version of the plan they saw
    asked      INTEGER NOT NULL,
    verdict    TEXT NOT NULL DEFAULT '',    -- what became of it at its slot: send, headlines, hold
    reason     TEXT NOT NULL DEFAULT '',    -- of the verdict, or why an approval was withdrawn
    released   INTEGER NOT NULL DEFAULT 0,  -- when an editor let a held one go; the slot it then has
    PRIMARY KEY (edition_id, slot)
) STRICT;
CREATE INDEX approval_released ON approval (released) WHERE released > 0;

-- Mails to editors: a row first, then the mail.
CREATE TABLE notice (
    id         INTEGER PRIMARY KEY,
    edition_id INTEGER NOT NULL REFERENCES edition (id),
    slot       INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('draft', 'withdrawn', 'skipped')),
    round      INTEGER NOT NULL,  -- tells apart notices of one kind for one slot
    editor     TEXT NOT NULL,     -- address
    detail     TEXT NOT NULL,     -- reasons, one on a line
    created    INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('due', 'sending', 'sent')),
    next_at    INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    error      TEXT NOT NULL DEFAULT '',
    UNIQUE (edition_id, slot, kind, round, editor)
) STRICT;
CREATE INDEX notice_due ON notice (next_at) WHERE state = 'due';
