package desk

import (
	"errors"
	"net/http"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/templates"
)

var (
	errRepeat = errors.New("the two passwords are not the same")
	errOld    = errors.New("your present password is wrong")
	errSelf   = errors.New("nobody removes themselves")
)

// showMe shows an editor their own account.
func (d *Desk) showMe(w http.ResponseWriter, r *http.Request) error {
	view, err := d.me(r)
	if err != nil {
		return err
	}
	return d.render(w, r, "me", view)
}

func (d *Desk) me(r *http.Request) (view templates.DeskMe, err error) {
	s := session(r)
	e := s.Editor
	view = templates.DeskMe{Email: e.Email, Passwords: d.passwords(), Password: e.Password, Codes: e.TOTP, Fresh: s.Fresh(time.Now())}
	if d.passkeys != nil {
		view.Host = d.passkeys.Host()
	}
	all, err := d.Staff.Passkeys(r.Context(), e.ID)
	for _, k := range all {
		view.Passkeys = append(view.Passkeys, templates.DeskPasskey{ID: k.ID, Name: k.Name, Added: d.inZone(k.Added), Seen: d.inZone(k.LastSeen)})
	}
	return view, err
}

// againMe shows the page again and says why a change was not made.
func (d *Desk) againMe(w http.ResponseWriter, r *http.Request, why error) error {
	view, err := d.me(r)
	if err != nil {
		return err
	}
	return d.again(w, r, "me", why, view)
}

// changePassword ends all sessions but the new one that this browser gets.
func (d *Desk) changePassword(w http.ResponseWriter, r *http.Request) error {
	e, password := session(r).Editor, r.PostFormValue("password")
	if password != r.PostFormValue("repeat") {
		return d.againMe(w, r, errRepeat)
	}
	s, err := d.Staff.ChangePassword(r.Context(), e, r.PostFormValue("old"), password, web.Address(r), time.Now())
	switch {
	case errors.Is(err, staff.ErrLogin):
		return d.againMe(w, r, errOld)
	case errors.Is(err, staff.ErrPassword), errors.Is(err, staff.ErrBusy):
		return d.againMe(w, r, err)
	case err != nil:
		return err
	}
	if err := d.note(r, "password", "", ""); err != nil {
		return err
	}
	d.setCookie(w, sessionCookie, s.Cookie, s.Expires)
	return d.back(w, r, "/desk/me", "password")
}

// showCodes proposes a secret for an authenticator program. It is kept nowhere before a code
// proves that the program has it.
func (d *Desk) showCodes(w http.ResponseWriter, r *http.Request) error {
	e := session(r).Editor
	if e.TOTP {
		return d.back(w, r, "/desk/me", "")
	}
	book, offer := d.Staff.ProposeCodes(e, d.Paper)
	return d.render(w, r, "codes", codesView(book, offer))
}

func codesView(book staff.Codebook, offer string) templates.DeskCodes {
	return templates.DeskCodes{Key: book.Key, URI: book.URI, Picture: qrPicture(book.URI), Offer: offer}
}

// useCodes asks for a code at each login from now on.
func (d *Desk) useCodes(w http.ResponseWriter, r *http.Request) error {
	e, offer := session(r).Editor, r.PostFormValue("offer")
	book, err := d.Staff.Offered(e, d.Paper, offer)
	if err != nil || e.TOTP {
		return errForm
	}
	err = d.Staff.ProveCodes(r.Context(), e, offer, r.PostFormValue("code"), time.Now())
	if errors.Is(err, staff.ErrCode) {
		return d.again(w, r, "codes", err, codesView(book, offer))
	} else if err != nil {
		return err
	}
	if err := d.note(r, "codes", "", ""); err != nil {
		return err
	}
	return d.back(w, r, "/desk/me", "codes")
}

func (d *Desk) dropCodes(w http.ResponseWriter, r *http.Request) error {
	err := d.Staff.DropCodes(r.Context(), session(r).Editor, r.PostFormValue("code"), web.Address(r), time.Now())
	if errors.Is(err, staff.ErrCode) || errors.Is(err, staff.ErrBusy) {
		return d.againMe(w, r, err)
	} else if err != nil {
		return err
	}
	if err := d.note(r, "nocodes", "", ""); err != nil {
		return err
	}
	return d.back(w, r, "/desk/me", "nocodes")
}

func (d *Desk) logoutEverywhere(w http.ResponseWriter, r *http.Request) error {
	if err := d.Staff.LogoutAll(r.Context(), session(r).Editor.ID); err != nil {
		return err
	}
	if err := d.note(r, "everywhere", "", ""); err != nil {
		return err
	}
	d.setCookie(w, sessionCookie, "", time.Time{})
	return d.back(w, r, "/desk/login", "")
}
