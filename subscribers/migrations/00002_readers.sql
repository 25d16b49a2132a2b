-- +goose Up

-- The three tables are made anew, because ids must never be given twice: the links in old
-- mails name a subscriber or a subscription for ever (W2), and those of somebody who was
-- erased must not open for the next who comes. AUTOINCREMENT promises that.
DROP VIEW recipient;

CREATE TABLE subscriber_new (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    email      TEXT    NOT NULL,
    name       TEXT    NOT NULL DEFAULT '',
    language   TEXT    NOT NULL DEFAULT '',
    format     TEXT    NOT NULL DEFAULT 'html' CHECK (format IN ('html', 'text')),
    suppressed INTEGER NOT NULL DEFAULT 0,
    barred     INTEGER NOT NULL DEFAULT 0, -- 1 while an operator's suppression is among the reasons
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE subscription_new (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber_new (id),
    edition       TEXT    NOT NULL, -- the edition's slug
    state         TEXT    NOT NULL CHECK (state IN ('pending', 'confirmed', 'paused', 'unsubscribed')),
    paused_until  INTEGER,
    created_at    INTEGER NOT NULL,
    confirmed_at  INTEGER,
    left_at       INTEGER,
    -- What the reader chose.
    topics        TEXT    NOT NULL DEFAULT '', -- one on a line, sorted; '' is all
    frequency     TEXT    NOT NULL DEFAULT 'each' CHECK (frequency IN ('each', 'daily', 'weekdays', 'weekly')),
    weekday       INTEGER NOT NULL DEFAULT 6 CHECK (weekday BETWEEN 0 AND 6), -- 0 is Sunday
    hour          INTEGER NOT NULL DEFAULT -1 CHECK (hour BETWEEN -1 AND 23), -- -1: when the issue is out
    zone          TEXT    NOT NULL DEFAULT '',
    since         INTEGER, -- they are owed the stories from then on; NULL: from confirmed_at
    UNIQUE (edition, subscriber_id)
) STRICT;

-- What a reader agreed to and what they took back (W6). Rows are added, never changed, but
-- for the address they came from, which is blanked after 30 days.
CREATE TABLE consent_new (
    id              INTEGER PRIMARY KEY,
    subscription_id INTEGER NOT NULL REFERENCES subscription_new (id),
    act             TEXT    NOT NULL CHECK (act IN ('give', 'withdraw', 'restore')),
    method          TEXT    NOT NULL,
    evidence        TEXT    NOT NULL DEFAULT '', -- of an import: in its own row
    at              INTEGER NOT NULL, -- when the reader acted, as far as is known
    recorded_at     INTEGER NOT NULL,
    import_id       INTEGER REFERENCES import (id),
    -- Of a sign-up that was confirmed at "at":
    signup_id       INTEGER, -- which the letter's token named; the row itself does not stay
    asked_at        INTEGER, -- when the form was sent
    form            TEXT    NOT NULL DEFAULT '', -- version of its text
    language        TEXT    NOT NULL DEFAULT '', -- it was shown in
    page            TEXT    NOT NULL DEFAULT '', -- it stood on
    ip              TEXT    NOT NULL DEFAULT ''  -- shortened
) STRICT;

INSERT INTO subscriber_new (id, email, name, language, format, suppressed, created_at)
SELECT id, email, name, language, format, suppressed, created_at FROM subscriber ORDER BY id;
INSERT INTO subscription_new (id, subscriber_id, edition, state, paused_until, created_at, confirmed_at, left_at)
SELECT id, subscriber_id, edition, state, paused_until, created_at, confirmed_at, left_at FROM subscription ORDER BY id;
INSERT INTO consent_new (id, subscription_id, act, method, evidence, at, recorded_at, import_id)
SELECT id, subscription_id, act, method, evidence, at, recorded_at, import_id FROM consent ORDER BY id;

DROP TABLE consent;
DROP TABLE subscription;
DROP TABLE subscriber;
ALTER TABLE subscriber_new RENAME TO subscriber;
ALTER TABLE subscription_new RENAME TO subscription;
ALTER TABLE consent_new RENAME TO consent;
CREATE UNIQUE INDEX subscriber_email ON subscriber (lower(email));
CREATE INDEX subscription_subscriber ON subscription (subscriber_id);
CREATE INDEX subscription_paused ON subscription (paused_until) WHERE state = 'paused';
CREATE INDEX subscription_pending ON subscription (created_at) WHERE state = 'pending';
CREATE INDEX consent_subscription ON consent (subscription_id);
CREATE INDEX consent_ip ON consent (recorded_at) WHERE ip <> '';

-- A form that was filled in, until it is confirmed. Nothing in it counts before that.
-- state: open; confirmed; void (overtaken by a complaint or by leaving everything); already
-- (all of it is confirmed, and a note says so).
CREATE TABLE signup (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    state         TEXT    NOT NULL CHECK (state IN ('open', 'confirmed', 'void', 'already')),
    at            INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL, -- of its link; when confirmed, of the row
    editions      TEXT    NOT NULL, -- slugs, one on a line
    name          TEXT    NOT NULL,
    language      TEXT    NOT NULL,
    format        TEXT    NOT NULL CHECK (format IN ('', 'html', 'text')),
    topics        TEXT    NOT NULL,
    frequency     TEXT    NOT NULL,
    weekday       INTEGER NOT NULL,
    hour          INTEGER NOT NULL,
    zone          TEXT    NOT NULL,
    form          TEXT    NOT NULL,
    page          TEXT    NOT NULL,
    ip            TEXT    NOT NULL,
    method        TEXT    NOT NULL
) STRICT;
CREATE INDEX signup_subscriber ON signup (subscriber_id);
CREATE INDEX signup_expires ON signup (expires_at);

-- A reader's wish to be written to elsewhere, until it is confirmed there; then the record
-- of it.
CREATE TABLE address_change (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    state         TEXT    NOT NULL CHECK (state IN ('open', 'confirmed')),
    email         TEXT    NOT NULL,            -- the new one
    former        TEXT    NOT NULL DEFAULT '', -- the old one, once it is confirmed
    at            INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    confirmed_at  INTEGER
) STRICT;
CREATE INDEX address_change_subscriber ON address_change (subscriber_id);
CREATE INDEX address_change_open ON address_change (expires_at) WHERE state = 'open';

-- Letters that are due or were handed to the post, one of a kind for what it refers to.
CREATE TABLE due_letter (
    kind          TEXT    NOT NULL CHECK (kind IN ('confirm', 'remind', 'already', 'change', 'welcome')),
    ref           INTEGER NOT NULL, -- signup, address_change (change) or subscription (welcome)
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    due_at        INTEGER NOT NULL,
    handed_at     INTEGER,
    PRIMARY KEY (kind, ref)
) STRICT;
CREATE INDEX due_letter_at ON due_letter (due_at) WHERE handed_at IS NULL;
CREATE INDEX due_letter_subscriber ON due_letter (subscriber_id);

-- How many letters an address got that it did not answer, under its keyed hash: the count
-- outlives what is deleted because nobody confirmed it (W5).
CREATE TABLE letter_count (
    hash    TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    letters INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (hash, kind)
) STRICT;

-- Counts sign-ups, so that each of them writes something: one that changed nothing would
-- not wait for the disk, and the time of the answer would tell who is known (W8).
CREATE TABLE signup_tally (
    id INTEGER PRIMARY KEY,
    n  INTEGER NOT NULL
) STRICT;
INSERT INTO signup_tally (id, n) VALUES (1, 0);

-- What a subscription's choices were from a time on. Rows are only added; before the first
-- one, they were those of the columns' defaults.
CREATE TABLE choice_change (
    id              INTEGER PRIMARY KEY,
    subscription_id INTEGER NOT NULL REFERENCES subscription (id),
    at              INTEGER NOT NULL,
    topics          TEXT    NOT NULL,
    frequency       TEXT    NOT NULL,
    weekday         INTEGER NOT NULL,
    hour            INTEGER NOT NULL,
    zone            TEXT    NOT NULL,
    paused_until    INTEGER -- NULL: not paused
) STRICT;
CREATE INDEX choice_change_subscription ON choice_change (subscription_id);

-- The published contract: an address that may be written to for an edition now.
CREATE VIEW recipient AS
SELECT n.subscriber_id, n.id AS subscription_id, n.edition, s.email, s.name, s.language, s.format,
       n.topics, n.frequency, n.weekday, n.hour, n.zone, coalesce(n.since, n.confirmed_at, n.created_at) AS since
FROM subscription n
JOIN subscriber s ON s.id = n.subscriber_id
WHERE n.state = 'confirmed' AND s.suppressed = 0;

-- The second one: to whom a letter goes, by its kind and ref, while it may still be sent.
-- What a visitor typed as a name is in no letter before they confirmed. Left joins rather
-- than a union: the lookups of a join with this view then find their way to one row.
CREATE VIEW addressee AS
SELECT l.kind, l.ref, l.subscriber_id, coalesce(n.id, 0) AS subscription_id,
       coalesce(c.email, s.email) AS email, CASE l.kind WHEN 'welcome' THEN s.name ELSE '' END AS name,
       coalesce(g.expires_at, c.expires_at, 0) AS expires_at
FROM due_letter l
JOIN subscriber s ON s.id = l.subscriber_id
LEFT JOIN signup g ON g.id = l.ref AND l.kind IN ('confirm', 'remind', 'already')
LEFT JOIN address_change c ON c.id = l.ref AND l.kind = 'change'
LEFT JOIN subscription n ON n.id = l.ref AND l.kind = 'welcome'
WHERE CASE l.kind
      WHEN 'welcome' THEN n.state = 'confirmed' AND s.suppressed = 0
      WHEN 'change' THEN c.state = 'open' AND s.barred = 0
      WHEN 'already' THEN g.state = 'already' AND s.suppressed = 0
      ELSE g.state = 'open' AND s.barred = 0 END;
