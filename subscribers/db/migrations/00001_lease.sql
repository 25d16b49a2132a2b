-- +goose Up
CREATE TABLE lease (
    name  TEXT PRIMARY KEY,
    owner TEXT NOT NULL,    -- random, one for each holding
    host  TEXT NOT NULL,
    pid   INTEGER NOT NULL,
    until INTEGER NOT NULL  -- unix seconds
) STRICT;
