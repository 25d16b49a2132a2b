package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// reader opens the token of a request for the preferences page. One whose data is no
// more gets the answer of a wrong token.
func (s *Site) reader(r *http.Request) (subscribers.Reader, error) {
	id, err := s.Keys.Open(subscribers.Preferences, r.PathValue("token"))
	if err != nil {
		return subscribers.Reader{}, fmt.Errorf("%w: %w", web.ErrLink, err)
	}
	reader, err := s.Readers.Get(r.Context(), id)
	if errors.Is(err, subscribers.ErrNotFound) {
		err = fmt.Errorf("%w: %w", web.ErrLink, err)
	}
	return reader, err
}

// showPreferences shows what a reader gets and lets them change it. It changes nothing
// itself (W1).
func (s *Site) showPreferences(w http.ResponseWriter, r *http.Request) error {
	reader, err := s.reader(r)
	if err != nil {
		return err
	}
	view, err := s.preferencesOf(r.Context(), reader)
	if err != nil {
		return err
	}
	view.Action = s.action(r, "/p/")
	view.Saved = r.URL.Query().Has("saved")
	return s.Frame.Page(w, r, "preferences", templates.Page{
		Language: s.Frame.Language(r, reader.Language), Path: "/p/" + r.PathValue("token"), View: view,
	})
}

func (s *Site) preferencesOf(ctx context.Context, reader subscribers.Reader) (view templates.PreferencesPage, err error) {
	for _, n := range reader.Subscriptions {
		if n.State == subscribers.Pending {
			continue // never confirmed: not yet theirs to see
		}
		row := templates.PreferenceEdition{Slug: n.Edition, Name: n.Edition}
		row.On = n.State != subscribers.Unsubscribed && !reader.Suppressed
		row.Return = !row.On
		e, err := s.Digest.Edition(ctx, n.Edition)
		switch {
		case err == nil:
			row.Name, row.Language = e.Name, e.Languages[0]
			view.Languages = addLanguages(view.Languages, e.Languages)
		case errors.Is(err, digest.ErrNotFound):
			row.Return = false
		default:
			return view, err
		}
		view.Editions = append(view.Editions, row)
	}
	view.Chosen = sameLanguage(view.Languages, reader.Language)
	return view, nil
}

// sameLanguage is the one of known that a reader with this tag gets: for ar-SA it is ar;
// "" if there is none.
func sameLanguage(known []templates.PageLanguage, tag string) string {
	want, _ := language.Make(tag).Base()
	for _, l := range known {
		if has, _ := language.Make(l.Tag).Base(); tag != "" && has == want {
			return l.Tag
		}
	}
	return ""
}

// addLanguages adds the tags that are not there yet, each under its own name for itself.
func addLanguages(known []templates.PageLanguage, tags []string) []templates.PageLanguage {
	for _, tag := range tags {
		if !slices.ContainsFunc(known, func(l templates.PageLanguage) bool { return l.Tag == tag }) {
			known = append(known, templates.PageLanguage{Tag: tag, Name: languageName(tag)})
		}
	}
	return known
}

func languageName(tag string) string {
	if name := display.Self.Name(language.Make(tag)); name != "" {
		return name
	}
	return tag
}

// changePreferences does one change and shows the page again.
func (s *Site) changePreferences(w http.ResponseWriter, r *http.Request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	reader, err := s.reader(r)
	if err != nil {
		return err
	}
	if err := s.change(r.Context(), reader, form); err != nil {
		return err
	}
	query := url.Values{"saved": {"1"}}
	if wish := r.URL.Query().Get("lang"); wish != "" && !form.Has("language") {
		query.Set("lang", wish)
	}
	http.Redirect(w, r, s.Frame.Root()+"/p/"+url.PathEscape(r.PathValue("token"))+"?"+query.Encode(), http.StatusSeeOther)
	return nil
}

func (s *Site) change(ctx context.Context, reader subscribers.Reader, form url.Values) (err error) {
	now := time.Now()
	switch {
	case form.Has("all"):
		err = s.Readers.UnsubscribeAll(ctx, reader.ID, subscribers.MethodPage, now)
	case form.Has("leave"):
		var n subscribers.Subscription
		if n, err = ownSubscription(reader, form.Get("leave")); err == nil {
			_, err = s.Readers.Unsubscribe(ctx, n.ID, subscribers.MethodPage, now)
		}
	case form.Has("return"):
		var n subscribers.Subscription
		if n, err = ownSubscription(reader, form.Get("return")); err == nil {
			_, err = s.Readers.Resubscribe(ctx, n.ID, subscribers.MethodPage, now)
		}
	case form.Has("language"):
		err = s.chooseLanguage(ctx, reader, form.Get("language"))
	default:
		return web.ErrForm
	}
	return blocked(err)
}

// ownSubscription finds the reader's subscription of an edition that their page shows.
func ownSubscription(reader subscribers.Reader, edition string) (subscribers.Subscription, error) {
	for _, n := range reader.Subscriptions {
		if n.Edition == edition && n.State != subscribers.Pending {
			return n, nil
		}
	}
	return subscribers.Subscription{}, web.ErrForm
}

// chooseLanguage takes a language that one of the reader's editions is set in.
func (s *Site) chooseLanguage(ctx context.Context, reader subscribers.Reader, tag string) error {
	view, err := s.preferencesOf(ctx, reader)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(view.Languages, func(l templates.PageLanguage) bool { return l.Tag == tag }) {
		return web.ErrForm
	}
	return s.Readers.SetLanguage(ctx, reader.ID, tag)
}
