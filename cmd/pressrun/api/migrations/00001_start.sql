-- +goose Up
-- Times are unix seconds.
-- Calls with an Idempotency-Key, for a day. A row is written before anything is done, and
-- its answer once it is.
CREATE TABLE api_call (
    token_id INTEGER NOT NULL,
    key      TEXT NOT NULL,
    hash     BLOB NOT NULL,              -- of the call: method, path, query, body
    started  INTEGER NOT NULL,
    process  TEXT NOT NULL,              -- that is at it; '' when it gave up
    first    INTEGER NOT NULL DEFAULT 0, -- what the first try decided, such as an issue's slot
    status   INTEGER NOT NULL DEFAULT 0, -- 0: no answer yet
    body     BLOB,
    location TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (token_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_call_started ON api_call (started);

-- Programs that are told what happened. Their secrets are made from the salt and the secret
-- of the settings, so that none is in here.
CREATE TABLE webhook (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    url      TEXT NOT NULL,
    salt     BLOB NOT NULL,
    events   TEXT NOT NULL,               -- with blanks between
    created  INTEGER NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,  -- since when; 0: it is told
    why      TEXT NOT NULL DEFAULT ''     -- it is disabled
) STRICT;

CREATE TABLE webhook_delivery (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id INTEGER NOT NULL REFERENCES webhook (id),
    name       TEXT NOT NULL, -- of the message: the same at each attempt
    event      TEXT NOT NULL,
    body       TEXT NOT NULL,
    created    INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('due', 'sent', 'failed')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    due_at     INTEGER NOT NULL,
    said       TEXT NOT NULL DEFAULT '' -- at the last attempt
) STRICT;
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, due_at) WHERE state = 'due';
CREATE INDEX webhook_delivery_hook ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_old ON webhook_delivery (created) WHERE state <> 'due';

-- How far the ledgers of other packages were read: the last row of consent.
CREATE TABLE webhook_mark (
    name TEXT PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Issues whose end was looked at: up to which reader their failures were told, and whether
-- that was all.
CREATE TABLE webhook_issue (
    issue_id INTEGER PRIMARY KEY,
    after    INTEGER NOT NULL,
    done     INTEGER NOT NULL
) STRICT;
