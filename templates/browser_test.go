package templates

import (
	"context"
	"fmt"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browse opens a headless browser. Where there is none it skips the test, but on the
// build machine that is a failure.
func browse(t *testing.T) context.Context {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	switch {
	case program == "" && os.Getenv("CI") == "true":
		t.Fatal("no Chromium or Chrome is installed")
	case program == "":
		t.Skip("no Chromium or Chrome is installed: inlined styles are not compared in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program))
	for _, name := range []string{"no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"} {
		options = append(options, chromedp.Flag(name, true))
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// computed is how a browser shows each element, one line each: the element, and all that
// it computes for it. digests is the same in short.
const (
	computed = `[...document.body.querySelectorAll("*"), document.body].map(e => {
		const s = getComputedStyle(e)
		return e.tagName + "." + e.className + " " + Array.from(s, p => p + ":" + s.getPropertyValue(p)).join(";")
	})`
	digests = computed + `.map(line => {
		let n = 0
		for (let i = 0; i < line.length; i++) n = Math.imul(n, 31) + line.charCodeAt(i) | 0
		return line.slice(0, line.indexOf(" ")) + n
	})`
)

// showing returns what a script says of a page on a screen of that width.
func showing(t *testing.T, ctx context.Context, page string, width int64, script string) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "letter.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate("file://"+filepath.ToSlash(file))); err != nil {
		t.Fatal(err)
	}
	lines, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](script))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestInliningChangesNothing: with its styles inlined a letter is shown as it was with
// them in its head, element by element, property by property; light on a desk, and dark on
// a phone, where the rules that are kept must win over the inlined ones.
func TestInliningChangesNothing(t *testing.T) {
	t.Parallel()
	ctx := browse(t)
	s := load(t)
	for _, theme := range s.Themes() {
		for _, screen := range []struct {
			letter Letter
			width  int64
			dark   string // the media query that takes the place of the dark one
		}{{mixedLetter(), 640, "not all"}, {arabicLetter(), 360, "all"}} {
			l := screen.letter
			l.Theme, l.Note, l.Welcome, l.Hijri = theme.Name, "Note", true, true
			before, _, err := s.execute(l)
			if err != nil {
				t.Fatal(err)
			}
			after, err := inline(before)
			if err != nil {
				t.Fatal(err)
			}
			shown := func(page []byte, script string) []string {
				return showing(t, ctx, strings.ReplaceAll(string(page), "(prefers-color-scheme:dark)", screen.dark), screen.width, script)
			}
			want, got := shown(before, digests), shown(after, digests)
			if len(want) != len(got) || len(want) < 50 {
				t.Fatalf("%d elements before, %d after", len(want), len(got))
			}
			if slices.Equal(want, got) {
				continue
			}
			want, got = shown(before, computed), shown(after, computed)
			for i := range want {
				if want[i] != got[i] {
					t.Errorf("%s, %s, %d px: an element changed:\n%s", theme.Name, l.Language, screen.width, firstDifference(want[i], got[i]))
				}
			}
		}
	}
}

// TestNothingBursts: on a small phone no word, picture or name is so long that a reader
// would have to move the letter sideways.
func TestNothingBursts(t *testing.T) {
	t.Parallel()
	ctx := browse(t)
	s := load(t)
	word := strings.Repeat("Donaudampfschifffahrtsgesellschaft", 7)
	for _, theme := range s.Themes() {
		for _, l := range []Letter{englishLetter(), arabicLetter()} {
			l.Theme, l.Hijri, l.Test = theme.Name, true, true
			l.Paper.LogoURL, l.Paper.LogoWidth = SamplePictures+"logo.png", 500
			lead := *l.Lead
			lead.Title, lead.Author, lead.Section = word, word, word
			lead.Summary = template.HTML("https://courier.example/" + word)
			lead.Also = []Link{{Title: word, URL: "https://courier.example/also"}}
			second := lead
			second.Image.Width, second.Image.Height = 3000, 3000
			l.Lead, l.Sections = &lead, []Section{{Name: word, Stories: []Story{second}}}
			e, err := s.Email(l)
			if err != nil {
				t.Fatal(err)
			}
			showing(t, ctx, string(e.HTML), 320, "[]")
			width, err := chromedp.Run(ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth"))
			if err != nil {
				t.Fatal(err)
			}
			if width > 320 {
				t.Errorf("%s, %s: the letter is %d pixels wide", theme.Name, l.Language, width)
			}
		}
	}
}

// firstDifference names the element and the first property in which two lines differ.
func firstDifference(want, got string) string {
	element, _, _ := strings.Cut(want, " ")
	was, is := strings.Split(want, ";"), strings.Split(got, ";")
	for i := range min(len(was), len(is)) {
		if was[i] != is[i] {
			return fmt.Sprintf("%s: before %s, after %s", element, was[i], is[i])
		}
	}
	return element
}
