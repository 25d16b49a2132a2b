// Package outbox is the ledger of deliveries and the sender that works through it.
//
// What is going to happen is written down before it happens: a delivery is committed as
// "sending" before its MAIL command, and its outcome before the connection may get more
// than one message further. Killed at any moment, the program knows of every reader
// whether they were served, and of a few that it does not know.
package outbox

import (
	"embed"
	"io/fs"

	"github.com/pressrun/pressrun/subscribers/db"
)

// State is how far a delivery has come.
type State string

const (
	Queued     State = "queued"
	Sending    State = "sending" // committed before MAIL
	Sent       State = "sent"    // the relay took it
	Deferred   State = "deferred"
	Refused    State = "refused" // for good, or its time is over
	InDoubt    State = "in doubt"
	Cancelled  State = "cancelled"
	Suppressed State = "suppressed" // the reader left or was suppressed before it was sent
	Bounced    State = "bounced"
	Complained State = "complained"
)

// States in the order they are shown.
var States = []State{Queued, Sending, Deferred, Sent, Refused, Suppressed, Cancelled, InDoubt, Bounced, Complained}

// A Queue keeps runs, messages and deliveries.
type Queue struct {
	db   *db.DB
	wake chan struct{} // something may be due now
}

// NewQueue returns the queue in d, whose tables are up to date.
func NewQueue(d *db.DB) *Queue { return &Queue{db: d, wake: make(chan struct{}, 1)} }

//go:embed migrations/*.sql
var migrations embed.FS

// Schema returns the tables of this package.
func Schema() db.Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return db.Schema{Name: "outbox", Files: files}
}

// knock tells the sender of this process that there may be work.
func (q *Queue) knock() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
