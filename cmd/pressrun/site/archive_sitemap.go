package site

import (
	"bytes"
	"context"
	"encoding/xml"
	"net/http"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
)

// A sitemap is a urlset of sitemaps.org, protocol 0.9.
type sitemap struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	Pages   []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Address string `xml:"loc"`
	Changed string `xml:"lastmod,omitempty"`
}

const (
	onSitemap = 50_000 // the protocol's limit
	atATime   = 1_000  // issues that are read
)

// showSitemap lists the public pages and issues for search engines, each edition's newest
// first.
func (s *Site) showSitemap(w http.ResponseWriter, r *http.Request) error {
	editions, err := s.publicEditions(r.Context())
	if err != nil {
		return err
	}
	var all sitemap
	for _, path := range []string{"/issues", "/subscribe", "/help"} {
		all.Pages = append(all.Pages, sitemapURL{Address: s.Frame.Base + path})
	}
	for _, e := range editions {
		all.Pages = append(all.Pages, sitemapURL{Address: s.Frame.Base + archivePath(e.Slug)})
	}
	for _, e := range editions {
		if err := s.addIssues(r.Context(), &all, e); err != nil {
			return err
		}
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	if err := xml.NewEncoder(&out).Encode(all); err != nil {
		return err
	}
	web.Keep(w, r, "application/xml; charset=utf-8", out.Bytes(), keepFixed)
	return nil
}

// addIssues adds an edition's issues in every language, as far as there is room.
func (s *Site) addIssues(ctx context.Context, all *sitemap, e digest.Edition) error {
	for before := 0; ; {
		issues, err := s.Digest.Issues(ctx, e.Slug, before, atATime)
		if err != nil || len(issues) == 0 {
			return err
		}
		subjects, err := s.Digest.Subjects(ctx, issueIDs(issues))
		if err != nil {
			return err
		}
		for _, i := range issues {
			variants := subjects[i.ID]
			for _, v := range variants {
				if len(all.Pages) == onSitemap {
					return nil
				}
				all.Pages = append(all.Pages, sitemapURL{s.issueAddress(e, i, variants, v), i.Created.UTC().Format(time.RFC3339)})
			}
		}
		before = issues[len(issues)-1].Number
		if before == 1 {
			return nil
		}
	}
}
