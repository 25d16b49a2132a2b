package desk

import (
	"errors"
	"net/http"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/templates"
)

// showInvite shows what a one-time link is for. Only its button uses the link up: mail
// scanners open links too (W1).
func (d *Desk) showInvite(w http.ResponseWriter, r *http.Request) error {
	e, err := d.Staff.Invited(r.Context(), r.PathValue("token"), time.Now())
	if err != nil && !errors.Is(err, staff.ErrLink) {
		return err
	}
	status := http.StatusOK
	if err != nil {
		status = http.StatusNotFound
	}
	return d.renderStatus(w, r, status, "invite", "", templates.DeskInvite{Name: e.Name, Email: e.Email, Passwords: d.passwords()})
}

// acceptInvite lets the editor in, with the password they chose where passwords are in use.
func (d *Desk) acceptInvite(w http.ResponseWriter, r *http.Request) error {
	token, now := r.PathValue("token"), time.Now()
	e, err := d.Staff.Invited(r.Context(), token, now)
	if errors.Is(err, staff.ErrLink) {
		return d.renderStatus(w, r, http.StatusNotFound, "invite", "", templates.DeskInvite{})
	} else if err != nil {
		return err
	}
	view := templates.DeskInvite{Name: e.Name, Email: e.Email, Passwords: d.passwords()}
	entry, password := staff.Entry{Act: "join"}, r.PostFormValue("password")
	var s staff.Session
	switch {
	case !d.passwords():
		entry.Act = "login-link"
		s, err = d.Staff.AcceptWithout(r.Context(), token, now)
	case password != r.PostFormValue("repeat"):
		return d.again(w, r, "invite", errRepeat, view)
	default:
		s, err = d.Staff.Accept(r.Context(), token, password, now)
	}
	switch {
	case errors.Is(err, staff.ErrPassword):
		return d.again(w, r, "invite", err, view)
	case errors.Is(err, staff.ErrLink):
		return d.renderStatus(w, r, http.StatusNotFound, "invite", "", templates.DeskInvite{})
	case err != nil:
		return err
	}
	return d.enter(w, r, s, entry, "/desk?done=welcome")
}
