-- +goose Up
-- A source is a feed, a page, a sitemap or a folder.
ALTER TABLE source ADD COLUMN kind      TEXT NOT NULL DEFAULT '';    -- '': a feed
ALTER TABLE source ADD COLUMN selectors TEXT NOT NULL DEFAULT '';    -- JSON, of a page
ALTER TABLE source ADD COLUMN body_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN next_at   INTEGER NOT NULL DEFAULT 0;  -- a source that failed is not asked before
ALTER TABLE source ADD COLUMN told_next INTEGER NOT NULL DEFAULT 0;  -- 1: the site named next_at itself

-- When an article's headline or summary last became another; 0: never.
ALTER TABLE article ADD COLUMN reworded INTEGER NOT NULL DEFAULT 0;

-- What an article said before, each from its moment on.
CREATE TABLE article_version (
    id         INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES article (id),
    at         INTEGER NOT NULL,
    title      TEXT NOT NULL,
    summary    TEXT NOT NULL
) STRICT;
CREATE INDEX article_version_article ON article_version (article_id, id);
