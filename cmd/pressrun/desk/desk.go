// Package desk is where editors work: the next issues, what is on its way, and what went out.
// Its pages work without scripts, and change something by POST only.
package desk

import (
	"net/http"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/identity"
	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/click"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/subscribers/db"
	"github.com/pressrun/pressrun/templates"
)

// A Desk answers editors. All fields but Zone, Outside and Accounts must be set.
type Desk struct {
	Frame     *web.Frame // stands around every handler, and writes the log
	Pages     *templates.Desk
	Paper     string // its name
	Staff     *staff.Store
	Digest    *digest.Store
	Publisher *publish.Publisher
	Queue     *outbox.Queue
	Readers   *subscribers.Store
	Clicks    *click.Store
	DB        *db.DB // only to ask who holds a lease
	// Zone that moments are shown in where no edition says one; nil is UTC.
	Zone *time.Location
	// Outside is how tests and checks reach beyond this machine.
	Outside Outside
	// Accounts of a provider that let editors in; nil for none.
	Accounts *Accounts

	passkeys  *identity.Passkeys // nil where browsers allow none
	nav       []navigation
	staged    staging // files of readers that were tried
	trials    trials  // of relays
	scriptSum string
}

// Handler returns the routes of the desk, all of them below /desk.
func (d *Desk) Handler() http.Handler {
	d.scriptSum = scriptSum()
	var err error
	if d.passkeys, err = identity.NewPasskeys(d.Frame.Base, d.Paper); err != nil {
		d.Frame.Log.Warn("editors cannot use passkeys", "error", err)
	}
	mux := http.NewServeMux()
	for _, rt := range d.routes() {
		mux.Handle(rt.pattern, d.handle(rt))
		if rt.nav != "" {
			d.nav = append(d.nav, navigation{path: rt.path(), word: rt.nav, key: rt.key, least: rt.least})
		}
	}
	return d.Frame.Routes(mux)
}

// zone is where moments are shown that belong to no edition.
func (d *Desk) zone() *time.Location {
	if d.Zone == nil {
		return time.UTC
	}
	return d.Zone
}

// zoneOf is the zone of an edition; a wrong one was refused when it was saved.
func zoneOf(e digest.Edition) *time.Location {
	z, err := e.Schedule.Location()
	if err != nil {
		return time.UTC
	}
	return z
}
