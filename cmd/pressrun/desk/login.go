package desk

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/templates"
)

// showLogin asks who is there. On a desk without editors it says how the first comes in.
func (d *Desk) showLogin(w http.ResponseWriter, r *http.Request) error {
	next := d.local(r.FormValue("next"))
	if session(r).Editor.ID != 0 {
		return d.back(w, r, next, "")
	}
	any, err := d.Staff.Any(r.Context())
	if err != nil {
		return err
	}
	view := d.loginView(next)
	view.Nobody = !any
	return d.render(w, r, "login", view)
}

// loginView offers the ways in that there are.
func (d *Desk) loginView(next string) templates.DeskLogin {
	view := templates.DeskLogin{Next: next, Passwords: d.passwords(), Provider: d.providerName()}
	if d.passkeys != nil {
		view.Passkeys = d.passkeys.Host()
	}
	return view
}

// login begins a session under a new cookie, whatever the browser had before (W10).
func (d *Desk) login(w http.ResponseWriter, r *http.Request) error {
	email, now := r.PostFormValue("email"), time.Now()
	next := d.local(r.PostFormValue("next"))
	s, err := d.Staff.Login(r.Context(), email, r.PostFormValue("password"), r.PostFormValue("code"), web.Address(r), now)
	view := d.loginView(next)
	view.Email, view.Code = email, errors.Is(err, staff.ErrCode)
	switch {
	case errors.Is(err, staff.ErrBusy):
		w.Header().Set("Retry-After", "900")
		return d.renderStatus(w, r, http.StatusTooManyRequests, "login", d.tell(r, err), view)
	case errors.Is(err, staff.ErrLogin), errors.Is(err, staff.ErrCode):
		return d.again(w, r, "login", err, view)
	case err != nil:
		return err
	}
	act := "login-password"
	if s.Editor.TOTP {
		act = "login-code"
	}
	return d.enter(w, r, s, staff.Entry{Act: act}, next)
}

// enter gives the browser a session that has just begun, and ends the one it had. The entry
// says by which way.
func (d *Desk) enter(w http.ResponseWriter, r *http.Request, s staff.Session, entry staff.Entry, next string) error {
	if old := session(r); old.Editor.ID != 0 {
		if err := d.Staff.Logout(r.Context(), old.Cookie); err != nil {
			return err
		}
	}
	entry.Editor, entry.Name, entry.At = s.Editor.ID, s.Editor.Name, time.Now()
	if err := d.Staff.Note(r.Context(), entry); err != nil {
		return err
	}
	d.setCookie(w, sessionCookie, s.Cookie, s.Expires)
	d.setCookie(w, visitorCookie, "", time.Time{})
	return d.back(w, r, next, "")
}

func (d *Desk) logout(w http.ResponseWriter, r *http.Request) error {
	if err := d.Staff.Logout(r.Context(), session(r).Cookie); err != nil {
		return err
	}
	d.setCookie(w, sessionCookie, "", time.Time{})
	return d.back(w, r, "/desk/login"+following(d.local(r.PostFormValue("next"))), "")
}

// following is the query with which the login leads on to a path of the desk.
func following(next string) string {
	if next == "/desk" {
		return ""
	}
	return "?next=" + url.QueryEscape(next)
}

// chooseLanguage holds for this browser.
func (d *Desk) chooseLanguage(w http.ResponseWriter, r *http.Request) error {
	wish := r.PostFormValue("lang")
	for _, known := range d.Pages.Languages() {
		if known.Tag == wish {
			d.setCookie(w, languageCookie, wish, time.Now().Add(365*24*time.Hour))
		}
	}
	back := ""
	if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host {
		back = from.RequestURI()
	}
	return d.back(w, r, d.local(back), "")
}

// maxNext keeps the address of a provider's login, which carries the path, within what is
// taken everywhere.
const maxNext = 500

// local returns a path of the desk without Root, and the desk itself for any other address:
// a link from outside leads nowhere else.
func (d *Desk) local(path string) string {
	path = strings.TrimPrefix(path, d.Frame.Root())
	u, err := url.Parse(path)
	inside := err == nil && u.Scheme == "" && u.Host == "" && (u.Path == "/desk" || strings.HasPrefix(u.Path, "/desk/"))
	if !inside || strings.Contains(u.Path, "..") || strings.Contains(path, `\`) || u.Path == "/desk/login" || strings.HasPrefix(u.Path, "/desk/login/") || len(path) > maxNext {
		return "/desk"
	}
	query := u.Query()
	query.Del("done")
	u.RawQuery = query.Encode()
	return u.RequestURI()
}
