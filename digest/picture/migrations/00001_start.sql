-- +goose Up
-- What became of a story's picture, by the SHA-256 of the address it was asked from.
CREATE TABLE picture (
    source     BLOB PRIMARY KEY,
    large      TEXT NOT NULL,    -- names of files, '' where it could not be had
    small      TEXT NOT NULL,
    error      TEXT NOT NULL,    -- why it could not be had, a sentence
    fetched_at INTEGER NOT NULL
) STRICT;

-- The files that are served. The name is the SHA-256 of the content, in part, so that it
-- never stands for another picture.
CREATE TABLE picture_file (
    name    TEXT PRIMARY KEY,    -- 32 hexadecimal digits and .jpg or .png
    type    TEXT NOT NULL,
    width   INTEGER NOT NULL,
    height  INTEGER NOT NULL,
    data    BLOB NOT NULL,
    used_at INTEGER NOT NULL     -- when an issue last took it
) STRICT;
CREATE INDEX picture_file_used ON picture_file (used_at);
