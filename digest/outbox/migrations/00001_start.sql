-- +goose Up
-- Times are unix seconds.
CREATE TABLE run (
    issue_id     INTEGER PRIMARY KEY,
    edition      TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('running', 'paused', 'stopped', 'cancelled', 'finished')),
    reason       TEXT NOT NULL DEFAULT '',
    doubt        TEXT NOT NULL CHECK (doubt IN ('resend', 'hold')),
    useful_until INTEGER NOT NULL,           -- after it nothing is tried again
    cursor       INTEGER NOT NULL DEFAULT 0, -- last subscriber that has a delivery
    first_id     INTEGER NOT NULL DEFAULT 0, -- no delivery of the run has a lower id
    complete     INTEGER NOT NULL DEFAULT 0, -- 1: all recipients have one
    prepared     INTEGER NOT NULL DEFAULT 0, -- deliveries ever written
    posted_at    INTEGER NOT NULL,
    finished_at  INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A variant as it is encoded, so that a retry after a restart has the same bytes.
CREATE TABLE message (
    id       INTEGER PRIMARY KEY,
    issue_id INTEGER NOT NULL REFERENCES run (issue_id),
    language TEXT NOT NULL,
    data     BLOB NOT NULL,
    UNIQUE (issue_id, language)
) STRICT;

CREATE TABLE delivery (
    id            INTEGER PRIMARY KEY,
    issue_id      INTEGER NOT NULL REFERENCES run (issue_id),
    subscriber_id INTEGER NOT NULL,
    message_id    INTEGER, -- NULL where the issue has nothing for the reader
    state         TEXT NOT NULL, -- queued, sending, sent, deferred, refused, in doubt, cancelled,
                                 -- suppressed, bounced, complained; a CHECK costs as much as the update
    attempts      INTEGER NOT NULL DEFAULT 0,
    doubts        INTEGER NOT NULL DEFAULT 0, -- attempts whose outcome is not known
    due_at        INTEGER NOT NULL DEFAULT 0,
    dated_at      INTEGER NOT NULL, -- the Date header: when it was queued, then of the first attempt
    changed_at    INTEGER NOT NULL,
    reason        TEXT NOT NULL DEFAULT '', -- why it was not sent, or not yet
    UNIQUE (issue_id, subscriber_id)
) STRICT;
-- Those that are queued are found by their id, one behind the other, from the run's first
-- on: an index of them would have to be taken down again, entry by entry.
CREATE INDEX delivery_due ON delivery (issue_id, due_at, id) WHERE state = 'deferred';
CREATE INDEX delivery_doubt ON delivery (issue_id, due_at) WHERE state = 'in doubt';

-- What was tried and what the server said. stage and class are empty where it took the
-- message. The rows of a run come in the order of its deliveries, so that they are
-- written one behind the other.
CREATE TABLE attempt (
    delivery_id INTEGER NOT NULL,
    number      INTEGER NOT NULL, -- from 1
    at          INTEGER NOT NULL,
    stage       TEXT NOT NULL,
    class       TEXT NOT NULL,
    uncertain   INTEGER NOT NULL,
    code        INTEGER NOT NULL,
    enhanced    TEXT NOT NULL,
    text        TEXT NOT NULL,
    PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;

-- How many deliveries are in each state, kept in the transactions that move them.
CREATE TABLE tally (
    issue_id INTEGER NOT NULL REFERENCES run (issue_id),
    state    TEXT NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (issue_id, state)
) STRICT;
