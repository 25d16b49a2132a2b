package templates

import (
	"io"
	"time"
)

// A performance is a page with one of the views it may get.
type performance struct {
	name string
	view any
}

// performances have every page with everything on it, and every face of those that have
// several.
func performances() []performance {
	issue := IssueLink{Title: "Title", Path: "/issues/daily/1", Language: "en", Edition: "Daily", Number: 1,
		Date: time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC)}
	archive := ArchivePage{Edition: "Daily", Issues: []IssueLink{issue}, Older: "/issues/daily?before=1", Newer: "/issues/daily",
		Join: "/subscribe?edition=daily", Feed: "/issues/daily/feed.atom"}
	all := []performance{
		{"front", FrontPage{
			Editions: []EditionLink{{Name: "Daily", Path: "/issues/daily", Language: "en", Latest: &issue}, {Name: "Weekly", Language: "en"}},
			Issues:   []IssueLink{issue},
		}},
		{"front", FrontPage{}},
		{"archive", archive},
		{"archive", ArchivePage{Edition: "Daily"}},
		{"help", nil},
	}
	all = append(all, signupPerformances()...)
	all = append(all, approvePerformances()...)
	all = append(all, leavePerformances()...)
	all = append(all, preferencesPerformances()...)
	for _, word := range []string{"page", "pulled", "link", "form", "blocked", "large", "method", "ours"} {
		all = append(all, performance{"sorry", SorryPage{Word: "sorry." + word, Number: "ABCD-EFGH"}})
	}
	return all
}

// rehearse writes every page once, since some mistakes of a template show only then:
// better at the start than before a reader.
func (p *Pages) rehearse() error {
	for _, lang := range p.languages {
		for _, try := range performances() {
			page := Page{Language: lang.Tag, Path: "/help", Canonical: "https://example.org/", Description: "Description", Feed: "/issues/daily/feed.atom", NoIndex: true, View: try.view}
			if err := p.Page(io.Discard, try.name, page); err != nil {
				return err
			}
		}
		b := Bar{Language: lang.Tag, NoIndex: true, Feed: "/issues/daily/feed.atom", JoinPath: "/subscribe?edition=daily", Image: Image{URL: "https://example.org/1.jpg", Alt: "Picture", Width: 1200, Height: 800},
			Languages: []BarLanguage{{Tag: "en", Current: true}, {Tag: "ar"}}}
		if _, _, err := p.Bar(b); err != nil {
			return err
		}
	}
	return nil
}
