package templates

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestOverride(t *testing.T) {
	german := strings.NewReplacer(`By {author}`, `Von {author}`, `"Monday"`, `"Montag"`).Replace(readOurs(t, "email/words/en.json"))
	s, err := Load(fstest.MapFS{
		"email/footer.html":   {Data: []byte(`<tr><td>Our own foot, {{.Paper.Name}}</td></tr>`)},
		"email/words/de.json": {Data: []byte(german)},
	})
	if err != nil {
		t.Fatal(err)
	}
	l := englishLetter()
	l.Language, l.Lead.Language = "de-AT", "de"
	e, err := s.Email(l)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Our own foot, The Riverbank Courier", "Von Ada Fenwick", "Montag, 23", "After nine years"} {
		if !strings.Contains(string(e.HTML), want) {
			t.Errorf("the letter lacks %q", want)
		}
	}
}

// TestBadOverride: an error names the file and the line and says what to do.
func TestBadOverride(t *testing.T) {
	for _, c := range []struct{ name, file, source, want string }{
		{"does not parse", "email/story.html", "<tr>\n{{if}}", "email/story.html has a mistake in line 2"},
		{"does not execute", "email/footer.html", "\n\n{{.Nothing}}", "email/footer.html has a mistake in line 3"},
		{"includes what is not there", "email/lead.html", "{{template \"email/none.html\"}}", "email/none.html"},
		{"ends inside a tag", "email/letter.html", "<a href=\"{{if .Test}}\">{{end}}", "email/letter.html has a mistake in line 1"},
		{"text does not execute", "email/letter.txt", "{{.Lead.Nothing}}", "email/letter.txt has a mistake in line 1"},
		{"upsets the inliner", "email/footer.html", `<tr><td class="l" pr-el-id="x">x</td></tr>`, "the inliner gave up"},
		{"words", "email/words/ar.json", "{}", "email/words/ar.json"},
		{"outlook markup with data", "email/footer.html", `{{mso "--><script>"}}`, "email/footer.html has a mistake in line 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(fstest.MapFS{c.file: {Data: []byte(c.source)}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q", err, c.want)
			}
			var fault *FileError
			if strings.Contains(c.want, "mistake") && (!errors.As(err, &fault) || fault.File != c.file || !strings.Contains(err.Error(), "remove it to use ours")) {
				t.Errorf("error %v is no FileError of %s", err, c.file)
			}
			t.Log(err)
		})
	}
}

func TestOverlay(t *testing.T) {
	o := merged(
		fstest.MapFS{"a/1": {Data: []byte("base")}, "a/2": {Data: []byte("base")}},
		fstest.MapFS{"a/2": {Data: []byte("top")}, "a/3": {Data: []byte("top")}, "b/1": {Data: []byte("top")}},
	)
	for name, want := range map[string]string{"a/1": "base", "a/2": "top", "a/3": "top", "b/1": "top"} {
		if got, err := fs.ReadFile(o, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	if names, err := fs.Glob(o, "a/*"); err != nil || strings.Join(names, " ") != "a/1 a/2 a/3" {
		t.Errorf("glob: %v, %v", names, err)
	}
	if _, err := fs.ReadDir(o, "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
}

func readOurs(t *testing.T, name string) string {
	data, err := fs.ReadFile(ours, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
