-- +goose Up
-- How often the stories of an issue were opened from its letters: numbers, and nobody's name.
-- The row of story 0 counts visits, whatever was opened in them.
CREATE TABLE click (
    issue_id INTEGER NOT NULL,
    story_id INTEGER NOT NULL, -- an article
    people   INTEGER NOT NULL,
    unsure   INTEGER NOT NULL,
    machines INTEGER NOT NULL,
    PRIMARY KEY (issue_id, story_id)
) STRICT, WITHOUT ROWID;

-- How long after a letter had left people opened stories from it.
CREATE TABLE click_age (
    issue_id INTEGER NOT NULL,
    step     INTEGER NOT NULL, -- of the scale in ages.go
    people   INTEGER NOT NULL,
    PRIMARY KEY (issue_id, step)
) STRICT, WITHOUT ROWID;

-- What is needed to count nobody twice on a day and to tell machines from people. It is
-- deleted when the day is over, and with the day's salt nothing leads from a row to anybody.
CREATE TABLE click_salt (
    day  INTEGER PRIMARY KEY, -- since 1970, UTC
    salt BLOB NOT NULL
) STRICT;
CREATE TABLE click_visit (
    day      INTEGER NOT NULL,
    visitor  BLOB NOT NULL, -- keyed hash of issue, address and program
    issue_id INTEGER NOT NULL,
    verdict  TEXT NOT NULL,
    canary   INTEGER NOT NULL,
    trail    BLOB NOT NULL, -- what was opened, and when
    PRIMARY KEY (day, visitor)
) STRICT, WITHOUT ROWID;
