package templates

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var judged = flag.String("judged", "", "folder to write pages and letters into, for programs of others to judge")

// TestWriteJudgedFaces writes every page of the readers' site with every face it has.
func TestWriteJudgedFaces(t *testing.T) {
	if *judged == "" {
		t.Skip("no pages are asked for: -args -judged FOLDER")
	}
	p := pages(t, evening, nil)
	css, sum := p.Style()
	writeJudged(t, "faces/static/"+sum+"/style.css", css)
	for _, lang := range p.Languages() {
		for i, try := range performances() {
			page := p.text(t, try.name, Page{Language: lang.Tag, Path: "/help", Private: true, View: try.view})
			writeJudged(t, fmt.Sprintf("faces/%s-%02d-%s.html", lang.Tag, i, try.name), []byte(page))
		}
	}
}

// TestWriteJudgedInlining writes letters before their styles are inlined and after.
func TestWriteJudgedInlining(t *testing.T) {
	if *judged == "" {
		t.Skip("no letters are asked for: -args -judged FOLDER")
	}
	s := load(t)
	for _, theme := range s.Themes() {
		for name, l := range map[string]Letter{"ar": arabicLetter(), "mixed": mixedLetter()} {
			l.Theme, l.Note, l.Welcome, l.Hijri = theme.Name, "Note", true, true
			before, _, err := s.execute(l)
			if err != nil {
				t.Fatal(err)
			}
			after, err := inline(before)
			if err != nil {
				t.Fatal(err)
			}
			// What is not to be inlined has another name elsewhere.
			before = bytes.ReplaceAll(before, []byte(`data-premailer="ignore"`), []byte("data-embed"))
			writeJudged(t, "inlining/"+theme.Name+"-"+name+".before.html", before)
			writeJudged(t, "inlining/"+theme.Name+"-"+name+".after.html", after)
		}
	}
}

func writeJudged(t *testing.T, name string, data []byte) {
	t.Helper()
	file := filepath.Join(*judged, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
