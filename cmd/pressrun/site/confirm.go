package site

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// tokenID opens the token in a path. Of one that has expired, expired is true.
func (s *Site) tokenID(r *http.Request, p subscribers.Purpose, now time.Time) (id int64, expired bool, err error) {
	id, err = s.Keys.OpenAt(p, r.PathValue("token"), now)
	if errors.Is(err, subscribers.ErrTokenExpired) {
		return 0, true, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("%w: %w", web.ErrLink, err)
	}
	return id, false, nil
}

// showConfirm shows one button to confirm a sign-up, or that it is done or too late. It
// changes nothing (W1).
func (s *Site) showConfirm(w http.ResponseWriter, r *http.Request) error {
	now := time.Now()
	id, expired, err := s.tokenID(r, subscribers.Confirm, now)
	if err != nil {
		return err
	}
	view := templates.ConfirmPage{State: templates.ConfirmExpired, Action: s.action(r, "/c/"), Script: s.script("confirm.js")}
	var lang string
	if !expired {
		info, err := s.Readers.Signup(r.Context(), id, now)
		if err != nil {
			return err
		}
		view.State, lang = confirmState(info.State), info.Language
		if view.State != templates.ConfirmExpired {
			if view.Editions, err = s.editionLinks(r, info.Editions); err != nil {
				return err
			}
		}
	}
	return s.Frame.Page(w, r, "confirm", templates.Page{
		Language: s.Frame.Language(r, lang), Path: "/c/" + r.PathValue("token"), View: view,
	})
}

func confirmState(state subscribers.SignupState) templates.ConfirmState {
	switch state {
	case subscribers.SignupOpen:
		return templates.ConfirmAsk
	case subscribers.SignupConfirmed:
		return templates.ConfirmDone
	}
	return templates.ConfirmExpired
}

// editionLinks names editions. One that is no more goes by its short name.
func (s *Site) editionLinks(r *http.Request, slugs []string) (links []templates.EditionLink, err error) {
	for _, slug := range slugs {
		name, err := s.editionName(r.Context(), slug)
		if err != nil {
			return nil, err
		}
		links = append(links, templates.EditionLink{Name: name})
	}
	return links, nil
}

// confirm does what the page's button says. Pressed again, it changes nothing more; the
// page then shows what is so.
func (s *Site) confirm(w http.ResponseWriter, r *http.Request) error {
	now := time.Now()
	id, expired, err := s.tokenID(r, subscribers.Confirm, now)
	if err == nil && !expired {
		_, err = s.Readers.Confirm(r.Context(), id, now)
	}
	return s.confirmed(w, r, "/c/", err)
}

func (s *Site) confirmed(w http.ResponseWriter, r *http.Request, prefix string, err error) error {
	switch {
	case errors.Is(err, subscribers.ErrAddressTaken):
		return fmt.Errorf("%w: %w", web.ErrTaken, err)
	case err != nil && !errors.Is(err, subscribers.ErrTokenExpired):
		return blocked(err)
	}
	http.Redirect(w, r, s.action(r, prefix), http.StatusSeeOther)
	return nil
}

// showMove is showConfirm for a new address of a reader.
func (s *Site) showMove(w http.ResponseWriter, r *http.Request) error {
	now := time.Now()
	id, expired, err := s.tokenID(r, subscribers.Change, now)
	if err != nil {
		return err
	}
	view := templates.ConfirmPage{Change: true, State: templates.ConfirmExpired, Action: s.action(r, "/a/")}
	var lang string
	if !expired {
		change, err := s.Readers.AddressChange(r.Context(), id, now)
		if err != nil {
			return err
		}
		view.State = confirmState(change.State)
		if reader, err := s.Readers.Get(r.Context(), change.SubscriberID); err == nil {
			lang = reader.Language
		} else if !errors.Is(err, subscribers.ErrNotFound) {
			return err
		}
	}
	return s.Frame.Page(w, r, "confirm", templates.Page{
		Language: s.Frame.Language(r, lang), Path: "/a/" + r.PathValue("token"), View: view,
	})
}

// move has a reader's mail come to the new address.
func (s *Site) move(w http.ResponseWriter, r *http.Request) error {
	now := time.Now()
	id, expired, err := s.tokenID(r, subscribers.Change, now)
	if err == nil && !expired {
		err = s.Readers.ConfirmChange(r.Context(), id, now)
	}
	return s.confirmed(w, r, "/a/", err)
}
