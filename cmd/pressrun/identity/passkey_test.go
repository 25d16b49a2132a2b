package identity

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestPasskeysNeedANameAndTLS(t *testing.T) {
	for base, host := range map[string]string{
		"https://news.paper.example":         "news.paper.example",
		"https://news.paper.example:8443/at": "news.paper.example",
		"http://localhost:8080":              "localhost",
		"http://desk.localhost":              "desk.localhost",
		"http://news.paper.example":          "",
		"http://127.0.0.1:8080":              "",
		"https://192.0.2.7":                  "",
		"https://[2001:db8::1]":              "",
	} {
		p, err := NewPasskeys(base, "The Harbour Post")
		ok(t, err)
		if got := p != nil; got != (host != "") || got && p.Host() != host {
			t.Errorf("%s: passkeys are %v", base, p)
		}
	}
}

func TestWhatAnAuthenticatorIsAskedFor(t *testing.T) {
	p, err := NewPasskeys("https://news.paper.example", "")
	ok(t, err)
	type options struct {
		Challenge string
		RPID      string
		RP        struct{ ID, Name string }
		User      struct{ ID, Name string }
		Exclude   []struct{ ID string } `json:"excludeCredentials"`
		Selection struct {
			ResidentKey, UserVerification string
		} `json:"authenticatorSelection"`
		UserVerification string
		Allow            []any `json:"allowCredentials"`
	}
	h := Holder{Handle: []byte("handle"), Email: "mona@paper.example", Name: "Mona", Passkeys: []Passkey{{ID: []byte("one")}}}
	offered, c, err := p.Offer(h)
	ok(t, err)
	var o options
	ok(t, json.Unmarshal(offered, &o))
	if o.RP.ID != "news.paper.example" || o.RP.Name == "" || o.Selection.ResidentKey != "required" || o.Selection.UserVerification != "required" ||
		o.User.ID != "aGFuZGxl" || len(o.Exclude) != 1 || o.Exclude[0].ID != "b25l" || o.Challenge != c.Challenge {
		t.Errorf("offered is %s", offered)
	}
	asked, c, err := p.Ask()
	ok(t, err)
	first := o.Challenge
	o = options{}
	ok(t, json.Unmarshal(asked, &o))
	if o.RPID != "news.paper.example" || o.UserVerification != "required" || len(o.Allow) != 0 || o.Challenge != c.Challenge || o.Challenge == first {
		t.Errorf("asked is %s", asked)
	}
	for _, answer := range []string{"", "{}", "null", `{"id":"b25l","rawId":"b25l","type":"public-key","response":{}}`} {
		if _, err := p.Take(h, c, answer); !errors.Is(err, ErrRefused) {
			t.Errorf("%q is taken: %v", answer, err)
		}
		if _, err := p.Check(c, answer, func([]byte) (Holder, error) { return h, nil }); !errors.Is(err, ErrRefused) {
			t.Errorf("%q is believed: %v", answer, err)
		}
	}
}
