package desk

import (
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

func TestWaysInFitPhonesInBothDirections(t *testing.T) {
	p := openProvider(t)
	h := open(t, named, withProvider(p, func(a *Accounts) { a.Name = "Evening Wire" }))
	h.URL = h.desk.Frame.Base
	mona := h.as(t, staff.Owner)
	s, err := h.staff.Session(t.Context(), mona.cookie(t, sessionCookie), time.Now())
	ok(t, err)
	for _, name := range []string{"Phone", "مفتاح الأمان في الدرج"} {
		k, err := h.staff.AddPasskey(t.Context(), s, staff.Passkey{Name: name, Credential: []byte(name), PublicKey: []byte("key")}, time.Now().Add(-50*time.Hour))
		ok(t, err)
		if name == "Phone" {
			_, err = h.staff.LoginByPasskey(t.Context(), s.Editor, k, time.Now())
			ok(t, err)
		}
	}
	token, err := h.staff.Invite(t.Context(), "Sara Nour", "sara@wire.example", staff.Writer, time.Now())
	ok(t, err)
	for _, lang := range []string{"en", "ar"} {
		t.Run(lang, func(t *testing.T) {
			ctx := browse(t)
			h.desk.Accounts.Only = false
			setCookie(t, ctx, h.URL, languageCookie, lang)
			h.look(t, ctx, "ways-login", lang, "/desk/login")
			h.look(t, ctx, "ways-wrong", lang, AccountPath+"?state=used")
			setCookie(t, ctx, h.URL, sessionCookie, mona.cookie(t, sessionCookie))
			h.look(t, ctx, "ways-me", lang, "/desk/me")
			h.look(t, ctx, "ways-editors", lang, "/desk/editors")
		})
		t.Run(lang+" without passwords", func(t *testing.T) {
			ctx := browse(t)
			h.desk.Accounts.Only = true
			setCookie(t, ctx, h.URL, languageCookie, lang)
			h.look(t, ctx, "only-login", lang, "/desk/login")
			h.look(t, ctx, "only-invite", lang, "/desk/invite/"+token)
			setCookie(t, ctx, h.URL, sessionCookie, mona.cookie(t, sessionCookie))
			h.look(t, ctx, "only-me", lang, "/desk/me")
		})
	}
}
