package templates

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestStraysAreNamedWithTheNearest(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	got, err := Strays(fstest.MapFS{
		"email/footer.html":       file(`{{template "email/imprint.html" .}}`),
		"email/imprint.html":      file(`included`),
		"email/birthday.html":     file(`{{template "email/birthday.html"}}`),
		"email/fotter.html":       file(``),
		"email/late/story.html":   file(`{{template "email/mark.html"}}`),
		"email/late/mark.html":    file(``),
		"email/late/theme.json":   file(`{}`),
		"email/late/stroy.html":   file(``),
		"email/late/note.html":    file(``),
		"email/words/de.json":     file(`{}`),
		"site/words/pt-BR.json":   file(`{}`),
		"site/words/german!.json": file(`{}`),
		"site/stlye.css":          file(``),
		"lead.html":               file(``),
		"emial/masthead.html":     file(``),
		"logo.png":                file(``),
		"README.md":               file(``),
		".git/config":             file(``),
		"email/.letter.html.swp":  file(``),
		"email/letter.html~":      file(``),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Stray{
		{"email/birthday.html", ""}, {"email/fotter.html", "email/footer.html"}, {"email/late/note.html", ""}, {"email/late/stroy.html", "email/late/story.html"}, {"emial/masthead.html", "email/masthead.html"},
		{"lead.html", "email/lead.html"}, {"logo.png", ""}, {"site/stlye.css", "site/style.css"}, {"site/words/german!.json", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOursAreNoStrays(t *testing.T) {
	if got, err := Strays(ours); err != nil || len(got) > 0 {
		t.Errorf("%v, %v", got, err)
	}
}
