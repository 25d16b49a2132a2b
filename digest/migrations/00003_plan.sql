-- +goose Up
-- What editors want of the next issue of an edition beyond its rules, until it is used up.
CREATE TABLE plan (
    edition_id INTEGER PRIMARY KEY REFERENCES edition (id),
    version    INTEGER NOT NULL, -- counts the changes
    data       TEXT NOT NULL     -- JSON
) STRICT;

ALTER TABLE issue ADD COLUMN plan TEXT NOT NULL DEFAULT '{}'; -- the one it was made with
ALTER TABLE story ADD COLUMN more TEXT NOT NULL DEFAULT '{}'; -- JSON: others of the same event, whether it was edited
