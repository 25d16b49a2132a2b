-- +goose Up
-- Until when nothing goes to a domain that said mail comes too fast (421 4.7.28): a
-- program that is started again keeps to it.
CREATE TABLE domain_rest (
    domain TEXT PRIMARY KEY,
    until  INTEGER NOT NULL -- unix seconds
) STRICT, WITHOUT ROWID;
