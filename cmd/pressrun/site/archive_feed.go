package site

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
)

// An atomFeed is RFC 4287's atom:feed, as far as we have need of it.
type atomFeed struct {
	XMLName   xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Language  string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
	ID        string      `xml:"id"`
	Title     string      `xml:"title"`
	Updated   string      `xml:"updated"`
	Author    string      `xml:"author>name"`
	Generator string      `xml:"generator"`
	Links     []atomLink  `xml:"link"`
	Entries   []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel      string `xml:"rel,attr"`
	Type     string `xml:"type,attr"`
	Language string `xml:"hreflang,attr,omitempty"`
	Href     string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string   `xml:"id"`
	Title     string   `xml:"title"`
	Published string   `xml:"published"`
	Updated   string   `xml:"updated"`
	Link      atomLink `xml:"link"`
	Summary   string   `xml:"summary"`
}

// feedPath is the feed of an edition in the language that is nearest to one.
func feedPath(e digest.Edition, lang string) string {
	return archivePath(e.Slug) + "/feed.atom" + feedQuery(e, lang)
}

// feedQuery asks for a language that is not the edition's first.
func feedQuery(e digest.Edition, lang string) string {
	if lang = feedLanguage(e, lang); lang != e.Languages[0] {
		return "?lang=" + lang
	}
	return ""
}

func feedLanguage(e digest.Edition, lang string) string {
	var known []digest.Variant
	for _, tag := range e.Languages {
		known = append(known, digest.Variant{Language: tag})
	}
	return digest.InLanguage(known, lang).Language
}

// showFeed is the Atom feed of an edition's latest issues, in the edition's first language
// or one that is asked for by "lang". What a browser prefers does not count: programs ask.
func (s *Site) showFeed(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	e, err := s.edition(w, r)
	if err != nil {
		return err
	}
	lang := feedLanguage(e, r.URL.Query().Get("lang"))
	issues, err := s.Digest.Issues(ctx, e.Slug, 0, onArchive)
	if err != nil {
		return err
	}
	subjects, err := s.Digest.Subjects(ctx, issueIDs(issues))
	if err != nil {
		return err
	}
	feed := s.feedOf(e, lang)
	for _, i := range issues {
		if len(subjects[i.ID]) > 0 {
			feed.Entries = append(feed.Entries, s.entryOf(e, i, subjects[i.ID], lang))
		}
	}
	feed.Updated = e.Added.In(zoneOf(e)).Format(time.RFC3339)
	if len(feed.Entries) > 0 {
		feed.Updated = feed.Entries[0].Updated
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	if err := xml.NewEncoder(&out).Encode(feed); err != nil {
		return err
	}
	web.Keep(w, r, "application/atom+xml; charset=utf-8", out.Bytes(), keepIssue)
	return nil
}

func (s *Site) feedOf(e digest.Edition, lang string) atomFeed {
	self := s.Frame.Base + feedPath(e, lang)
	paper := s.Frame.Pages.Paper().Name
	return atomFeed{
		Language: lang, ID: self, Title: e.Name + " · " + paper, Author: paper, Generator: "Pressrun",
		Links: []atomLink{
			{Rel: "self", Type: "application/atom+xml", Href: self},
			{Rel: "alternate", Type: "text/html", Href: s.Frame.Base + archivePath(e.Slug) + feedQuery(e, lang)},
		},
	}
}

// entryOf is an issue in a feed. Its id is its address, which stays as long as the site's.
func (s *Site) entryOf(e digest.Edition, i digest.Issue, variants []digest.Variant, lang string) atomEntry {
	v := digest.InLanguage(variants, lang)
	address := s.issueAddress(e, i, variants, v)
	changed := i.Slot
	if i.Created.After(changed) {
		changed = i.Created
	}
	zone := zoneOf(e)
	return atomEntry{
		ID: address, Title: v.Subject,
		Published: i.Slot.In(zone).Format(time.RFC3339), Updated: changed.In(zone).Format(time.RFC3339),
		Link:    atomLink{Rel: "alternate", Type: "text/html", Language: v.Language, Href: address},
		Summary: s.sentence(v.Language, "archive.number", "n", fmt.Sprint(i.Number)) + " · " + e.Name,
	}
}

// issueAddress is the one public address of an issue in a language.
func (s *Site) issueAddress(e digest.Edition, i digest.Issue, variants []digest.Variant, v digest.Variant) string {
	address := s.Frame.Base + issuePath(e.Slug, i.Number)
	if len(variants) > 1 {
		address += "/" + v.Language
	}
	return address
}
