package site

import (
	"net/http"

	"golang.org/x/text/language"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/templates"
)

// maxDescription is how much of a summary a preview shows, in letters.
const maxDescription = 200

// showIssue shows an issue as it was mailed, without anything that belongs to one reader
// (W17), under a slim bar that leads to the others.
func (s *Site) showIssue(w http.ResponseWriter, r *http.Request) error {
	e, err := s.edition(w, r)
	if err != nil {
		return err
	}
	number, err := issueNumber(r.PathValue("number"))
	if err != nil {
		return err
	}
	issue, err := s.Digest.Issue(r.Context(), e.Slug, number)
	if err != nil {
		return noPage(err)
	}
	if issue.State != digest.IssuePosted {
		return web.ErrNoPage // not out yet
	}
	variants, err := s.Digest.Variants(r.Context(), issue.ID)
	if err != nil {
		return err
	}
	chosen, err := chooseVariant(r, variants)
	if err != nil {
		return err
	}
	if r.PathValue("language") == "" && len(variants) > 1 {
		w.Header().Add("Vary", "Accept-Language")
	}
	head, top, err := s.Frame.Pages.Bar(s.bar(e, issue, variants, chosen))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Language", chosen.Language)
	page := webVersion(chosen.HTML, s.Frame.Root()+"/help", string(head), string(top))
	web.Keep(w, r, "text/html; charset=utf-8", page, keepIssue)
	return nil
}

// chooseVariant takes the language the path names, else the one the visitor reads best.
func chooseVariant(r *http.Request, variants []digest.Variant) (v digest.Variant, err error) {
	if len(variants) == 0 {
		return v, web.ErrNoPage
	}
	if named := r.PathValue("language"); named != "" {
		for _, v := range variants {
			if v.Language == named {
				return v, nil
			}
		}
		return v, web.ErrNoPage
	}
	tags := make([]language.Tag, len(variants))
	for i, v := range variants {
		tags[i] = language.Make(v.Language)
	}
	wish := r.URL.Query().Get("lang")
	if wish == "" {
		wish = r.Header.Get("Accept-Language")
	}
	asked, _, err := language.ParseAcceptLanguage(wish[:min(len(wish), 200)])
	if err != nil {
		return variants[0], nil
	}
	_, i, sure := language.NewMatcher(tags).Match(asked...)
	if sure == language.No {
		return variants[0], nil
	}
	return variants[i], nil
}

// bar says what stands around an issue in the browser.
func (s *Site) bar(e digest.Edition, issue digest.Issue, variants []digest.Variant, chosen digest.Variant) templates.Bar {
	path := issuePath(e.Slug, issue.Number)
	b := templates.Bar{
		Language: chosen.Language, Root: s.Frame.Root(), Title: chosen.Subject,
		Canonical: s.Frame.Base + path, Published: issue.Slot.In(zoneOf(e)),
		Edition: e.Name, EditionPath: archivePath(e.Slug), NoIndex: e.Rules.Private, Feed: feedPath(e, chosen.Language), JoinPath: joinPath(e),
	}
	if st, ok := firstStory(issue.Stories, chosen.Language); ok {
		b.Description = shortened(digest.PlainText(st.Summary), maxDescription)
		if b.Description == "" {
			b.Description = st.Title
		}
		b.Image = templates.Image{URL: st.Image.URL, Alt: st.Image.Alt, Width: st.Image.Width, Height: st.Image.Height}
	}
	if len(variants) < 2 {
		return b
	}
	b.Canonical += "/" + chosen.Language
	for _, v := range variants {
		own := path + "/" + v.Language
		b.Languages = append(b.Languages, templates.BarLanguage{
			Tag: v.Language, Name: languageName(v.Language), Path: own, URL: s.Frame.Base + own,
			Current: v.Language == chosen.Language,
		})
	}
	return b
}

// firstStory is the one a preview shows: the first in the variant's language, else the
// first of all.
func firstStory(stories []digest.Story, lang string) (first digest.Story, ok bool) {
	want, _ := language.Make(lang).Base()
	for _, st := range stories {
		if !st.In {
			continue
		}
		if has, _ := language.Make(st.Language).Base(); has == want {
			return st, true
		}
		if !ok {
			first, ok = st, true
		}
	}
	return first, ok
}

// shortened cuts text at a word, if that leaves half of what may stay.
func shortened(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	for end := most; end > most/2; end-- {
		if letters[end] == ' ' {
			return string(letters[:end]) + "…"
		}
	}
	return string(letters[:most]) + "…"
}
