package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/desk"
	"github.com/pressrun/pressrun/cmd/pressrun/identity"
	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/subscribers"
)

// desk returns the editors' pages.
func (p *program) desk(frame *web.Frame) (*desk.Desk, error) {
	pages, err := p.templates.Desk(paperOf(p.cfg))
	if err != nil {
		return nil, err
	}
	return &desk.Desk{
		Frame: frame, Pages: pages, Paper: p.cfg.Paper.Name, Staff: p.staff, Digest: p.digest, Publisher: p.publisher,
		Queue: p.queue, Readers: p.readers, Clicks: p.clicks, DB: p.db, Zone: time.Local,
		Outside: desk.Outside{
			Test: p.testMail, Relays: p.tryRelays, Setup: p.setup, Standings: p.standings, TryRelay: p.tryRelay,
			TXT: net.DefaultResolver.LookupTXT, DKIM: p.dkimRecords(),
		},
		Accounts: p.accounts(frame.Base),
	}, nil
}

// accounts are those of the provider in the settings. It is asked nothing before somebody
// wants to log in with one.
func (p *program) accounts(base string) *desk.Accounts {
	o := p.cfg.OIDC
	if o.Issuer == "" {
		return nil
	}
	return &desk.Accounts{
		Provider: &identity.Provider{Issuer: o.Issuer, ClientID: o.ClientID, Secret: string(o.ClientSecret), Redirect: base + desk.AccountPath},
		Name:     o.Name, Only: !o.Passwords, Welcome: staff.Welcome{Domains: o.EmailDomains(), Role: staff.Role(o.Role)},
	}
}

// testMail sends a letter to one address, marked as a test.
func (p *program) testMail(ctx context.Context, l compose.Letter, to string) error {
	a, err := subscribers.ParseAddress(to)
	if err != nil {
		return err
	}
	e, err := p.testEnvelope(l, a)
	if err != nil {
		return err
	}
	sender, err := p.sender()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return outbox.SendOne(ctx, sender.Relay, e)
}

// tryRelays asks every relay whether it would take mail now.
func (p *program) tryRelays(ctx context.Context) (states []desk.RelayState) {
	for _, r := range p.cfg.Relays {
		m, _, err := p.member(r, map[string]*relay.Meter{})
		if err != nil {
			states = append(states, desk.RelayState{Name: "relay", Err: err})
			continue
		}
		state := desk.RelayState{Name: m.Name}
		if pool, ok := m.Relay.(*relay.Pool); ok {
			state.Err = pool.Try(ctx)
		}
		states = append(states, state)
	}
	return states
}

// dkimRecords are the names under which the keys that mail is signed with are published.
func (p *program) dkimRecords() (names []string) {
	for _, k := range p.cfg.DKIM {
		names = append(names, k.Selector+"._domainkey."+k.Domain)
	}
	return names
}

// twoDoors lets editors in at /desk, and everybody at the rest. A proxy may have stripped
// root from the path or not.
func twoDoors(root string, editors, readers http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if rest, ok := strings.CutPrefix(path, root); ok && strings.HasPrefix(rest, "/") {
			path = rest
		}
		// A link in a mail lets an editor answer without a login.
		if path == "/desk" || strings.HasPrefix(path, "/desk/") && !strings.HasPrefix(path, "/desk/approve/") {
			editors.ServeHTTP(w, r)
			return
		}
		readers.ServeHTTP(w, r)
	})
}
