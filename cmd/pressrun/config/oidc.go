package config

import (
	"net/url"
	"strings"
)

// OIDC is a provider with whose accounts editors may log in.
type OIDC struct {
	Issuer       string `toml:"issuer" example:"https://login.paper.example/realms/staff" doc:"The provider, as it names itself: letter by letter the issuer in what it answers below at /.well-known/openid-configuration."`
	ClientID     string `toml:"client_id" example:"pressrun" doc:"Name that Pressrun has at the provider."`
	ClientSecret Secret `toml:"client_secret" secret:"true" example:"the-secret-that-the-provider-shows" doc:"Pressrun's password at the provider. If not set: none, for what providers call a public client."`
	Name         string `toml:"name" example:"Harbour Post" doc:"What editors call the provider; the button says: Log in with Harbour Post. If not set: the host in issuer."`
	Domains      string `toml:"domains" example:"paper.example, magazine.example" doc:"Whoever has a verified address at one of these domains becomes an editor by logging in. If not set: nobody does."`
	Role         string `toml:"role" default:"viewer" doc:"What they may do then: viewer, who looks and changes nothing, or editor."`
	Passwords    bool   `toml:"passwords" default:"true" doc:"false: no editor logs in with a password any more, only through the provider or with a passkey. While the provider is down, the link that pressrun editors reset prints still opens the desk."`
}

// EmailDomains are the domains in Domains, each by itself.
func (o OIDC) EmailDomains() []string {
	return strings.FieldsFunc(o.Domains, func(r rune) bool { return r == ',' || r == ' ' })
}

func (l *loader) checkOIDC(o *OIDC) {
	if o.Issuer == "" {
		if o.ClientID != "" || o.ClientSecret != "" || o.Domains != "" {
			l.report("oidc.issuer", `is missing; write the provider's address, such as "https://login.paper.example/realms/staff"`)
		}
		if !o.Passwords {
			l.report("oidc.passwords", "is false while there is no provider, so that nobody could log in; write oidc.issuer, or take this out")
		}
		return
	}
	u, err := url.Parse(o.Issuer)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		l.report("oidc.issuer", `is %q; write a web address without a question mark, such as "https://login.paper.example/realms/staff"`, o.Issuer)
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		l.report("oidc.issuer", "is %q; it must begin with https, so that nobody on the way can pose as the provider", o.Issuer)
	}
	if o.ClientID == "" {
		l.report("oidc.client_id", "is missing; write the name that Pressrun has at the provider")
	}
	if o.Role != "viewer" && o.Role != "editor" {
		l.report("oidc.role", `is %q; write "viewer" or "editor"; an owner is made by another owner`, o.Role)
	}
	l.checkEmailDomains(o)
}

func (l *loader) checkEmailDomains(o *OIDC) {
	var names []string
	for _, name := range o.EmailDomains() {
		ascii, err := parseDomain(name)
		if err != nil {
			l.report("oidc.domains", "%v", err)
			return
		}
		names = append(names, ascii)
	}
	o.Domains = strings.Join(names, ", ")
}
