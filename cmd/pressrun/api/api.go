// Package api is the interface of programs: below /api/v1 they do what editors do at the
// desk, in JSON, and webhooks tell them what happened. openapi.json describes all of it, and
// the tests hold the answers against it.
package api

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"io"
	"io/fs"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/click"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers"
)

// Root is the path that everything here is below.
const Root = "/api/v1/"

//go:embed migrations/*.sql
var migrations embed.FS

// Tables returns the numbered files that make this package's tables. They are the schema
// "api".
func Tables() fs.FS {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return files
}

// A Database is where this package keeps its rows: the methods of a db.DB.
type Database struct {
	Update, View func(ctx context.Context, fn func(tx *sql.Tx) error) error
	// Acquire waits until this process alone holds a lease.
	Acquire func(ctx context.Context, name string) (held context.Context, release func(), err error)
	// Holder tells which host holds a lease; ok is false when none does.
	Holder func(ctx context.Context, name string) (host string, pid int, ok bool, err error)
}

// An API answers programs. All fields but Test and Pace must be set.
type API struct {
	Frame     *web.Frame // stands around every handler, and writes the log
	Staff     *staff.Store
	Digest    *digest.Store
	Publisher *publish.Publisher
	Queue     *outbox.Queue
	Readers   *subscribers.Store
	Clicks    *click.Store
	Database  Database
	Hooks     *Hooks
	// Parse reads the articles that a program hands over, as feed.ParseJSON does; the
	// warning is a sentence, "" for none.
	Parse func(r io.Reader, src digest.Source, now time.Time) (articles []digest.Article, warning string, err error)
	// Why tells what became of a reader's copy of an issue.
	Why func(ctx context.Context, a subscribers.Address, i digest.Issue) (Outcome, error)
	// Check checks an edition's next issue before it is sent; outside: also what others say.
	Check func(ctx context.Context, slug string, outside bool) ([]Check, error)
	// Outside is what is known elsewhere.
	Outside Outside
	// Test sends the letters of a draft, marked as a test, to one address; nil where no mail
	// is sent.
	Test func(ctx context.Context, d publish.Draft, to subscribers.Address) error
	// Pace is what one token may ask; the zero value is 20 calls a second, 100 at once.
	Pace Pace

	process string // this one, among those that share a database

	mu    sync.Mutex
	paces map[paced]*rate.Limiter
	// importing is the file of readers that is being taken in here, nil for none.
	importing *importing
}

// An Outcome is what became of a reader's copy of an issue.
type Outcome struct {
	State  string `json:"state"` // of the delivery, or "no copy"
	Reason string `json:"reason"`
}

// Handler returns the routes, all of them below Root.
func (a *API) Handler() http.Handler {
	a.process, a.paces = newName(), map[paced]*rate.Limiter{}
	if a.Pace == (Pace{}) {
		a.Pace = Pace{PerSecond: 20, AtOnce: 100}
	}
	mux := http.NewServeMux()
	for _, rt := range a.routes() {
		mux.Handle(rt.pattern, a.handle(rt))
	}
	mux.Handle(Root, a.Frame.Handle(web.Private, func(w http.ResponseWriter, r *http.Request) error {
		return a.noRoute(w, r, mux)
	}))
	return a.Frame.Routes(mux)
}

// newName is one that nothing else has: of a process, or of a message.
func newName() string { return rand.Text() }
