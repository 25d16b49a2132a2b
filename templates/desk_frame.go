package templates

import (
	"html/template"
	"slices"
	"time"
)

// A deskFrame is what the layout, and in it a page, is executed with.
type deskFrame struct {
	DeskPage
	Paper     Paper
	Dir       string
	Style     string
	Languages []PageLanguage

	tongue *tongue
}

// To is a path of the desk as a link of this page.
func (f deskFrame) To(path string) string { return f.Root + path }

// Hidden stands first in each form: without it nothing is changed (W10).
func (f deskFrame) Hidden() template.HTML {
	return template.HTML(`<input type="hidden" name="csrf" value="` + template.HTMLEscapeString(f.CSRF) + `">`)
}

// Script is the path of a script of ours.
func (f deskFrame) Script(name string) string { return f.Scripts + name }

// May reports whether whoever looks may do what a role may: buttons that would be refused
// are not shown.
func (f deskFrame) May(role string) bool {
	roles := []string{"viewer", "editor", "owner"}
	need := slices.Index(roles, role)
	return need >= 0 && slices.Index(roles, f.Role) >= need
}

// When writes a moment in the zone it comes in: "Tue 24 Nov, 07:00", with the year when it
// is another one.
func (f deskFrame) When(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	return f.time(t, "", f.tongue.clock(t, f.Now))
}

// Ago writes how far a moment is from now: "in 3 hours", "5 minutes ago". A script keeps it
// up to date.
func (f deskFrame) Ago(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	return f.time(t, ` data-ago`, f.tongue.ago(t.Sub(f.Now)))
}

func (f deskFrame) time(t time.Time, mark, text string) template.HTML {
	title := f.tongue.clock(t, time.Time{}) + " " + t.Format("MST")
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `" title="` + template.HTMLEscapeString(title) + `"` + mark + `>` +
		template.HTMLEscapeString(text) + `</time>`)
}
