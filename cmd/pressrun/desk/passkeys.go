package desk

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/identity"
	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
)

// Kinds of attempt.
const (
	kindPasskey    = "log in by a passkey"
	kindNewPasskey = "add a passkey"
)

// askPasskey tells a script what to ask the browser for, to log in without a password.
func (d *Desk) askPasskey(w http.ResponseWriter, r *http.Request) error {
	if d.passkeys == nil {
		return errNoPage
	}
	if err := d.Staff.Busy(r.Context(), web.Address(r), time.Now()); err != nil {
		return &told{http.StatusTooManyRequests, err}
	}
	options, challenge, err := d.passkeys.Ask()
	if err != nil {
		return err
	}
	return d.pose(w, r, kindPasskey, options, challenge)
}

// pose answers a script with what its browser is to be asked, and a token to come back with.
func (d *Desk) pose(w http.ResponseWriter, r *http.Request, kind string, options json.RawMessage, c identity.Challenge) error {
	token, err := d.Staff.BeginAttempt(kind, session(r).Cookie, c, time.Now())
	if err != nil {
		return err
	}
	var body bytes.Buffer
	err = json.NewEncoder(&body).Encode(struct {
		Attempt string          `json:"attempt"`
		Options json.RawMessage `json:"options"`
	}{token, options})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = body.WriteTo(w)
	return err
}

// loginByPasskey begins a session for whoever has shown a passkey.
func (d *Desk) loginByPasskey(w http.ResponseWriter, r *http.Request) error {
	if d.passkeys == nil {
		return errNoPage
	}
	next, now := d.local(r.PostFormValue("next")), time.Now()
	if err := d.Staff.Busy(r.Context(), web.Address(r), now); err != nil {
		return d.loginAgain(w, r, err, next)
	}
	var c identity.Challenge
	if err := d.Staff.FinishAttempt(r.Context(), kindPasskey, session(r).Cookie, r.PostFormValue("attempt"), &c, now); err != nil {
		return d.loginAgain(w, r, err, next)
	}
	e, k, err := d.shownPasskey(r, c)
	if err != nil {
		return d.loginAgain(w, r, err, next)
	}
	s, err := d.Staff.LoginByPasskey(r.Context(), e, k, now)
	if err != nil {
		return d.loginAgain(w, r, err, next)
	}
	return d.enter(w, r, s, staff.Entry{Act: "login-passkey", What: k.Name}, next)
}

// shownPasskey is the passkey in the form, with the counter it has now, and whose it is.
func (d *Desk) shownPasskey(r *http.Request, c identity.Challenge) (e staff.Editor, k staff.Passkey, err error) {
	var all []staff.Passkey
	var failed error // of ours, and not of the passkey
	shown, err := d.passkeys.Check(c, r.PostFormValue("answer"), func(handle []byte) (identity.Holder, error) {
		e, all, failed = d.Staff.Holder(r.Context(), handle)
		return holder(e, handle, all), failed
	})
	if failed != nil {
		return e, k, failed
	}
	if err != nil {
		return e, k, err
	}
	for _, k := range all {
		if bytes.Equal(k.Credential, shown.ID) {
			k.Counter = shown.Counter
			return e, k, nil
		}
	}
	return e, k, staff.ErrPasskey
}

func holder(e staff.Editor, handle []byte, all []staff.Passkey) identity.Holder {
	h := identity.Holder{Handle: handle, Email: e.Email, Name: e.Name}
	for _, k := range all {
		h.Passkeys = append(h.Passkeys, identity.Passkey{ID: k.Credential, Key: k.PublicKey, Counter: k.Counter, Synced: k.Synced})
	}
	return h
}

// holder is the editor who asks, as an authenticator is told of them.
func (d *Desk) holder(r *http.Request) (h identity.Holder, err error) {
	e := session(r).Editor
	handle, err := d.Staff.Handle(r.Context(), e.ID)
	if err != nil {
		return h, err
	}
	all, err := d.Staff.Passkeys(r.Context(), e.ID)
	return holder(e, handle, all), err
}

// offerPasskey tells a script what to ask the browser for, to make a passkey.
func (d *Desk) offerPasskey(w http.ResponseWriter, r *http.Request) error {
	if d.passkeys == nil {
		return errNoPage
	}
	if !session(r).Fresh(time.Now()) {
		return conflict(staff.ErrStale)
	}
	h, err := d.holder(r)
	if err != nil {
		return err
	}
	options, challenge, err := d.passkeys.Offer(h)
	if err != nil {
		return err
	}
	return d.pose(w, r, kindNewPasskey, options, challenge)
}

// addPasskey lets the editor in with the passkey that was made.
func (d *Desk) addPasskey(w http.ResponseWriter, r *http.Request) error {
	if d.passkeys == nil {
		return errNoPage
	}
	var c identity.Challenge
	if err := d.Staff.FinishAttempt(r.Context(), kindNewPasskey, session(r).Cookie, r.PostFormValue("attempt"), &c, time.Now()); errors.Is(err, staff.ErrAttempt) {
		return d.againMe(w, r, err)
	} else if err != nil {
		return err
	}
	h, err := d.holder(r)
	if err != nil {
		return err
	}
	made, err := d.passkeys.Take(h, c, r.PostFormValue("answer"))
	if errors.Is(err, identity.ErrRefused) {
		return errors.Join(d.againMe(w, r, err), err) // the second for the log
	} else if err != nil {
		return err
	}
	k := staff.Passkey{Name: r.PostFormValue("name"), Credential: made.ID, PublicKey: made.Key, Counter: made.Counter, Synced: made.Synced}
	k, err = d.Staff.AddPasskey(r.Context(), session(r), k, time.Now())
	for _, known := range []error{staff.ErrPasskey, staff.ErrPasskeys, staff.ErrPasskeyName, staff.ErrStale} {
		if errors.Is(err, known) {
			return d.againMe(w, r, err)
		}
	}
	if err != nil {
		return err
	}
	if err := d.note(r, "passkey", k.Name, ""); err != nil {
		return err
	}
	return d.back(w, r, "/desk/me", "passkey")
}

func (d *Desk) removePasskey(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return errNoPage
	}
	name, err := d.Staff.RemovePasskey(r.Context(), session(r).Editor.ID, id)
	if errors.Is(err, staff.ErrPasskey) {
		return errNoPage
	} else if err != nil {
		return err
	}
	if err := d.note(r, "nopasskey", name, ""); err != nil {
		return err
	}
	return d.back(w, r, "/desk/me", "nopasskey")
}
