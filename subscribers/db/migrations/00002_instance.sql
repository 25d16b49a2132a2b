-- +goose Up
-- Which installation this database belongs to: the file beside it says the same.
CREATE TABLE instance (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    id      TEXT NOT NULL,
    starts  INTEGER NOT NULL, -- counts the starts, so that an older copy is known
    file_no INTEGER NOT NULL  -- inode of the file, which a copy of its folder does not have; 0: not known
) STRICT;
