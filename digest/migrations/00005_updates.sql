-- +goose Up
-- An article that changed after it was sent may go out once more where the rules say so;
-- again is when it changed, 0 for the first time. The same words go out once.
ALTER TABLE story ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
DROP INDEX story_once;
CREATE UNIQUE INDEX story_once ON story (edition_id, article_id, again) WHERE place > 0;
