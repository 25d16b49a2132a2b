package desk

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/identity"
)

const (
	clientID     = "desk"
	clientSecret = "what the provider showed us"
)

// A provider is one of OpenID Connect on this machine: it signs with RSA, checks PKCE, and
// lets in whoever is in person.
type provider struct {
	*httptest.Server
	key      *rsa.PrivateKey
	redirect string // the only address it sends browsers back to

	mu     sync.Mutex
	codes  map[string]url.Values // what was asked for each
	person map[string]any        // its claims
	// What a token says otherwise than it should, and what the header of its signature says.
	twist  map[string]any
	header map[string]any
	signer *rsa.PrivateKey // nil: key
	info   map[string]any  // at the endpoint for more
}

func openProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	ok(t, err)
	p := &provider{key: key, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
			"jwks_uri": p.URL + "/keys", "userinfo_endpoint": p.URL + "/userinfo", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "one",
			"n": b64(p.key.N.Bytes()), "e": b64(big.NewInt(int64(p.key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer access" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answerJSON(w, p.info)
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	good := q.Get("client_id") == clientID && q.Get("response_type") == "code" && q.Get("redirect_uri") == p.redirect &&
		strings.Contains(q.Get("scope"), "openid") && q.Get("code_challenge_method") == "S256" && len(q.Get("code_challenge")) == 43 && len(q.Get("nonce")) >= 22
	if !good {
		http.Error(w, "this is no request of a good client: "+r.URL.RawQuery, http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = q
	p.mu.Unlock()
	http.Redirect(w, r, p.redirect+"?"+url.Values{"code": {code}, "state": {q.Get("state")}}.Encode(), http.StatusFound)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	asked := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	p.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != clientID || secret != url.QueryEscape(clientSecret) || asked == nil || asked.Get("code_challenge") != b64(challenge[:]) || r.PostFormValue("redirect_uri") != p.redirect {
		w.WriteHeader(http.StatusBadRequest)
		answerJSON(w, map[string]any{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{"iss": p.URL, "aud": clientID, "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(), "nonce": asked.Get("nonce")}
	maps.Copy(claims, p.person)
	maps.Copy(claims, p.twist)
	answerJSON(w, map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": p.sign(claims)})
}

// sign makes a JSON Web Token (RFC 7519).
func (p *provider) sign(claims map[string]any) string {
	header := map[string]any{"alg": "RS256", "kid": "one"}
	maps.Copy(header, p.header)
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	text := b64(h) + "." + b64(c)
	if header["alg"] == "none" {
		return text + "."
	}
	signer := p.key
	if p.signer != nil {
		signer = p.signer
	}
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, signer, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + b64(sig)
}

// is says who logs in there from now on.
func (p *provider) is(subject, email string) {
	p.person = map[string]any{"sub": subject, "email": email, "email_verified": true, "name": "Sara Nour"}
}

// withProvider lets a house's editors come in by a provider's accounts.
func withProvider(p *provider, change ...func(*Accounts)) func(*house) {
	return func(h *house) {
		p.redirect = h.desk.Frame.Base + AccountPath
		h.desk.Accounts = &Accounts{
			Name:     "Newsroom",
			Provider: &identity.Provider{Issuer: p.URL, ClientID: clientID, Secret: clientSecret, Redirect: p.redirect},
		}
		for _, f := range change {
			f(h.desk.Accounts)
		}
	}
}

// leave begins a login, and returns the address at the provider that the browser is sent to.
func (c *client) leave(t *testing.T, next string) string {
	t.Helper()
	c.get(t, "/desk/login")
	res, err := c.Get(c.house.URL + "/desk/login/oidc?" + url.Values{"next": {next}}.Encode())
	ok(t, err)
	if page := read(t, res); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("the way to the provider answers %d\n%s", res.StatusCode, page)
	}
	return res.Header.Get("Location")
}

// authorized logs in at the provider, and returns the path that the browser comes back to.
func (c *client) authorized(t *testing.T, at string) string {
	t.Helper()
	res, err := c.Get(at)
	ok(t, err)
	if page := read(t, res); res.StatusCode != http.StatusFound {
		t.Fatalf("the provider answers %d\n%s", res.StatusCode, page)
	}
	return strings.TrimPrefix(res.Header.Get("Location"), c.house.URL)
}

// byAccount goes the whole way, and returns what the desk answers.
func (c *client) byAccount(t *testing.T, next string) (status int, page string) {
	t.Helper()
	return c.follow(t, c.authorized(t, c.leave(t, next)))
}

// follow is get that returns where an answer leads to.
func (c *client) follow(t *testing.T, path string) (status int, page string) {
	t.Helper()
	res, err := c.Get(c.house.URL + path)
	ok(t, err)
	page = read(t, res)
	if to := res.Header.Get("Location"); to != "" {
		page = to
	}
	return res.StatusCode, page
}
