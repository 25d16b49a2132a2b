package templates

import (
	"embed"
	"html/template"
	"io/fs"
	"sync"
	texttemplate "text/template"
	"time"
)

//go:embed email all:site
var ours embed.FS

// A Set holds the templates of e-mails and pages, parsed once at start. It is safe
// for concurrent use.
type Set struct {
	email  *template.Template // Broadsheet's parts and the notes
	text   *texttemplate.Template
	themes []*theme // Broadsheet first
	words  catalogue
	// lexicons are the site's words, which its notes are written in.
	lexicons []lexicon
	said     map[string]*interpreter // by language; none for English
	files    fs.FS                   // an operator's folder over ours
	own      fs.FS                   // the operator's folder alone, nil for none
	problems func() []Problem
	drawings func() []drawing // of the sample's pictures
}

// Load parses our templates. A file in override replaces ours of the same name, as
// "email/letter.html"; a new email/words/de.json adds a language, and a new folder
// email/evening a theme. override may be nil.
//
// An error names the file and line and is a sentence for the operator.
func Load(override fs.FS) (*Set, error) {
	s := &Set{files: merged(ours, override), own: override, drawings: drawings()}
	s.problems = sync.OnceValue(func() []Problem {
		if override == nil {
			return nil
		}
		return Check(override)
	})
	var err error
	if s.words, err = readWords(s.files); err != nil {
		return nil, err
	}
	if s.themes, err = readThemes(s.files); err != nil {
		return nil, err
	}
	s.email, s.text = s.themes[0].html, s.themes[0].text
	if s.lexicons, err = readLexicons(s.files); err != nil {
		return nil, err
	}
	if s.said, err = readSaid(deskFiles, s.words); err != nil {
		return nil, err
	}
	if err := s.rehearseNotes(); err != nil {
		return nil, err
	}
	return s, s.rehearse()
}

// Problems are what Check finds in the operator's folder, looked for when first asked: the
// letters too are set with the folder as it was at the start.
func (s *Set) Problems() []Problem { return s.problems() }

// rehearse sets a small letter in every theme, since some mistakes of a template show
// only then: better at the start than at seven in the morning.
func (s *Set) rehearse() error {
	story := Story{
		Title: "Title", URL: "https://example.org/1", Summary: "Summary", Text: "Summary",
		Author: "Author", Section: "Section", Language: "ar", Minutes: 3, Updated: true,
		Image: Image{URL: "https://example.org/1.jpg", Alt: "Picture", Width: 1200, Height: 800},
		Also:  []Link{{Title: "Title", URL: "https://example.org/3"}},
	}
	for _, t := range s.themes {
		_, err := s.Email(Letter{
			Theme: t.name, Hijri: true, Welcome: true, Note: "Note",
			Paper:   Paper{Name: "Paper", Motto: "Motto", URL: "https://example.org/", Address: "Street 1", Email: "desk@example.org"},
			Edition: "Daily", Number: 1, Date: time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC), Language: "en",
			Subject: "Subject", Lead: &story, More: 1, Test: true,
			Sections: []Section{{Name: "Section", Stories: []Story{story, {Title: "Title", URL: "https://example.org/2"}}}},
			Links: Links{
				Web: "https://example.org/i", Archive: "https://example.org/a", Preferences: "https://example.org/p",
				Unsubscribe: "https://example.org/u", Help: "https://example.org/h",
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
