// Package config is what an operator can set: one TOML file and the environment over
// it. No other package reads the environment.
//
// The struct tags are the only list of settings. "toml" is a setting's name in the file
// (and, in capitals, in the environment), "default" its value when nothing is said,
// "example" what to show where there is no default, and "doc" the words above it in the
// file that `pressrun init` writes. A field tagged "secret" is never printed and may be
// read from a file named by an environment variable that ends in _FILE.
package config

import (
	"net/mail"
	"net/netip"
	"strings"
	"time"
)

// A Config holds all settings, checked. File names in it are relative to the working
// folder of the program, not to the file.
type Config struct {
	// File is where the settings were read from.
	File string `toml:"-"`
	// Secret signs the tokens in readers' links: PRESSRUN_SECRET, or what is in SecretFile.
	Secret Secret `toml:"-"`

	SecretFile string    `toml:"secret_file" default:"pressrun.secret" doc:"File with the secret that signs the links in readers' mails. Keep a copy: without it, links already sent stop working. File names here are relative to this file."`
	Paper      Paper     `toml:"paper" doc:"The news site whose articles are sent."`
	Sender     Sender    `toml:"sender" doc:"Whom the mail comes from."`
	Relays     []Relay   `toml:"relay" doc:"The SMTP server that takes the mail. Take the # off the line [[relay]] too; repeat the section for a second server."`
	Domains    []Domain  `toml:"domain" doc:"Limits for readers of one provider, whatever the relay. Hardly needed: a provider that says mail comes too fast is left alone for a while anyway. Take the # off the line [[domain]] too; repeat the section for another provider."`
	DKIM       []DKIM    `toml:"dkim" doc:"A key that mails are signed with (DKIM). Only for a relay that does not sign them, which most do. Take the # off the line [[dkim]] too; repeat the section for another key, such as an Ed25519 key beside the RSA key, or a new key whose turn comes soon."`
	Site       Site      `toml:"site" doc:"The pages for readers: archive, preferences, unsubscribe."`
	OIDC       OIDC      `toml:"oidc" doc:"Editors log in to the desk with an account they have elsewhere (OpenID Connect), such as Keycloak, Authelia, Google or GitLab. Register /desk/login/oidc/done below the site's url there, as the address to come back to. Only who is an editor already comes in, known by the e-mail address that the provider has verified the first time, and by the provider's own number from then on."`
	Fetch      Fetch     `toml:"fetch" doc:"How sources are asked for new articles."`
	Database   Database  `toml:"database" doc:"Editions, sources, readers, issues and deliveries are kept in one SQLite file."`
	Templates  Templates `toml:"templates" doc:"How mails and pages look."`
}

// Paper is the news site, as readers see it.
type Paper struct {
	Name    string `toml:"name" example:"The Harbour Post" doc:"Name in the masthead. Needed to send."`
	Motto   string `toml:"motto" example:"News from the coast since 1921" doc:"Line under the name."`
	URL     string `toml:"url" example:"https://paper.example" doc:"Home page."`
	Logo    string `toml:"logo" example:"https://paper.example/logo.png" doc:"Picture for the masthead, PNG or JPEG, at an absolute address. Without one the name is set in type."`
	Accent  string `toml:"accent" example:"#8a1c2b" doc:"Colour of links and rules."`
	Address string `toml:"address" example:"1 Quay Street\nHarbour 1000\nExampleland" doc:"Postal address for the foot of every mail, which the law of many countries asks for; \\n begins a new line. Needed to send."`
	Email   string `toml:"email" example:"editors@paper.example" doc:"Where readers can write to."`
}

// Sender says whom the mail comes from, for people and for the machines on its way.
type Sender struct {
	From         mail.Address `toml:"from" example:"The Harbour Post <news@paper.example>" doc:"Name and address in From, the same for every mail. Needed to send."`
	ReplyTo      mail.Address `toml:"reply_to" example:"editors@paper.example" doc:"Where answers go, if not to the address in From."`
	Domain       string       `toml:"domain" example:"paper.example" doc:"Domain in Message-ID and List-Id; choose it once and keep it. If not set: the domain in From."`
	BounceDomain string       `toml:"bounce_domain" example:"bounce.paper.example" doc:"Domain that undeliverable mail comes back to, with an address of its own for each delivery. If not set, it goes to the address in From."`
	FeedbackID   string       `toml:"feedback_id" example:"harbourpost" doc:"Sender name in Feedback-ID, 5 to 15 letters and digits, by which Gmail groups complaints."`
	EHLO         string       `toml:"ehlo" example:"mail.paper.example" doc:"Name this machine gives to the relay. If not set: its own host name."`
}

// Relay is a server that takes the mail.
type Relay struct {
	URL         RelayURL `toml:"url" secret:"true" example:"smtp://user:password@mail.example:587" doc:"smtp:// (with STARTTLS; to this machine itself only with ?tls=starttls at the end), smtps:// (TLS from the start), or dir:FOLDER, which writes .eml files. Write special characters in a password as %XX (@ is %40). Needed to send."`
	Connections int      `toml:"connections" default:"2" doc:"Connections at a time."`
	Window      int      `toml:"window" default:"1" doc:"Mails on the way at once on each connection, before the first is answered. More than 1 is faster where the relay is far away and offers CHUNKING, as Postfix does; but when a connection breaks, so many mails are in doubt."`
	Priority    int      `toml:"priority" default:"1" doc:"Relays with 1 share the work. One with 2 gets mail only while each one with 1 is down or has had all its rate allows, and so on."`
	Rate        Rates    `toml:"rate" example:"10/second, 1000/hour, 20000/day" doc:"Most mails in any second, minute, hour or day; one of these, or several. Those for a second or a minute are spread evenly, what an hour or a day allows may go at once. If not set: as fast as the relay takes them."`
	Warmup      Warmup   `toml:"warmup" example:"500/day from 2026-11-23" doc:"Mails on the first day through a relay that is new, which receivers do not trust yet. Each day after it may have twice as many as the day before, as far as rate allows."`
	Token       string   `toml:"token_command" example:"/usr/local/bin/mail-token" doc:"Program that prints an access token, for relays that want OAuth 2 (XOAUTH2) in place of a password. The URL then has the user alone. It is run by the shell of this machine."`
	Cleartext   bool     `toml:"cleartext" default:"false" doc:"Send without encryption when the relay offers none. This machine's own relay needs no leave."`
}

// Domain limits what readers at a provider get at a time.
type Domain struct {
	Name        string `toml:"name" example:"gmail.com, googlemail.com" doc:"The provider's domain, or several, which the limits hold for together."`
	Connections int    `toml:"connections" example:"4" doc:"Mails on their way to it at a time."`
	Rate        Rates  `toml:"rate" example:"20/second" doc:"Most mails in a second or a minute."`
}

// DKIM is a key that mails are signed with.
type DKIM struct {
	Selector string `toml:"selector" example:"s2026" doc:"Name the public key has in the DNS, before ._domainkey. and the domain: lower-case letters, digits and hyphens. A new key gets a new one."`
	KeyFile  string `toml:"key_file" example:"dkim.pem" doc:"File with the private key: RSA of at least 2048 bits, as openssl genrsa 2048 makes it, or Ed25519, which not all providers know yet, beside it. Only the owner may be able to read it (chmod 600)."`
	Domain   string `toml:"domain" example:"paper.example" doc:"Domain that answers for the mails: that in From, or another of the same organisation. If not set: the domain in From."`
}

// Site is the web server for readers.
type Site struct {
	Listen         string         `toml:"listen" default:"127.0.0.1:8080" doc:"Address and port to listen on."`
	URL            string         `toml:"url" example:"https://news.paper.example" doc:"Address that readers reach the site at, which links in mails begin with. It must be https, except on this machine. If not set: the address listened on."`
	TrustedProxies []netip.Prefix `toml:"trusted_proxies" example:"127.0.0.1, 10.0.0.0/8" doc:"Proxies in front of the site, whose X-Forwarded-For is believed."`
	Privacy        string         `toml:"privacy" example:"https://paper.example/privacy" doc:"Page that says what becomes of readers' data, linked where they sign up. If not set: the site's own help page."`
	Imprint        string         `toml:"imprint" example:"https://paper.example/imprint" doc:"Page that says who runs the paper."`
	FormOrigins    string         `toml:"form_origins" example:"https://paper.example, https://www.paper.example" doc:"Sites whose scripts may sign readers up through /api/subscribe. Forms of plain HTML need no leave."`
	Signups        int            `toml:"signups" default:"60" doc:"Sign-ups a minute from wherever that are more than people make: from then on each has to wait or let the browser work a little, and the log says so."`
}

// Origins are the sites in FormOrigins, each by itself.
func (s Site) Origins() []string {
	return strings.FieldsFunc(s.FormOrigins, func(r rune) bool { return r == ',' || r == ' ' })
}

// Fetch says how sources are asked.
type Fetch struct {
	Every   time.Duration  `toml:"every" default:"5m" doc:"Time between two requests to a source."`
	Allow   []netip.Prefix `toml:"allow" example:"10.20.0.0/16, 192.168.1.7" doc:"Private addresses that sources may be on. All others are refused, so that no feed can make this machine read an internal server."`
	Contact string         `toml:"contact" example:"https://paper.example/about" doc:"Page or address in the User-Agent, for those who run the sources. If not set: the paper's url."`
}

// Database is where everything is kept that changes.
type Database struct {
	Path string `toml:"path" default:"pressrun.db" doc:"The file. Its folder must exist and be writable."`
}

// Templates says where an operator's own templates are.
type Templates struct {
	Dir string `toml:"dir" example:"templates" doc:"Folder with templates of your own: a file in it stands in for the built-in one of the same name."`
}

// Default returns the settings of an empty file. What follows from other settings is
// still empty in it.
func Default() *Config {
	c := new(Config)
	setDefaults(fieldsOf(c))
	return c
}

// NewRelay returns a relay with all but its URL at their defaults.
func NewRelay(url RelayURL) Relay {
	c := Config{Relays: make([]Relay, 1)}
	setDefaults(fieldsOf(&c))
	c.Relays[0].URL = url
	return c.Relays[0]
}
