package desk

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/templates"
)

func TestThemesAreShownWithTheirSamplesAndEditions(t *testing.T) {
	h := newsroom(t)
	set, err := templates.Load(fstest.MapFS{
		"email/evening/theme.json":  {Data: []byte(`{"about": "Late and blue."}`)},
		"email/evening/look.css":    {Data: []byte("h1 { color: #fefefe; }\n")},
		"email/briefing/phone.css":  {Data: []byte(".none { display: none; }\n")},
		"email/evening/mastead.css": {Data: []byte("")},
		"site/nothing.css":          {Data: []byte("")},
	})
	ok(t, err)
	h.desk.Publisher.Composer.Templates = set
	c := h.as(t, staff.Viewer)
	_, page := c.get(t, "/desk/themes")
	for _, name := range []string{"broadsheet", "briefing", "magazine", "plain", "evening"} {
		has(t, page, `id="theme-`+name+`"`, `src="/desk/themes/`+name+`/sample?language=en&amp;view=light"`, "/desk/preview/daily?theme="+name)
	}
	has(t, page, "Late and blue.", "From your templates folder", "changed by your templates folder", "Used by", "Evening Briefing",
		"email/evening/mastead.css", "Mistakes in your templates folder", "site/nothing.css")
	if strings.Contains(page, "Use this theme") {
		t.Error("a viewer is offered to use a theme")
	}
	for _, p := range set.Problems() { // the same as `templates check` finds
		has(t, page, strings.ReplaceAll(strings.ReplaceAll(p.String(), "&", "&amp;"), `"`, "&#34;"))
	}
	_, page = c.get(t, "/desk/themes?language=ar&look=dark&screen=phone")
	has(t, page, `sample?language=ar&amp;view=dark"`, `class="thumb phone dark"`, `/desk/themes?language=en&amp;look=dark&amp;screen=phone`)

	status, letter := c.get(t, "/desk/themes/evening/sample?language=ar&view=dark")
	if status != http.StatusOK || !strings.Contains(letter, `dir="rtl"`) || !strings.Contains(letter, "data:image/jpeg;base64,") || strings.Contains(letter, "prefers-color-scheme") {
		t.Errorf("the sample answers %d:\n%.600s", status, letter)
	}
	if status, _ := c.get(t, "/desk/themes/nothing/sample"); status != http.StatusNotFound {
		t.Errorf("a theme that is not there answers %d", status)
	}
}

func TestEditorSeesTheNextIssueInAThemeAndUsesIt(t *testing.T) {
	h := newsroom(t)
	c := h.as(t, staff.Writer)
	_, usual := c.get(t, "/desk/preview/daily")
	_, magazine := c.get(t, "/desk/preview/daily?theme=magazine")
	if magazine == usual || !strings.Contains(magazine, pilots) {
		t.Error("the next issue looks the same in another theme")
	}
	if status, _ := c.get(t, "/desk/preview/daily?theme=nothing"); status != http.StatusNotFound {
		t.Errorf("a preview in a theme that is not there answers %d", status)
	}
	theme := func() string {
		e, err := h.digest.Edition(t.Context(), "daily")
		ok(t, err)
		return e.Rules.Look.Theme
	}
	if got := theme(); got != "" {
		t.Errorf("looking changed the theme to %q", got)
	}
	c.get(t, "/desk/themes")
	for range 2 { // also on a double click
		if status, to := c.post(t, "/desk/themes/magazine", "edition", "daily"); status != http.StatusSeeOther || to != "/desk/themes?done=theme" || theme() != "magazine" {
			t.Fatalf("%d %s, the theme is %q", status, to, theme())
		}
	}
	if _, now := c.get(t, "/desk/preview/daily"); now != magazine {
		t.Error("the next issue is not as it was shown before")
	}
	_, page := c.get(t, "/desk/audit")
	has(t, page, "chose a theme for", "broadsheet → magazine")
	if strings.Count(page, "broadsheet → magazine") != 1 {
		t.Error("a double click stands in the log twice")
	}
	for path, edition := range map[string]string{"/desk/themes/nothing": "daily", "/desk/themes/plain": "nothing"} {
		if status, _ := c.post(t, path, "edition", edition); status != http.StatusNotFound {
			t.Errorf("%s for %s answers %d", path, edition, status)
		}
	}
	if status, _ := c.post(t, "/desk/themes/broadsheet", "edition", "daily"); status != http.StatusSeeOther || theme() != "" {
		t.Errorf("back to the usual one: %d, %q", status, theme())
	}
}
