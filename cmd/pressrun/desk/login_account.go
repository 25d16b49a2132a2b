package desk

import (
	"errors"
	"net/http"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/identity"
	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
)

// Accounts are those of a provider whose word lets editors in.
type Accounts struct {
	Provider *identity.Provider
	Name     string        // of the provider, for people
	Welcome  staff.Welcome // who becomes an editor by it
	Only     bool          // no passwords are in use
}

// AccountPath is where the provider sends a browser back to.
const AccountPath = "/desk/login/oidc/done"

// passwords reports whether editors log in with passwords.
func (d *Desk) passwords() bool { return d.Accounts == nil || !d.Accounts.Only }

// providerName is how people call the provider.
func (d *Desk) providerName() string {
	if d.Accounts == nil {
		return ""
	}
	return d.Accounts.Name
}

var (
	errDenied          = errors.New("the provider did not let you in")
	errPasswords error = &refusal{http.StatusForbidden, "sorry.passwords"}
)

// withPasswords is for routes that are of use only where editors have passwords.
func (d *Desk) withPasswords(serve web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !d.passwords() {
			return errPasswords
		}
		return serve(w, r)
	}
}

// A departure is what has to be known of a login when its browser comes back.
type departure struct {
	Question identity.Question
	Next     string
}

const kindAccount = "log in by an account" // of attempt

// leaveForAccount sends a browser to the provider. A link leads here and not a form: what a
// form leads to, the page's policy keeps on this site. It changes nothing.
func (d *Desk) leaveForAccount(w http.ResponseWriter, r *http.Request) error {
	next := d.local(r.FormValue("next"))
	if d.Accounts == nil {
		return errNoPage
	}
	if session(r).Editor.ID != 0 {
		return d.back(w, r, next, "")
	}
	q, now := identity.NewQuestion(), time.Now()
	if err := d.Staff.Busy(r.Context(), web.Address(r), now); err != nil {
		return d.loginAgain(w, r, err, next)
	}
	state, err := d.Staff.BeginAttempt(kindAccount, session(r).Cookie, departure{q, next}, now)
	if err != nil {
		return err
	}
	to, err := d.Accounts.Provider.URL(r.Context(), state, q)
	if err != nil {
		return d.loginAgain(w, r, err, next)
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// returnFromAccount lets in whom the provider has let in. By the protocol it is a GET: it
// succeeds once, and only for what this browser has begun.
func (d *Desk) returnFromAccount(w http.ResponseWriter, r *http.Request) error {
	if d.Accounts == nil {
		return errNoPage
	}
	if session(r).Editor.ID != 0 {
		return d.back(w, r, "/desk", "")
	}
	now, asked := time.Now(), r.URL.Query()
	if err := d.Staff.Busy(r.Context(), web.Address(r), now); err != nil {
		return d.loginAgain(w, r, err, "")
	}
	var began departure
	if err := d.Staff.FinishAttempt(r.Context(), kindAccount, session(r).Cookie, asked.Get("state"), &began, now); err != nil {
		return d.loginAgain(w, r, err, "")
	}
	next := d.local(began.Next)
	if asked.Get("code") == "" {
		return d.loginAgain(w, r, errDenied, next)
	}
	says, err := d.Accounts.Provider.Answer(r.Context(), asked.Get("code"), began.Question)
	if err != nil {
		return d.loginAgain(w, r, err, next)
	}
	s, fresh, err := d.Staff.LoginBy(r.Context(), staff.Account{
		Issuer: d.Accounts.Provider.Issuer, Subject: says.Subject, Email: says.Email, Verified: says.Verified, Name: says.Name,
	}, d.Accounts.Welcome, now)
	if err != nil {
		return d.loginAgain(w, r, err, next)
	}
	if fresh {
		entry := staff.Entry{Editor: s.Editor.ID, Name: s.Editor.Name, Act: "welcome", What: s.Editor.Email, Detail: string(s.Editor.Role), At: now}
		if err := d.Staff.Note(r.Context(), entry); err != nil {
			return err
		}
	}
	return d.enter(w, r, s, staff.Entry{Act: "login-account", What: d.Accounts.Name}, next)
}

// loginAgain shows the login and says why one without a password did not come about. Those
// that somebody may be trying out count against their network.
func (d *Desk) loginAgain(w http.ResponseWriter, r *http.Request, why error, next string) error {
	view, status := d.loginView(next), http.StatusUnprocessableEntity
	switch {
	case errors.Is(why, staff.ErrBusy):
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", "900")
	case errors.Is(why, identity.ErrDown):
		status = http.StatusBadGateway
	case errors.Is(why, identity.ErrRefused), errors.Is(why, staff.ErrPasskey), errors.Is(why, staff.ErrAccount),
		errors.Is(why, staff.ErrUnverified), errors.Is(why, staff.ErrOther):
		if err := d.Staff.Failed(r.Context(), web.Address(r), time.Now()); err != nil {
			return err
		}
	case errors.Is(why, staff.ErrAttempt), errors.Is(why, errDenied):
	default:
		return why
	}
	if err := d.renderStatus(w, r, status, "login", d.tell(r, why), view); err != nil {
		return err
	}
	return why // for the log
}
