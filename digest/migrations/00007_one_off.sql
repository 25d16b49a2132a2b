-- +goose Up
-- What editors want of single runs: an issue more beside the schedule (slot), a run at
-- another time (slot and instead), or none (instead).
CREATE TABLE one_off (
    id         INTEGER PRIMARY KEY,
    edition_id INTEGER NOT NULL REFERENCES edition (id),
    slot       INTEGER NOT NULL,               -- when it goes out; 0: not at all
    instead    INTEGER NOT NULL,               -- the run that does not go out; 0: none
    editor     TEXT NOT NULL,                  -- who wants it
    why        TEXT NOT NULL,                  -- in their words, '' for nothing
    at         INTEGER NOT NULL,               -- when they said so
    served     INTEGER NOT NULL,               -- 1: there is an issue of slot, or no slot
    gone       INTEGER NOT NULL,               -- 1: there is an issue of instead, a skipped one, or no instead
    back_by    TEXT NOT NULL DEFAULT '',       -- who took it back
    back_at    INTEGER NOT NULL DEFAULT 0,     -- 0: it stands
    CHECK (slot > 0 OR instead > 0)
) STRICT;
-- Of two editors, and of two clicks, one sets a time or leaves a run out.
CREATE UNIQUE INDEX one_off_slot ON one_off (edition_id, slot) WHERE slot > 0 AND back_at = 0;
CREATE UNIQUE INDEX one_off_instead ON one_off (edition_id, instead) WHERE instead > 0 AND back_at = 0;
CREATE INDEX one_off_open ON one_off (edition_id) WHERE back_at = 0 AND (served = 0 OR gone = 0);
