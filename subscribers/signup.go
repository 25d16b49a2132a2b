package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Signup is a form that somebody filled in. Until the owner of the address confirms it,
// it may be anybody's: nothing of it is applied.
type Signup struct {
	Address        Address
	Name, Language string // may be ""
	Format         Format // "" for HTML, or what the reader has
	Editions       []string
	Choices        Choices    // for each of the editions
	Form           string     // version of the form's text, a short hash (W6)
	Page           string     // URL of the page it was filled in on; its query is cut off
	IP             netip.Addr // only its network is kept: /24, or /48 of IPv6
	Method         Method     // MethodForm or MethodAPI
}

// A SignupInfo is what the page behind a letter's link shows. It never has the address.
type SignupInfo struct {
	ID       int64
	State    SignupState
	Editions []string // of the latest sign-up, which is the one that is confirmed
	Language string
	Hint     string // enough of the address for its owner: m…@example.org
	Expires  time.Time
}

// A SignupState is where a sign-up stands.
type SignupState string

const (
	SignupOpen      SignupState = "open"
	SignupConfirmed SignupState = "confirmed"
	SignupExpired   SignupState = "expired" // or overtaken by something the reader did since
)

// Signup returns what a sign-up is about. One that is deleted has the state SignupExpired.
func (s *Store) Signup(ctx context.Context, id int64, now time.Time) (info SignupInfo, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		info, err = signupInfo(ctx, tx, id, now)
		return err
	})
	if err != nil {
		return info, fmt.Errorf("read sign-up: %w", err)
	}
	return info, nil
}

func signupInfo(ctx context.Context, tx *sql.Tx, id int64, now time.Time) (SignupInfo, error) {
	info := SignupInfo{ID: id, State: SignupExpired}
	g, err := storedSignup(ctx, tx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return info, nil
	} else if err != nil {
		return info, err
	}
	info.Expires = g.expires
	switch {
	case g.state == "confirmed":
		info.State = SignupConfirmed
	case g.canBeConfirmed(now):
		info.State = SignupOpen
		if g, err = latestSignup(ctx, tx, g.subscriberID); err != nil {
			return info, err
		}
	}
	info.Editions, info.Language = g.Editions, g.Language
	var email string
	err = tx.QueryRowContext(ctx, `SELECT email FROM subscriber WHERE id = ?1`, g.subscriberID).Scan(&email)
	info.Hint = hint(email)
	return info, err
}

// SignupFor is how long a sign-up can be confirmed (W5).
const SignupFor = 7 * 24 * time.Hour

const (
	maxEditions = 50
	maxForm     = 64
	maxPage     = 500
)

// checked returns g as it may be stored, or a sentence about what is wrong with it.
func (g Signup) checked() (Signup, error) {
	if g.Address.IsZero() {
		return g, errors.New("the address is empty")
	}
	if len(g.Editions) == 0 || len(g.Editions) > maxEditions {
		return g, errors.New("choose at least one edition")
	}
	g.Editions = slices.Compact(slices.Sorted(slices.Values(g.Editions)))
	for _, edition := range g.Editions {
		if err := cleanEdition(edition); err != nil {
			return g, err
		}
	}
	var err error
	if g.Name, err = cleanName(g.Name); err != nil {
		return g, err
	}
	if g.Language, err = cleanLanguage(g.Language); err != nil {
		return g, err
	}
	if g.Choices, err = g.Choices.cleaned(); err != nil {
		return g, err
	}
	switch g.Format {
	case "", HTML, Text:
	default:
		return g, fmt.Errorf("format %.40q is not known; use %q or %q", g.Format, HTML, Text)
	}
	if g.Method != MethodForm && g.Method != MethodAPI {
		return g, fmt.Errorf("nobody signs up by method %q", g.Method)
	}
	if len(g.Form) > maxForm || strings.ContainsFunc(g.Form, isForbidden) {
		return g, errors.New("the version of the form is not one")
	}
	g.Page = cleanPage(g.Page)
	return g, nil
}

// cleanPage keeps of a URL what says which page it is; of anything else nothing. The
// browser tells it, so that it may be wrong, but it is no reason to refuse a reader.
func cleanPage(s string) string {
	u, err := url.Parse(s)
	if err != nil || len(s) > 4*maxPage || (u.Scheme != "https" && u.Scheme != "http") {
		return ""
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	if s = u.String(); len(s) > maxPage || strings.ContainsFunc(s, isForbidden) {
		return ""
	}
	return s
}

// network returns what of an IP address is kept: too little to find one person by.
func network(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	ip = ip.Unmap()
	bits := 48
	if ip.Is4() {
		bits = 24
	}
	prefix, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}

// hint shows of an address what its owner recognises it by.
func hint(email string) string {
	local, domain, _ := cutLast(email, '@')
	for i := range local {
		if i > 0 {
			local = local[:i]
			break
		}
	}
	return local + "…@" + domain
}
