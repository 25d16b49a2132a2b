package web

import (
	"net/http"
	"net/url"
	"strings"
)

// Kind says what sort of answer a route gives, and so which headers guard it (W11).
type Kind int

const (
	// Private pages stand behind a token: never stored, never indexed.
	Private Kind = iota
	// Public pages may be indexed and kept for a while.
	Public
	// Open pages have a form for everybody and a script of ours: they may be indexed, and
	// are never stored, since each form is signed anew.
	Open
	// Active pages are Private ones with a script of ours.
	Active
	// Letter is an issue as it was mailed: its styles are in its elements, and its
	// pictures come from the paper's servers.
	Letter
)

// setHeaders sets what W11 asks for. A handler may say more, as how long to keep an
// answer.
func (f *Frame) setHeaders(h http.Header, kind Kind) {
	h.Set("Content-Security-Policy", f.policy(kind))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	if strings.HasPrefix(f.Base, "https:") {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if kind == Private || kind == Active {
		h.Set("X-Robots-Tag", "noindex, nofollow")
	}
	if kind == Private || kind == Active || kind == Open {
		h.Set("Cache-Control", "no-store")
	}
}

func (f *Frame) policy(kind Kind) string {
	style, img, script := "'self'", "'self'", ""
	switch kind {
	case Active:
		script = "; script-src 'self'"
	case Open:
		script = "; script-src 'self'; worker-src 'self'"
	}
	switch kind {
	case Public, Open:
		if o := origin(f.Pages.Paper().LogoURL); o != "" {
			img += " " + o
		}
	case Letter:
		style, img = "'unsafe-inline'", "https: http:"
	}
	return "default-src 'none'; style-src " + style + "; img-src " + img + script +
		"; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
}

// origin of an absolute URL, "" if it has none that a policy could name.
func origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.ContainsAny(u.Host, " ;,'") {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
