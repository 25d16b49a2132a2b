-- +goose Up
-- Accounts elsewhere (OpenID Connect) that editors came in with. A row outlives the removal
-- of its editor, so that a changed address does not let them in again as somebody new.
CREATE TABLE editor_account (
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL, -- what the issuer calls them: never another's, unlike an address
    editor_id INTEGER NOT NULL REFERENCES editor (id),
    added     INTEGER NOT NULL,
    -- 1 since its editor was reset: it lets in that editor only, and by their address anew.
    forgotten INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX editor_account_editor ON editor_account (editor_id);

-- What authenticators know an editor by: random, and the same for all their passkeys.
ALTER TABLE editor ADD COLUMN handle BLOB;
CREATE UNIQUE INDEX editor_handle ON editor (handle);

CREATE TABLE editor_passkey (
    id         INTEGER PRIMARY KEY,
    editor_id  INTEGER NOT NULL REFERENCES editor (id),
    name       TEXT NOT NULL,
    credential BLOB NOT NULL UNIQUE, -- the name its authenticator gave it
    public_key BLOB NOT NULL,        -- COSE
    counter    INTEGER NOT NULL,     -- of signatures, 0 where the authenticator does not count
    synced     INTEGER NOT NULL,     -- may be on several devices
    added      INTEGER NOT NULL,
    seen       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX editor_passkey_editor ON editor_passkey (editor_id);

-- Attempts that were finished, while they would still be good: none is finished twice.
CREATE TABLE editor_attempt (
    hash    BLOB PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX editor_attempt_expires ON editor_attempt (expires);
