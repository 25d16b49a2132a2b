// Package identity asks others who somebody is: a provider of accounts (OpenID Connect), or
// an authenticator that holds a passkey (WebAuthn). It keeps nothing, and knows no editors.
package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// What others did not say. Each is wrapped with what happened, for the log.
var (
	ErrDown    = errors.New("the provider does not answer, or not as a provider does")
	ErrRefused = errors.New("the answer does not prove who this is")
)

const (
	patience = 10 * time.Second // for one answer of the provider
	pause    = 5 * time.Second  // before one that did not answer is asked again
	maxBody  = 1 << 20          // of an answer
)

// A Provider is one of OpenID Connect. Nothing is asked of it before the first login, so that
// the program starts while it is down.
type Provider struct {
	Issuer   string // as it names itself, letter by letter
	ClientID string
	Secret   string // "" for a public client
	Redirect string // the address it sends browsers back to

	mu     sync.Mutex
	known  *endpoints
	failed time.Time
	err    error
}

// endpoints are what a provider says of itself. They hold until the program ends; its keys
// are fetched anew when it signs with one that is not known.
type endpoints struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	oauth2.Config
}

// A Question is what a login began with. The answer has to fit both: Nonce is in what the
// provider signs, and only who knows Verifier can have the answer (PKCE, RFC 7636).
type Question struct{ Nonce, Verifier string }

// NewQuestion returns one that was never asked before.
func NewQuestion() Question {
	nonce := make([]byte, 32)
	rand.Read(nonce) // never fails
	return Question{Nonce: base64.RawURLEncoding.EncodeToString(nonce), Verifier: oauth2.GenerateVerifier()}
}

// URL is where a browser logs in; it comes back to Redirect with state and a code.
func (p *Provider) URL(ctx context.Context, state string, q Question) (string, error) {
	known, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return known.AuthCodeURL(state, oidc.Nonce(q.Nonce), oauth2.S256ChallengeOption(q.Verifier)), nil
}

// Claims are what a provider says of somebody.
type Claims struct {
	Subject  string
	Email    string
	Verified bool
	Name     string
}

// Answer exchanges the code that a browser came back with for what the provider signs about
// whom it let in. It is ErrDown or ErrRefused otherwise.
func (p *Provider) Answer(ctx context.Context, code string, q Question) (Claims, error) {
	known, err := p.discover(ctx)
	if err != nil {
		return Claims{}, err
	}
	ctx = oidc.ClientContext(ctx, client())
	token, err := known.Exchange(ctx, code, oauth2.VerifierOption(q.Verifier))
	if err != nil {
		return Claims{}, exchangeError(err)
	}
	raw, _ := token.Extra("id_token").(string)
	signed, err := known.verifier.Verify(ctx, raw)
	if err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if subtle.ConstantTimeCompare([]byte(signed.Nonce), []byte(q.Nonce)) != 1 {
		return Claims{}, fmt.Errorf("%w: the nonce is that of another login", ErrRefused)
	}
	var says statement
	if err := signed.Claims(&says); err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	// OpenID Connect Core 3.1.3.7: of several for whom a token is, one had it made.
	if says.Party != "" && says.Party != p.ClientID || says.Party == "" && len(signed.Audience) > 1 {
		return Claims{}, fmt.Errorf("%w: the token was made for another program", ErrRefused)
	}
	if says.Email == "" && known.provider.UserInfoEndpoint() != "" {
		if says, err = known.ask(ctx, token, signed.Subject); err != nil {
			return Claims{}, err
		}
	}
	return Claims{Subject: signed.Subject, Email: says.Email, Verified: says.verified(), Name: says.Name}, nil
}

// A statement is what is read of a token or of the endpoint for more.
type statement struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"`
	Name     string `json:"name"`
	Party    string `json:"azp"`
}

// verified knows the providers that write true as a text.
func (s statement) verified() bool { return s.Verified == true || s.Verified == "true" }

// ask is for providers that leave the address out of the token.
func (e *endpoints) ask(ctx context.Context, token *oauth2.Token, subject string) (says statement, err error) {
	info, err := e.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return says, fmt.Errorf("%w: %w", ErrDown, brief(err))
	}
	if info.Subject != subject { // OpenID Connect Core 5.3.2
		return says, fmt.Errorf("%w: the provider speaks of somebody else", ErrRefused)
	}
	return says, info.Claims(&says)
}

// discover asks the provider where its endpoints are, once. While one asks, others wait; when
// it fails, they fail with it.
func (p *Provider) discover(ctx context.Context) (*endpoints, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	if time.Since(p.failed) < pause {
		return nil, p.err
	}
	// A visitor who goes away does not make the provider look down to others.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, client()), p.Issuer)
	if err != nil {
		p.failed, p.err = time.Now(), fmt.Errorf("%w: %w", ErrDown, brief(err))
		return nil, p.err
	}
	p.known = &endpoints{
		provider: provider, verifier: provider.Verifier(&oidc.Config{ClientID: p.ClientID}),
		Config: oauth2.Config{
			ClientID: p.ClientID, ClientSecret: p.Secret, RedirectURL: p.Redirect, Endpoint: p.endpoint(provider),
			Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
		},
	}
	return p.known, nil
}

// endpoint says how we prove who we are: as the provider says, so that no code is wasted on
// trying (OpenID Connect Discovery 3, the default is client_secret_basic).
func (p *Provider) endpoint(provider *oidc.Provider) oauth2.Endpoint {
	e := provider.Endpoint()
	e.AuthStyle = oauth2.AuthStyleInHeader
	var says struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&says); err != nil {
		return e
	}
	basic, post := false, false
	for _, m := range says.Methods {
		basic, post = basic || m == "client_secret_basic", post || m == "client_secret_post"
	}
	if p.Secret == "" || post && !basic {
		e.AuthStyle = oauth2.AuthStyleInParams
	}
	return e
}

// exchangeError tells a code that is not good from a provider that is not. What the provider
// wrote is left out: it may repeat what it was sent.
func exchangeError(err error) error {
	var said *oauth2.RetrieveError
	if !errors.As(err, &said) {
		return fmt.Errorf("%w: %w", ErrDown, err)
	}
	is := ErrRefused
	if said.Response.StatusCode >= 500 {
		is = ErrDown
	}
	return fmt.Errorf("%w: the token endpoint answers with %q (%s)", is, said.ErrorCode, said.Response.Status)
}

// brief keeps what a provider answered with, which may be a whole page, from filling the log.
func brief(err error) error {
	if text := err.Error(); len(text) > 300 {
		return errors.New(strings.ToValidUTF8(text[:300], "") + "…")
	}
	return err
}

// client reaches the provider, which may be on a private address: an operator named it. An
// endpoint is where it says it is, so that no redirect carries a code or the secret away.
func client() *http.Client {
	return &http.Client{
		Timeout: patience, Transport: short{wire},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

var wire = &http.Transport{TLSHandshakeTimeout: patience, MaxIdleConns: 4, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}

// short cuts off answers longer than any provider's.
type short struct{ http.RoundTripper }

func (s short) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := s.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxBody), res.Body}
	}
	return res, err
}
