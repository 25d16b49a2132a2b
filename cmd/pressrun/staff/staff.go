// Package staff is who may work at the desk: editors and their roles, how they come in, and
// what they changed.
package staff

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"time"

	"github.com/pressrun/pressrun/subscribers/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema returns the tables of this package.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return db.Schema{Name: "staff", Files: files}
}

// A Store keeps editors, their sessions, the tokens of programs and the audit log.
type Store struct {
	db *db.DB
	// Keys for one purpose each, made from the secret of the settings.
	forms, doors, totp, attempts []byte
	cost                         cost
	hashing                      chan struct{} // holds as many as may be hashed at a time
}

// NewStore returns the store in d, whose tables are up to date. The secret is that of the
// settings; with another one editors have to log in again, and to set up codes anew.
func NewStore(d *db.DB, secret []byte) *Store {
	return &Store{
		db: d, cost: present, hashing: make(chan struct{}, 2),
		forms: derive(secret, "desk forms"), doors: derive(secret, "desk doors"), totp: derive(secret, "desk codes"),
		attempts: derive(secret, "desk attempts"),
	}
}

func derive(secret []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, 32)
	if err != nil {
		panic(err) // 32 bytes are never too many
	}
	return key
}

// newToken returns something nobody can guess, for a link, a cookie or a header.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// hashOf is what is kept of a token. It is random, so that it needs no salt.
func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func keyed(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// unix returns t as it is stored; the zero time is 0.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// moment is the reverse of unix.
func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}
