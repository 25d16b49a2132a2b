package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
)

// A Note is a short letter to one person about their subscription: it has one button, and
// no news (W5).
type Note struct {
	Paper    Paper
	Kind     NoteKind
	Language string // BCP 47
	// Editions by the names readers know. A note about an address has none.
	Editions []string
	// Link is where the button leads. It may hold a placeholder of the message.
	Link string
}

// NoteKind says what a note is about; site/words has its sentences as "note.confirm" and
// so on.
type NoteKind string

const (
	NoteConfirm NoteKind = "confirm" // asks to confirm a sign-up
	NoteRemind  NoteKind = "remind"  // asks once more
	NoteAlready NoteKind = "already" // they are subscribed to what they asked for
	NoteChange  NoteKind = "change"  // asks to confirm a new address
)

// A noteView is what email/note.html and email/note.txt see.
type noteView struct {
	Note
	block
	Subject, Says, Button, Else, Or string
	Home                            string
	AddressLines                    []string
	Light, Dark                     palette
	ButtonInk                       template.CSS // on the button
}

// A NoteEmail is a note as it is sent.
type NoteEmail struct {
	Email
	Subject  string
	Language string // of its words
}

// Note sets a note. A language that the site has no words in gets English ones.
func (s *Set) Note(n Note) (e NoteEmail, err error) {
	lex := s.lexiconOf(n.Language)
	n.Language = lex.tag
	v := noteView{Note: n, block: newBlock(n.Language), Home: safe(n.Paper.URL)}
	v.Light, v.Dark = sitePalettes(n.Paper.Accent)
	v.ButtonInk = v.Light.Sheet
	v.AddressLines = strings.FieldsFunc(n.Paper.Address, func(r rune) bool { return r == '\n' || r == '\r' })
	button := n.Kind
	if n.Kind == NoteRemind {
		button = NoteConfirm
	}
	for _, word := range []struct {
		name string
		text *string
	}{
		{"note." + string(n.Kind), &v.Subject}, {"note." + string(n.Kind) + ".text", &v.Says},
		{"note." + string(button) + ".button", &v.Button}, {"note." + string(n.Kind) + ".else", &v.Else}, {"note.link", &v.Or},
	} {
		if *word.text, err = lex.plain(word.name, "paper", n.Paper.Name); err != nil {
			return e, err
		}
	}
	var page, text bytes.Buffer
	if err := s.email.ExecuteTemplate(&page, "email/note.html", v); err != nil {
		return e, explain(err)
	}
	if err := s.text.ExecuteTemplate(&text, "email/note.txt", v); err != nil {
		return e, explain(err)
	}
	inlined, err := inline(unindent(page.Bytes()))
	if err != nil {
		return e, fmt.Errorf("the styles of email/note.html cannot be inlined (%w); correct the file in your templates folder, or remove it to use ours", err)
	}
	return NoteEmail{Email{HTML: inlined, Text: tidy(text.Bytes())}, v.Subject, n.Language}, nil
}

// lexiconOf returns the site's words in lang: of the very tag, else of its language, else
// in English.
func (s *Set) lexiconOf(lang string) lexicon {
	for _, lex := range s.lexicons {
		if lex.tag == lang {
			return lex
		}
	}
	for _, lex := range s.lexicons {
		if sameLanguage(lex.tag, lang) {
			return lex
		}
	}
	return s.lexicons[0]
}

// rehearseNotes sets one note and one notice of each kind in each language.
func (s *Set) rehearseNotes() error {
	for _, lex := range s.lexicons {
		for _, kind := range []NoteKind{NoteConfirm, NoteRemind, NoteAlready, NoteChange} {
			n := Note{
				Paper: Paper{Name: "Paper", Motto: "Motto", URL: "https://example.org/", Address: "Street 1", Email: "desk@example.org"},
				Kind:  kind, Language: lex.tag, Editions: []string{"Daily"}, Link: "https://example.org/c",
			}
			if _, err := s.Note(n); err != nil {
				return err
			}
		}
		for _, kind := range []NoticeKind{NoticeDraft, NoticeWithdrawn, NoticeSkipped} {
			if _, err := s.Notice(Notice{Kind: kind, Language: lex.tag, Silence: "send", Four: true, Reasons: []string{"Reason"}}); err != nil {
				return err
			}
		}
	}
	return nil
}
