-- +goose Up
-- How many mails each relay got, in short stretches of time: hourly and daily limits hold
-- over a restart too.
CREATE TABLE meter (
    relay TEXT NOT NULL,
    per   INTEGER NOT NULL, -- seconds of the limit
    start INTEGER NOT NULL, -- unix seconds
    n     INTEGER NOT NULL,
    PRIMARY KEY (relay, per, start)
) STRICT, WITHOUT ROWID;
