package identity

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Passkeys asks authenticators for passkeys of one site, through its visitors' browsers.
type Passkeys struct{ site *webauthn.WebAuthn }

// NewPasskeys returns nil for a base URL on which browsers allow no passkeys: without TLS
// except on localhost, or at an address without a name.
func NewPasskeys(base, paper string) (*Passkeys, error) {
	u, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	host := u.Hostname()
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if _, err := netip.ParseAddr(host); err == nil || u.Scheme != "https" && !local {
		return nil, nil
	}
	if paper == "" {
		paper = host
	}
	term := webauthn.TimeoutConfig{Timeout: 5 * time.Minute, TimeoutUVD: 5 * time.Minute}
	site, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: paper, RPOrigins: []string{u.Scheme + "://" + u.Host},
		// Who makes the authenticator is not asked: editors bring their own.
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		// No extension is asked for; what a password program adds unasked is not looked at.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
		Timeouts:                          webauthn.TimeoutsConfig{Login: term, Registration: term},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return &Passkeys{site}, nil
}

// Host is the name that passkeys of this site belong to.
func (p *Passkeys) Host() string { return p.site.Config.RPID }

// A Passkey is what is kept of one.
type Passkey struct {
	ID      []byte
	Key     []byte // COSE
	Counter uint32 // of signatures
	Synced  bool   // may be on several devices
}

// A Holder is somebody with passkeys.
type Holder struct {
	Handle   []byte // what authenticators know them by
	Email    string
	Name     string
	Passkeys []Passkey
}

// A Challenge is what was asked, which the answer has to fit.
type Challenge = webauthn.SessionData

// Offer asks an authenticator to make a passkey: options are for the browser.
func (p *Passkeys) Offer(h Holder) (options json.RawMessage, c Challenge, err error) {
	var have []protocol.CredentialDescriptor
	for _, k := range h.Passkeys {
		have = append(have, protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: k.ID})
	}
	creation, session, err := p.site.BeginRegistration(person(h), webauthn.WithExclusions(have))
	if err != nil {
		return nil, c, fmt.Errorf("offer a passkey: %w", err)
	}
	options, err = json.Marshal(creation.Response)
	return options, *session, err
}

// Take returns the passkey that an authenticator has made for a holder, or ErrRefused.
func (p *Passkeys) Take(h Holder, c Challenge, answer string) (Passkey, error) {
	said, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return Passkey{}, refused(err)
	}
	made, err := p.site.CreateCredential(person(h), c, said)
	if err != nil {
		return Passkey{}, refused(err)
	}
	return Passkey{ID: made.ID, Key: made.PublicKey, Counter: made.Authenticator.SignCount, Synced: made.Flags.BackupEligible}, nil
}

// Ask asks whatever authenticator is there for any passkey of this site.
func (p *Passkeys) Ask() (options json.RawMessage, c Challenge, err error) {
	assertion, session, err := p.site.BeginDiscoverableLogin()
	if err != nil {
		return nil, c, fmt.Errorf("ask for a passkey: %w", err)
	}
	options, err = json.Marshal(assertion.Response)
	return options, *session, err
}

// Check returns the passkey that an authenticator has shown, with the counter it has now, or
// ErrRefused. holder finds whom it says it belongs to.
func (p *Passkeys) Check(c Challenge, answer string, holder func(handle []byte) (Holder, error)) (Passkey, error) {
	said, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return Passkey{}, refused(err)
	}
	find := func(_, handle []byte) (webauthn.User, error) {
		h, err := holder(handle)
		return person(h), err
	}
	_, shown, err := p.site.ValidatePasskeyLogin(find, c, said)
	if err != nil {
		return Passkey{}, refused(err)
	}
	if shown.Authenticator.CloneWarning {
		return Passkey{}, fmt.Errorf("%w: the counter of the passkey goes backwards; somebody may have a copy", ErrRefused)
	}
	return Passkey{ID: shown.ID, Key: shown.PublicKey, Counter: shown.Authenticator.SignCount, Synced: shown.Flags.BackupEligible}, nil
}

func refused(err error) error { return fmt.Errorf("%w: %w", ErrRefused, err) }

// A person is a Holder as the library asks for one.
type person Holder

func (p person) WebAuthnID() []byte          { return p.Handle }
func (p person) WebAuthnName() string        { return p.Email }
func (p person) WebAuthnDisplayName() string { return p.Name }

func (p person) WebAuthnCredentials() (all []webauthn.Credential) {
	for _, k := range p.Passkeys {
		all = append(all, webauthn.Credential{
			ID: k.ID, PublicKey: k.Key, Flags: webauthn.CredentialFlags{BackupEligible: k.Synced},
			Authenticator: webauthn.Authenticator{SignCount: k.Counter},
		})
	}
	return all
}
