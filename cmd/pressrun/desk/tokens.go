package desk

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

// mintToken makes a token for a program. It is shown in the answer, and nowhere else ever.
func (d *Desk) mintToken(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	name, now := strings.TrimSpace(r.PostFormValue("name")), time.Now()
	var scopes []staff.Scope
	for _, s := range r.PostForm["scope"] {
		scopes = append(scopes, staff.Scope(s))
	}
	var expires time.Time
	days, err := strconv.Atoi(r.PostFormValue("days"))
	if err != nil || days < 0 || days > 3650 {
		return errForm
	}
	if days > 0 {
		expires = now.AddDate(0, 0, days)
	}
	token, err := d.Staff.MintToken(r.Context(), name, scopes, expires, now)
	if err != nil {
		return d.againEditors(w, r, err)
	}
	if err := d.note(r, "token", name, strings.Join(r.PostForm["scope"], " ")); err != nil {
		return err
	}
	view, err := d.editors(r)
	if err != nil {
		return err
	}
	view.TokenFor, view.Token = name, token
	return d.render(w, r, "editors", view)
}

func (d *Desk) revokeToken(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return errNoPage
	}
	tokens, err := d.Staff.Tokens(r.Context())
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if t.ID != id {
			continue
		}
		if err := d.Staff.Revoke(r.Context(), id); err != nil {
			return err
		}
		if err := d.note(r, "revoke", t.Name, ""); err != nil {
			return err
		}
		return d.back(w, r, "/desk/editors", "revoked")
	}
	return errNoPage
}
