package identity

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// discovery answers as a provider does before anybody logs in, or with an error while down.
type discovery struct {
	*httptest.Server
	down    bool
	asked   int
	says    map[string]any
	granted url.Values // what was sent for the last token
	header  http.Header
}

func openDiscovery(t *testing.T) *discovery {
	t.Helper()
	d := &discovery{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		if d.asked++; d.down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		says := map[string]any{"issuer": d.URL, "authorization_endpoint": d.URL + "/authorize", "token_endpoint": d.URL + "/token", "jwks_uri": d.URL + "/keys"}
		for k, v := range d.says {
			says[k] = v
		}
		json.NewEncoder(w).Encode(says)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		d.granted, d.header = r.PostForm, r.Header
		w.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(w).Encode(map[string]string{"error": "invalid_grant", "error_description": r.PostFormValue("code")})
	})
	d.Server = httptest.NewServer(mux)
	t.Cleanup(d.Close)
	return d
}

func TestProviderIsAskedAgainOnceItIsBack(t *testing.T) {
	d := openDiscovery(t)
	p := &Provider{Issuer: d.URL, ClientID: "desk", Redirect: "https://paper.example/back"}
	d.down = true
	for range 3 { // asked once: who comes next does not wait
		if _, err := p.URL(t.Context(), "state", NewQuestion()); !errors.Is(err, ErrDown) {
			t.Fatalf("the error is %v", err)
		}
	}
	if d.asked != 1 {
		t.Errorf("it was asked %d times", d.asked)
	}
	d.down = false
	p.failed = time.Now().Add(-pause)
	gone, cancel := context.WithCancel(t.Context())
	cancel() // who asks first has left again, which is nothing against the provider
	for range 2 {
		if _, err := p.URL(gone, "state", NewQuestion()); err != nil {
			t.Fatal(err)
		}
	}
	if d.asked != 2 {
		t.Errorf("it was asked %d times", d.asked)
	}
}

func TestProviderIsWhoItSaysItIs(t *testing.T) {
	d := openDiscovery(t)
	d.says = map[string]any{"issuer": d.URL + "/"}
	p := &Provider{Issuer: d.URL, ClientID: "desk"}
	if _, err := p.URL(t.Context(), "state", NewQuestion()); !errors.Is(err, ErrDown) || !strings.Contains(err.Error(), "issuer") {
		t.Errorf("the error is %v", err)
	}
}

func TestLoginBeginsWithAFreshQuestion(t *testing.T) {
	d := openDiscovery(t)
	p := &Provider{Issuer: d.URL, ClientID: "desk", Redirect: "https://paper.example/back"}
	seen := map[string]bool{}
	for range 2 {
		q := NewQuestion()
		at, err := p.URL(t.Context(), "st&te", q)
		ok(t, err)
		u, err := url.Parse(at)
		ok(t, err)
		v := u.Query()
		if v.Get("state") != "st&te" || v.Get("redirect_uri") != p.Redirect || v.Get("nonce") != q.Nonce || v.Get("code_challenge_method") != "S256" || strings.Contains(at, q.Verifier) {
			t.Errorf("the address is %s", at)
		}
		for _, s := range []string{q.Nonce, q.Verifier, v.Get("code_challenge")} {
			if len(s) < 43 || seen[s] {
				t.Errorf("%q is short or known", s)
			}
			seen[s] = true
		}
	}
}

func TestSecretIsShownAsTheProviderWants(t *testing.T) {
	for _, c := range []struct {
		name, secret string
		methods      []string
		basic, form  string
	}{
		{"nothing said", "s3cret", nil, "s3cret", ""},
		{"in the header", "s3cret", []string{"client_secret_post", "client_secret_basic"}, "s3cret", ""},
		{"in the form", "s3cret", []string{"client_secret_post"}, "", "s3cret"},
		{"none", "", []string{"client_secret_basic"}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := openDiscovery(t)
			if c.methods != nil {
				d.says = map[string]any{"token_endpoint_auth_methods_supported": c.methods}
			}
			p := &Provider{Issuer: d.URL, ClientID: "desk", Secret: c.secret, Redirect: "https://paper.example/back"}
			q := NewQuestion()
			_, err := p.Answer(t.Context(), "the-code", q)
			if !errors.Is(err, ErrRefused) || strings.Contains(err.Error(), "the-code") {
				t.Errorf("the error is %v", err)
			}
			_, basic, _ := (&http.Request{Header: d.header}).BasicAuth()
			if basic != c.basic || d.granted.Get("client_secret") != c.form || d.granted.Get("code_verifier") != q.Verifier {
				t.Errorf("the token is asked for with %q and %v", basic, d.granted)
			}
		})
	}
}

func TestAnswerOfAProviderIsNotWithoutEnd(t *testing.T) {
	d := openDiscovery(t)
	d.says = map[string]any{"padding": strings.Repeat("x", maxBody)}
	p := &Provider{Issuer: d.URL, ClientID: "desk"}
	if _, err := p.URL(t.Context(), "state", NewQuestion()); !errors.Is(err, ErrDown) {
		t.Errorf("the error is %v", err)
	}
}
