package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/templates"
)

// How many issues stand on the front page and on a page of an archive.
const (
	onFront   = 8
	onArchive = 30
)

// showFront lists the editions that are not private and what appeared last.
func (s *Site) showFront(w http.ResponseWriter, r *http.Request) error {
	editions, err := s.publicEditions(r.Context())
	if err != nil {
		return err
	}
	lang := s.Frame.Language(r, "")
	var view templates.FrontPage
	for _, e := range editions {
		issues, err := s.Digest.Issues(r.Context(), e.Slug, 0, onFront)
		if err != nil {
			return err
		}
		links, err := s.issueLinks(r.Context(), e, issues, lang)
		if err != nil {
			return err
		}
		edition := templates.EditionLink{Name: e.Name, Path: archivePath(e.Slug), Language: e.Languages[0]}
		if len(links) > 0 {
			edition.Latest = &links[0]
			view.Issues = append(view.Issues, links[1:]...)
		}
		view.Editions = append(view.Editions, edition)
	}
	slices.SortStableFunc(view.Issues, func(a, b templates.IssueLink) int { return b.Date.Compare(a.Date) })
	view.Issues = view.Issues[:min(len(view.Issues), onFront)]
	return s.Frame.PublicPage(w, r, "front", templates.Page{
		Language: lang, Path: "/issues", Canonical: s.Frame.Base + "/issues", View: view,
		Description: s.sentence(lang, "front.text", "paper", s.Frame.Pages.Paper().Name),
	}, keepLists)
}

func (s *Site) publicEditions(ctx context.Context) ([]digest.Edition, error) {
	editions, err := s.Digest.Editions(ctx)
	return slices.DeleteFunc(editions, func(e digest.Edition) bool { return e.Rules.Private }), err
}

// showArchive lists an edition's issues, those before a number when one is given.
func (s *Site) showArchive(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	e, err := s.edition(w, r)
	if err != nil {
		return err
	}
	before, err := beforeNumber(r)
	if err != nil {
		return err
	}
	issues, err := s.Digest.Issues(ctx, e.Slug, before, onArchive+1)
	if err != nil {
		return err
	}
	path := archivePath(e.Slug)
	lang := s.Frame.Language(r, "")
	view := templates.ArchivePage{Edition: e.Name, Join: joinPath(e), Feed: feedPath(e, lang)}
	canonical := s.Frame.Base + path
	if before > 0 {
		view.Newer = path
		canonical += fmt.Sprintf("?before=%d", before)
	}
	if len(issues) > onArchive {
		issues = issues[:onArchive]
		view.Older = fmt.Sprintf("%s?before=%d", path, issues[onArchive-1].Number)
	}
	if view.Issues, err = s.issueLinks(ctx, e, issues, lang); err != nil {
		return err
	}
	return s.Frame.PublicPage(w, r, "archive", templates.Page{
		Language: lang, Path: path, Canonical: canonical, NoIndex: e.Rules.Private, Feed: view.Feed, View: view,
		Description: s.sentence(lang, "archive.about", "edition", e.Name, "paper", s.Frame.Pages.Paper().Name),
	}, keepLists)
}

// edition is the one a path names. Search engines are kept from a private one.
func (s *Site) edition(w http.ResponseWriter, r *http.Request) (digest.Edition, error) {
	e, err := s.Digest.Edition(r.Context(), r.PathValue("edition"))
	if e.Rules.Private {
		w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	}
	return e, noPage(err)
}

// joinPath is the form to subscribe to an edition, "" for a private one.
func joinPath(e digest.Edition) string {
	if e.Rules.Private {
		return ""
	}
	return "/subscribe?edition=" + e.Slug
}

// beforeNumber reads the place in an archive that a link of ours leads to; 0 for its top.
func beforeNumber(r *http.Request) (int, error) {
	text := r.URL.Query().Get("before")
	if text == "" {
		return 0, nil
	}
	return issueNumber(text)
}

// issueNumber accepts the one spelling that links have.
func issueNumber(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || strconv.Itoa(n) != text {
		return 0, web.ErrNoPage
	}
	return n, nil
}

// issueLinks names issues by their subjects in the visitor's language where there is one.
func (s *Site) issueLinks(ctx context.Context, e digest.Edition, issues []digest.Issue, lang string) ([]templates.IssueLink, error) {
	subjects, err := s.Digest.Subjects(ctx, issueIDs(issues))
	if err != nil {
		return nil, err
	}
	zone := zoneOf(e)
	var links []templates.IssueLink
	for _, i := range issues {
		if len(subjects[i.ID]) == 0 {
			continue // nothing was composed: there is nothing to show
		}
		v := digest.InLanguage(subjects[i.ID], lang)
		links = append(links, templates.IssueLink{
			Title: v.Subject, Path: issuePath(e.Slug, i.Number), Language: v.Language,
			Edition: e.Name, Number: i.Number, Date: i.Slot.In(zone),
		})
	}
	return links, nil
}

func issueIDs(issues []digest.Issue) []int64 {
	ids := make([]int64, len(issues))
	for n, i := range issues {
		ids[n] = i.ID
	}
	return ids
}

func zoneOf(e digest.Edition) *time.Location {
	zone, err := e.Schedule.Location()
	if err != nil {
		return time.UTC
	}
	return zone
}

func archivePath(slug string) string { return "/issues/" + slug }

func issuePath(slug string, number int) string { return fmt.Sprintf("/issues/%s/%d", slug, number) }

// noPage turns what is not there into the answer for it.
func noPage(err error) error {
	if errors.Is(err, digest.ErrNotFound) {
		return fmt.Errorf("%w: %w", web.ErrNoPage, err)
	}
	return err
}
