-- +goose Up

-- A person as we may write to them. suppressed is 1 while the address has a row in
-- suppression; it is kept here so that the view recipient needs no hash.
CREATE TABLE subscriber (
    id         INTEGER PRIMARY KEY,
    email      TEXT    NOT NULL,
    name       TEXT    NOT NULL DEFAULT '',
    language   TEXT    NOT NULL DEFAULT '',
    format     TEXT    NOT NULL DEFAULT 'html' CHECK (format IN ('html', 'text')),
    suppressed INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX subscriber_email ON subscriber (lower(email));

CREATE TABLE subscription (
    id            INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    edition       TEXT    NOT NULL, -- the edition's slug
    state         TEXT    NOT NULL CHECK (state IN ('pending', 'confirmed', 'paused', 'unsubscribed')),
    paused_until  INTEGER,
    created_at    INTEGER NOT NULL,
    confirmed_at  INTEGER,
    left_at       INTEGER,
    UNIQUE (edition, subscriber_id)
) STRICT;
CREATE INDEX subscription_subscriber ON subscription (subscriber_id);

-- One file or stream of readers that an operator brought, with the evidence stated for
-- all of them.
CREATE TABLE import (
    id       INTEGER PRIMARY KEY,
    edition  TEXT    NOT NULL,
    evidence TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;

-- What a reader agreed to and what they took back (W6). Rows are added, never changed.
CREATE TABLE consent (
    id              INTEGER PRIMARY KEY,
    subscription_id INTEGER NOT NULL REFERENCES subscription (id),
    act             TEXT    NOT NULL CHECK (act IN ('give', 'withdraw', 'restore')),
    method          TEXT    NOT NULL,
    evidence        TEXT    NOT NULL DEFAULT '', -- of an import: in its own row
    at              INTEGER NOT NULL, -- when the reader acted, as far as is known
    recorded_at     INTEGER NOT NULL,
    import_id       INTEGER REFERENCES import (id)
) STRICT;
CREATE INDEX consent_subscription ON consent (subscription_id);

-- Addresses that must not be written to, as keyed hashes (B11): a row outlives the
-- subscriber, and no address can be read from it. One row for each reason.
CREATE TABLE suppression (
    hash   TEXT    NOT NULL,
    reason TEXT    NOT NULL CHECK (reason IN ('left', 'bounce', 'complaint', 'operator', 'erased')),
    at     INTEGER NOT NULL,
    detail TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (hash, reason)
) STRICT;

-- The published contract: an address that may be written to for an edition now.
CREATE VIEW recipient AS
SELECT n.subscriber_id, n.id AS subscription_id, n.edition, s.email, s.name, s.language, s.format
FROM subscription n
JOIN subscriber s ON s.id = n.subscriber_id
WHERE n.state = 'confirmed' AND s.suppressed = 0;
