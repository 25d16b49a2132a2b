-- +goose Up

-- 1 for a reader who wants no links that are counted, not even without their name.
ALTER TABLE subscriber ADD COLUMN uncounted INTEGER NOT NULL DEFAULT 0;

-- The few that are suppressed are found without a look at all the others.
CREATE INDEX subscriber_suppressed ON subscriber (id) WHERE suppressed = 1;

DROP VIEW recipient;
CREATE VIEW recipient AS
SELECT n.subscriber_id, n.id AS subscription_id, n.edition, s.email, s.name, s.language, s.format, s.uncounted,
       n.topics, n.frequency, n.weekday, n.hour, n.zone, coalesce(n.since, n.confirmed_at, n.created_at) AS since
FROM subscription n
JOIN subscriber s ON s.id = n.subscriber_id
WHERE n.state = 'confirmed' AND s.suppressed = 0;

DROP TRIGGER subscriber_touched;
-- +goose StatementBegin
CREATE TRIGGER subscriber_touched AFTER UPDATE OF email, name, language, format, uncounted ON subscriber
WHEN EXISTS (SELECT 1 FROM import_part WHERE new.id BETWEEN first_subscriber AND last_subscriber)
BEGIN
    INSERT INTO import_touched (subscriber_id) VALUES (new.id) ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
