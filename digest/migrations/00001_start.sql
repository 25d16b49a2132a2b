-- +goose Up
-- Times are unix seconds.
CREATE TABLE source (
    id            INTEGER PRIMARY KEY,
    url           TEXT NOT NULL UNIQUE,
    title         TEXT NOT NULL DEFAULT '',
    home_url      TEXT NOT NULL DEFAULT '',
    language      TEXT NOT NULL DEFAULT '',
    section       TEXT NOT NULL DEFAULT '',
    etag          TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    fetched_at    INTEGER NOT NULL DEFAULT 0,
    changed_at    INTEGER NOT NULL DEFAULT 0,
    failures      INTEGER NOT NULL DEFAULT 0,
    error         TEXT NOT NULL DEFAULT '',
    removed       INTEGER NOT NULL DEFAULT 0 -- its articles stay
) STRICT;

CREATE TABLE article (
    id           INTEGER PRIMARY KEY,
    source_id    INTEGER NOT NULL REFERENCES source (id),
    guid         TEXT NOT NULL,
    url          TEXT NOT NULL,
    title        TEXT NOT NULL,
    summary      TEXT NOT NULL,
    author       TEXT NOT NULL,
    section      TEXT NOT NULL,
    topics       TEXT NOT NULL, -- one on a line
    language     TEXT NOT NULL,
    image_url    TEXT NOT NULL,
    image_alt    TEXT NOT NULL,
    image_width  INTEGER NOT NULL,
    image_height INTEGER NOT NULL,
    words        INTEGER NOT NULL,
    published    INTEGER NOT NULL,
    date_from    TEXT NOT NULL,
    first_seen   INTEGER NOT NULL,
    updated      INTEGER NOT NULL,
    seen         INTEGER NOT NULL -- 1: stood there before the source was added
) STRICT;
CREATE INDEX article_fresh ON article (first_seen) WHERE seen = 0;

-- Every source that gives an article; its own is the one that had it first.
CREATE TABLE article_source (
    article_id INTEGER NOT NULL REFERENCES article (id),
    source_id  INTEGER NOT NULL REFERENCES source (id),
    PRIMARY KEY (article_id, source_id)
) STRICT;

-- Every name an article was ever known by: GUID, URL, fingerprint of its words. A key is
-- a hash, so that it has one length.
CREATE TABLE article_key (
    key        BLOB PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES article (id)
) STRICT;

CREATE TABLE edition (
    id        INTEGER PRIMARY KEY,
    slug      TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    languages TEXT NOT NULL, -- one on a line
    rules     TEXT NOT NULL, -- JSON
    cron      TEXT NOT NULL,
    zone      TEXT NOT NULL,
    doubt     TEXT NOT NULL CHECK (doubt IN ('resend', 'hold')),
    paused    INTEGER NOT NULL,
    added     INTEGER NOT NULL,
    since     INTEGER NOT NULL -- added, scheduled anew or resumed: runs before it were not missed
) STRICT;

CREATE TABLE issue (
    id         INTEGER PRIMARY KEY,
    edition_id INTEGER NOT NULL REFERENCES edition (id),
    slot       INTEGER NOT NULL,
    number     INTEGER NOT NULL, -- 0 for a skipped one
    created    INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('frozen', 'skipped', 'posted')),
    reason     TEXT NOT NULL,
    UNIQUE (edition_id, slot)
) STRICT;
CREATE UNIQUE INDEX issue_number ON issue (edition_id, number) WHERE number > 0;

CREATE TABLE story (
    issue_id   INTEGER NOT NULL REFERENCES issue (id),
    article_id INTEGER NOT NULL REFERENCES article (id),
    edition_id INTEGER NOT NULL,
    place      INTEGER NOT NULL, -- 0 when left out
    code       TEXT NOT NULL,
    detail     TEXT NOT NULL,
    carried    INTEGER NOT NULL, -- 1: a candidate again for the next issue
    frozen     TEXT NOT NULL,    -- the article as JSON when it is in
    PRIMARY KEY (issue_id, article_id)
) STRICT;
-- No story goes out twice in one edition, whoever asks.
CREATE UNIQUE INDEX story_once ON story (edition_id, article_id) WHERE place > 0;
CREATE INDEX story_article ON story (article_id, edition_id);

CREATE TABLE variant (
    issue_id INTEGER NOT NULL REFERENCES issue (id),
    place    INTEGER NOT NULL, -- 0 for the edition's first language
    language TEXT NOT NULL,
    subject  TEXT NOT NULL,
    html     BLOB NOT NULL,
    text     BLOB NOT NULL,
    PRIMARY KEY (issue_id, language)
) STRICT;
