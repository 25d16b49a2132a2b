package desk

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/templates"
)

// previewPolicy lets a letter show what it shows in a mail program, and do nothing (W11):
// it stands in a sandbox, and its links open another window.
const previewPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'" +
	"; sandbox allow-popups allow-popups-to-escape-sandbox"

// looks are the ways to look at a letter.
var looks = []string{"desktop", "phone", "dark", "text", "clipped"}

// lookOf is how the letter beside the stories is shown: as the page's address says.
func lookOf(r *http.Request, letters []templates.DeskLetter) templates.DeskLook {
	l := templates.DeskLook{As: "desktop", All: looks}
	if as := r.FormValue("view"); slices.Contains(looks, as) {
		l.As = as
	}
	for _, letter := range letters {
		l.Languages = append(l.Languages, letter.Language)
	}
	if len(l.Languages) > 0 {
		l.Language = l.Languages[0]
	}
	if wanted := r.FormValue("language"); slices.Contains(l.Languages, wanted) {
		l.Language = wanted
	}
	return l
}

// showPreview answers with a letter of the next issue alone.
func (d *Desk) showPreview(w http.ResponseWriter, r *http.Request) error {
	b, err := d.openBoard(r.Context(), r.PathValue("edition"), false)
	if err != nil {
		return err
	}
	if theme := r.FormValue("theme"); theme != "" && len(b.Letters) > 0 {
		if !d.hasTheme(theme) {
			return errNoPage
		}
		b.Edition.Rules.Look.Theme = theme
		if b.Letters, err = d.Publisher.Composer.Compose(b.Edition, b.Issue); err != nil {
			return err
		}
	}
	if len(b.Letters) == 0 {
		return errNoPage
	}
	letter := b.Letters[0]
	for _, l := range b.Letters {
		if l.Language == r.FormValue("language") {
			letter = l
		}
	}
	if r.FormValue("part") == "text" {
		setPreviewHeaders(w.Header())
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, err = w.Write(withoutTokens(letter.Text))
		return err
	}
	return writeLetter(w, withoutTokens(letter.HTML), r.FormValue("view"))
}

func setPreviewHeaders(h http.Header) {
	h.Set("Content-Security-Policy", previewPolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Referrer-Policy", "no-referrer")
}

// withoutTokens puts an anchor in the place of a reader's links: nobody leaves by looking at
// a preview.
func withoutTokens(letter []byte) []byte {
	for _, p := range []string{compose.Unsubscribe, compose.Preferences} {
		letter = bytes.ReplaceAll(letter, []byte(p), []byte("preview"))
	}
	return letter
}

// inDark is a letter as a mail program shows it that is set to dark.
func inDark(html []byte) []byte {
	text := strings.NewReplacer(
		"(prefers-color-scheme: dark)", "all", "(prefers-color-scheme:dark)", "all",
		"(prefers-color-scheme: light)", "not all", "(prefers-color-scheme:light)", "not all",
	).Replace(string(html))
	return []byte(strings.Replace(text, "<head>", `<head><style>:root { color-scheme: dark }</style>`, 1))
}

// inLight is a letter as a mail program shows it that is set to light, whatever the browser
// is set to.
func inLight(html []byte) []byte {
	text := strings.NewReplacer("(prefers-color-scheme: dark)", "not all", "(prefers-color-scheme:dark)", "not all").Replace(string(html))
	return []byte(strings.Replace(text, "<head>", `<head><style>:root { color-scheme: light }</style>`, 1))
}

// clipped is a letter as Gmail shows it, which cuts it off and puts a link there.
func clipped(html []byte) []byte {
	if len(html) <= clipAt {
		return html
	}
	return append(slices.Clone(html[:clipAt]), []byte(`<p>[Message clipped]&nbsp; <u>View entire message</u></p>`)...)
}

// previewPath is where a letter is shown alone.
func previewPath(slug string, l templates.DeskLook) string {
	q := url.Values{"language": {l.Language}}
	switch l.As {
	case "text":
		q.Set("part", "text")
	case "dark", "clipped":
		q.Set("view", l.As)
	}
	return "/desk/preview/" + url.PathEscape(slug) + "?" + q.Encode()
}
