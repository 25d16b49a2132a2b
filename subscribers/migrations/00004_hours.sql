-- +goose Up
-- The few who have an hour of their own are found without a look at all the others.
CREATE INDEX subscription_hour ON subscription (edition, hour, zone) WHERE hour >= 0;
