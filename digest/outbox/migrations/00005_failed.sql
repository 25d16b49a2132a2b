-- +goose Up
-- The few that did not arrive are found among a million that did. Nothing comes into these
-- states and leaves them again, so that the index costs what it has rows.
CREATE INDEX delivery_failed ON delivery (issue_id, state, subscriber_id)
    WHERE state IN ('refused', 'suppressed', 'cancelled', 'bounced', 'complained');
