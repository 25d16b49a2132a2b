package templates

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write the golden files; look at the diff first")

func load(t testing.TB) *Set {
	t.Helper()
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func set(t testing.TB, l Letter) Email {
	t.Helper()
	e, err := load(t).Email(l)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestGolden: each theme in English and Arabic, and a mixed letter in the first.
func TestGolden(t *testing.T) {
	cases := map[string]Letter{"letter-mixed": mixedLetter()}
	for _, theme := range load(t).Themes() {
		english, arabic := englishLetter(), arabicLetter()
		english.Theme, arabic.Theme = theme.Name, theme.Name
		arabic.Hijri, arabic.Digits = true, DigitsArab
		cases[theme.Name+"-en"], cases[theme.Name+"-ar"] = english, arabic
	}
	for name, l := range cases {
		t.Run(name, func(t *testing.T) {
			e := set(t, l)
			golden(t, name+".html", e.HTML)
			golden(t, name+".txt", e.Text)
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func parse(t *testing.T, page []byte) *html.Node {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestPlaceholders: the message splices by these bytes, so they stand in both parts
// exactly as they were given.
func TestPlaceholders(t *testing.T) {
	for _, placeholder := range []string{"__UNSUBSCRIBE__", "{{unsubscribe}}", "%%UNSUB[1]%%", "https://news.example/u/__TOKEN__?e=daily", "عنوان"} {
		l := arabicLetter()
		l.Links.Unsubscribe = placeholder
		e := set(t, l)
		if !bytes.Contains(e.HTML, []byte(`href="`+placeholder+`"`)) {
			t.Errorf("HTML part: no href is %q", placeholder)
		}
		if !bytes.Contains(e.Text, []byte("\n"+placeholder+"\n")) {
			t.Errorf("text part: no line is %q", placeholder)
		}
	}
}

func TestSameLetterSameBytes(t *testing.T) {
	s := load(t)
	want, err := s.Email(mixedLetter())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got, err := s.Email(mixedLetter())
			if err != nil || !bytes.Equal(got.HTML, want.HTML) || !bytes.Equal(got.Text, want.Text) {
				t.Errorf("a letter set beside others differs (error: %v)", err)
			}
		})
	}
	wg.Wait()
}

func TestTwentyFiveStoriesFit(t *testing.T) {
	for _, theme := range load(t).Themes() {
		for _, l := range []Letter{englishLetter(), arabicLetter()} {
			l.Theme = theme.Name
			if n := len(set(t, longLetter(l, 25)).HTML); n > 60_000 {
				t.Errorf("%s, %s: 25 stories take %d bytes, want at most 60,000", theme.Name, l.Language, n)
			}
		}
	}
}

func TestSparseLetter(t *testing.T) {
	l := Letter{Paper: Paper{Name: "P"}, Edition: "E", Date: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Subject: "S"}
	l.Sections = []Section{{Name: "Empty"}, {Stories: []Story{{Title: "Alone", URL: "https://p.example/1"}}}}
	e := set(t, l)
	if bytes.Contains(e.HTML, []byte(`href=""`)) || bytes.Contains(e.HTML, []byte("Empty")) {
		t.Errorf("an empty link or an empty section was set:\n%s", e.HTML)
	}
	want := "P\n=\n\nE\nFriday, 2 January 2026\n\n• Alone\nhttps://p.example/1\n\n=\nYou receive this letter because you subscribed to “E” from P.\n"
	if diff := cmp.Diff(want, string(e.Text)); diff != "" {
		t.Error(diff)
	}
}

// TestForeignStory: a story in another language than the letter says so, and its
// by-line speaks its language.
func TestForeignStory(t *testing.T) {
	e := set(t, mixedLetter())
	if n := bytes.Count(e.HTML, []byte(`lang="ar-SA"`)); n != 2 {
		t.Errorf("%d blocks are marked as Arabic, want 2", n)
	}
	if !bytes.Contains(e.HTML, []byte("بقلم <span dir=\"ltr\">Jane Doe</span>")) {
		t.Error("an Arabic story's Latin author has no direction of its own")
	}
	if !bytes.Contains(e.HTML, []byte("By <span dir=\"rtl\">فهد الحربي</span> · 3 min read")) {
		t.Error("an English story's Arabic author has no direction of its own")
	}
}

func BenchmarkEmail(b *testing.B) {
	s := load(b)
	for _, theme := range s.Themes() {
		for _, stories := range []int{25, 100} {
			b.Run(fmt.Sprintf("%s/%d", theme.Name, stories), func(b *testing.B) {
				l := longLetter(englishLetter(), stories)
				l.Theme = theme.Name
				for b.Loop() {
					if _, err := s.Email(l); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
