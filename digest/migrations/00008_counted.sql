-- +goose Up
-- 1 where an issue's links to stories are counted: as the edition's rules were when it was
-- made, whatever they say later.
ALTER TABLE issue ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
