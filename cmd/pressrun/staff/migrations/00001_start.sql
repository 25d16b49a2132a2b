-- +goose Up
-- Times are unix seconds. What opens a door is kept only as its hash: whoever reads a copy
-- of this file cannot come in with it.
CREATE TABLE editor (
    id        INTEGER PRIMARY KEY,
    email     TEXT NOT NULL UNIQUE, -- in small letters
    name      TEXT NOT NULL,
    role      TEXT NOT NULL,
    password  TEXT NOT NULL DEFAULT '', -- argon2id; '' until one was chosen
    totp      BLOB,                     -- the secret, sealed; NULL without a second step
    totp_step INTEGER NOT NULL DEFAULT 0, -- of the last code taken: none is taken twice
    added     INTEGER NOT NULL,
    seen      INTEGER NOT NULL DEFAULT 0,
    removed   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE editor_link (
    hash      BLOB PRIMARY KEY,
    editor_id INTEGER NOT NULL REFERENCES editor (id),
    expires   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE editor_session (
    hash      BLOB PRIMARY KEY,
    editor_id INTEGER NOT NULL REFERENCES editor (id),
    started   INTEGER NOT NULL,
    expires   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX editor_session_editor ON editor_session (editor_id);
CREATE INDEX editor_session_expires ON editor_session (expires);

-- Logins that failed of late, under a keyed hash of the address or the network.
CREATE TABLE editor_failure (
    id  INTEGER PRIMARY KEY,
    who BLOB NOT NULL,
    at  INTEGER NOT NULL
) STRICT;
CREATE INDEX editor_failure_who ON editor_failure (who, at);
CREATE INDEX editor_failure_at ON editor_failure (at);

CREATE TABLE api_token (
    id      INTEGER PRIMARY KEY,
    hash    BLOB NOT NULL UNIQUE, -- SHA-256
    name    TEXT NOT NULL,
    scopes  TEXT NOT NULL, -- with blanks between
    added   INTEGER NOT NULL,
    expires INTEGER NOT NULL, -- 0: never
    seen    INTEGER NOT NULL DEFAULT 0,
    revoked INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Who changed what. Rows are added and never touched again.
CREATE TABLE audit (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    editor_id INTEGER NOT NULL, -- 0: the command line, or a program
    name      TEXT NOT NULL,
    act       TEXT NOT NULL,
    what      TEXT NOT NULL,
    detail    TEXT NOT NULL
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER audit_grows BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the audit log is never overwritten'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is never cut'); END;
-- +goose StatementEnd
