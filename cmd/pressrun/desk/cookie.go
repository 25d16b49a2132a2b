package desk

import (
	"crypto/rand"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	sessionCookie  = "pressrun_desk"
	visitorCookie  = "pressrun_desk_form"
	languageCookie = "pressrun_desk_language"
)

type bodyOf struct{ io.ReadCloser }

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie sets a cookie that no script can read and no other site can use to change
// something; the zero time ends it with the browser (W10).
func (d *Desk) setCookie(w http.ResponseWriter, name, value string, expires time.Time) {
	c := &http.Cookie{
		Name: name, Value: value, Path: d.Frame.Root() + "/desk", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(d.Frame.Base, "https:"), Expires: expires,
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

func newVisitor() string { return rand.Text() + rand.Text() }
