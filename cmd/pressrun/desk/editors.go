package desk

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/templates"
)

// showEditors lists who may come in, and which programs.
func (d *Desk) showEditors(w http.ResponseWriter, r *http.Request) error {
	view, err := d.editors(r)
	if err != nil {
		return err
	}
	return d.render(w, r, "editors", view)
}

func (d *Desk) editors(r *http.Request) (view templates.DeskEditors, err error) {
	all, err := d.Staff.Editors(r.Context())
	if err != nil {
		return view, err
	}
	for _, e := range all {
		view.Editors = append(view.Editors, templates.DeskEditor{
			ID: e.ID, Name: e.Name, Email: e.Email, Role: string(e.Role), Joined: e.Joined,
			Seen: d.inZone(e.LastSeen), You: e.ID == session(r).Editor.ID,
		})
		row := &view.Editors[len(view.Editors)-1]
		for _, way := range e.Ways(d.passwords()) {
			row.Ways = append(row.Ways, string(way))
		}
	}
	view.Passwords = d.passwords()
	for _, role := range staff.Roles {
		view.Roles = append(view.Roles, string(role))
	}
	for _, scope := range staff.Scopes {
		view.Scopes = append(view.Scopes, string(scope))
	}
	tokens, err := d.Staff.Tokens(r.Context())
	for _, t := range tokens {
		token := templates.DeskToken{ID: t.ID, Name: t.Name, Expires: d.inZone(t.Expires), Seen: d.inZone(t.LastSeen)}
		for _, s := range t.Scopes {
			token.Scopes = append(token.Scopes, string(s))
		}
		view.Tokens = append(view.Tokens, token)
	}
	return view, err
}

// inZone is a moment in the desk's zone; the zero time stays what it is.
func (d *Desk) inZone(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(d.zone())
}

// againEditors shows the page again and says why a change was not made.
func (d *Desk) againEditors(w http.ResponseWriter, r *http.Request, why error) error {
	view, err := d.editors(r)
	if err != nil {
		return err
	}
	return d.again(w, r, "editors", why, view)
}

// addEditor makes a one-time link for somebody new. It is shown in the answer, and nowhere
// else ever.
func (d *Desk) addEditor(w http.ResponseWriter, r *http.Request) error {
	name, email, role := r.PostFormValue("name"), r.PostFormValue("email"), r.PostFormValue("role")
	if _, err := d.Staff.Editor(r.Context(), email); err == nil {
		return d.againEditors(w, r, errors.New("there is an editor with this address already; make a new link in their row"))
	} else if !errors.Is(err, staff.ErrNoEditor) {
		return err
	}
	token, err := d.Staff.Invite(r.Context(), name, email, staff.Role(role), time.Now())
	if err != nil {
		return d.againEditors(w, r, err)
	}
	if err := d.note(r, "invite", email, role); err != nil {
		return err
	}
	return d.showLink(w, r, name, token)
}

func (d *Desk) showLink(w http.ResponseWriter, r *http.Request, name, token string) error {
	view, err := d.editors(r)
	if err != nil {
		return err
	}
	view.LinkFor, view.Link = name, InviteURL(d.Frame.Base, token)
	return d.render(w, r, "editors", view)
}

// InviteURL is the address of a one-time link at the desk of a site.
func InviteURL(base, token string) string { return base + "/desk/invite/" + token }

// colleague is the editor that a path names by number.
func (d *Desk) colleague(r *http.Request) (staff.Editor, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return staff.Editor{}, errNoPage
	}
	e, err := d.Staff.EditorByID(r.Context(), id)
	if err == nil && e.Disabled {
		err = errNoPage
	}
	return e, err
}

func (d *Desk) changeRole(w http.ResponseWriter, r *http.Request) error {
	e, err := d.colleague(r)
	if err != nil {
		return err
	}
	role, err := staff.ParseRole(r.PostFormValue("role"))
	if err != nil {
		return d.againEditors(w, r, err)
	}
	if err := d.Staff.SetRole(r.Context(), e.ID, role); errors.Is(err, staff.ErrLastOwner) {
		return d.againEditors(w, r, err)
	} else if err != nil {
		return err
	}
	if err := d.note(r, "role", e.Email, string(e.Role)+" → "+string(role)); err != nil {
		return err
	}
	return d.back(w, r, "/desk/editors", "role")
}

func (d *Desk) resetEditor(w http.ResponseWriter, r *http.Request) error {
	e, err := d.colleague(r)
	if err != nil {
		return err
	}
	if e.ID == session(r).Editor.ID {
		return d.againEditors(w, r, errSelf)
	}
	token, err := d.Staff.Reset(r.Context(), e.ID, time.Now())
	if err != nil {
		return err
	}
	if err := d.note(r, "reset", e.Email, ""); err != nil {
		return err
	}
	return d.showLink(w, r, e.Name, token)
}

func (d *Desk) removeEditor(w http.ResponseWriter, r *http.Request) error {
	e, err := d.colleague(r)
	if err != nil {
		return err
	}
	if e.ID == session(r).Editor.ID {
		return d.againEditors(w, r, errSelf)
	}
	if err := d.Staff.Remove(r.Context(), e.ID); errors.Is(err, staff.ErrLastOwner) {
		return d.againEditors(w, r, err)
	} else if err != nil {
		return err
	}
	if err := d.note(r, "remove", e.Email, ""); err != nil {
		return err
	}
	return d.back(w, r, "/desk/editors", "removed")
}
