package templates

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var noteShots = flag.String("notes", "", "folder to save the notes in, to look at them")

func TestNotesSayTheSameInBothPartsAndNothingMore(t *testing.T) {
	set, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	paper := evening
	paper.LogoURL = ""
	for _, lang := range []string{"en", "ar", "ar-SA", "de"} {
		for _, kind := range []NoteKind{NoteConfirm, NoteRemind, NoteAlready, NoteChange} {
			n := Note{Paper: paper, Kind: kind, Language: lang, Link: "https://letters.wire.example/c/__CONFIRM__"}
			if kind != NoteChange {
				n.Editions = []string{"Evening <Briefing>", "النشرة الأسبوعية"}
			}
			email, err := set.Note(n)
			if err != nil {
				t.Fatal(err)
			}
			if *noteShots != "" {
				name := filepath.Join(*noteShots, fmt.Sprintf("note-%s-%s.html", kind, lang))
				if err := os.WriteFile(name, email.HTML, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			subject, html, text := email.Subject, string(email.HTML), string(email.Text)
			direction := `dir="` + Direction(lang) + `"`
			if !strings.Contains(html, direction) || strings.Contains(subject+html+text, "{paper}") {
				t.Errorf("%s %s: subject %q\n%s", kind, lang, subject, html)
			}
			if got := strings.Count(html, "https://letters.wire.example/c/__CONFIRM__"); got != 3 {
				t.Errorf("%s %s: the link is %d times in the HTML, want the button and the address twice", kind, lang, got)
			}
			if got := strings.Count(text, "__CONFIRM__"); got != 1 {
				t.Errorf("%s %s: the link is %d times in the text", kind, lang, got)
			}
			for _, edition := range n.Editions {
				if !strings.Contains(text, edition) {
					t.Errorf("%s %s: the text lacks %s", kind, lang, edition)
				}
			}
			if strings.Contains(html, "<Briefing>") || strings.Contains(html, "<script") || strings.Contains(html, "<Wire>") {
				t.Errorf("%s %s: a name became markup", kind, lang)
			}
			for line := range strings.Lines(text) {
				if displayWidth(strings.TrimRight(line, "\n")) > columns && !strings.Contains(line, "://") {
					t.Errorf("%s %s: a line is too long: %s", kind, lang, line)
				}
			}
		}
	}
}
