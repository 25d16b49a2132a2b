-- +goose Up
-- The hub that a source names, which tells at once when it has news (WebSub), and the
-- address the source has there; '' when it names none.
ALTER TABLE source ADD COLUMN hub   TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN topic TEXT NOT NULL DEFAULT '';

-- What was agreed with hubs. A source that moves to another hub has two rows for a while.
CREATE TABLE websub (
    id        INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES source (id),
    hub       TEXT NOT NULL,
    topic     TEXT NOT NULL,
    secret    TEXT NOT NULL,              -- the hub signs with it
    token     TEXT NOT NULL UNIQUE,       -- of the address that the hub calls
    state     TEXT NOT NULL CHECK (state IN ('wanted', 'active', 'denied', 'leaving')),
    asked     INTEGER NOT NULL DEFAULT 0, -- when the request was sent that the hub has not confirmed; 0: none
    lease     INTEGER NOT NULL DEFAULT 0, -- until when the hub tells of news
    next_at   INTEGER NOT NULL,           -- when the hub is to be asked, or its answer is overdue
    failures  INTEGER NOT NULL DEFAULT 0, -- in a row
    error     TEXT NOT NULL DEFAULT '',   -- the last one as a sentence
    announced INTEGER NOT NULL DEFAULT 0, -- when the hub told of news that was not read yet; 0: none
    read_at   INTEGER NOT NULL DEFAULT 0, -- when the source was last read because of it
    UNIQUE (source_id, hub, topic)
) STRICT;
