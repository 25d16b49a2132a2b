package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// exportReader gives a reader everything that is kept about them (GDPR 15, 20). It is asked
// for by POST, so that nobody who only fetches links gets it.
func (s *Site) exportReader(w http.ResponseWriter, r *http.Request, reader subscribers.Reader) error {
	all, err := s.Readers.Everything(r.Context(), reader.ID)
	if err != nil {
		return err
	}
	whole := struct {
		subscribers.Everything
		Deliveries []delivery `json:"deliveries,omitempty"`
	}{Everything: all}
	if s.Queue != nil {
		sent, err := s.Queue.DeliveriesTo(r.Context(), reader.ID, mostDeliveries)
		if err != nil {
			return err
		}
		for _, d := range sent {
			whole.Deliveries = append(whole.Deliveries, delivery{d.IssueID, string(d.State), d.Attempts, d.Tried, d.Why()})
		}
	}
	data, err := json.MarshalIndent(whole, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="my-newsletters.json"`)
	_, err = w.Write(append(data, '\n'))
	return err
}

// A delivery is an issue as a reader got it, or did not.
type delivery struct {
	Issue    int64     `json:"issue"`
	State    string    `json:"state"`
	Attempts int       `json:"attempts"`
	Tried    time.Time `json:"tried,omitzero"`
	Said     string    `json:"said,omitempty"` // by the mail server
}

// mostDeliveries are some ten years of a daily edition.
const mostDeliveries = 4000

// eraser opens the token of a request for the page on which a reader is erased. Their link
// still opens it when they are no more: ids are never given twice.
func (s *Site) eraser(r *http.Request) (reader subscribers.Reader, gone bool, err error) {
	id, err := s.Keys.Open(subscribers.Preferences, r.PathValue("token"))
	if err != nil {
		return reader, false, fmt.Errorf("%w: %w", web.ErrLink, err)
	}
	reader, err = s.Readers.Get(r.Context(), id)
	if errors.Is(err, subscribers.ErrNotFound) {
		return reader, true, nil
	}
	return reader, false, err
}

// showErase says what goes and what stays, with one button, or that it is done. It changes
// nothing (W1).
func (s *Site) showErase(w http.ResponseWriter, r *http.Request) error {
	reader, gone, err := s.eraser(r)
	if err != nil {
		return err
	}
	path := "/p/" + r.PathValue("token")
	return s.Frame.Page(w, r, "erase", templates.Page{
		Language: s.Frame.Language(r, reader.Language), Path: path + "/erase",
		View: templates.ErasePage{Action: s.eraseAction(r), Back: path, Done: gone},
	})
}

func (s *Site) eraseAction(r *http.Request) string {
	return s.Frame.Root() + "/p/" + r.PathValue("token") + "/erase" + s.Frame.KeepLanguage(r)
}

// erase deletes everything about a reader (W16).
func (s *Site) erase(w http.ResponseWriter, r *http.Request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	reader, gone, err := s.eraser(r)
	if err != nil {
		return err
	}
	if !form.Has("erase") {
		return web.ErrForm
	}
	if !gone {
		// Once begun it goes on, even if the reader does not wait: afterwards nobody could
		// ask for the rest of it.
		err = s.Readers.Erase(context.WithoutCancel(r.Context()), reader.ID, time.Now())
	}
	switch {
	case errors.Is(err, subscribers.ErrTraces):
		s.Frame.Log.Error("a reader erased themselves, but their address still stands in other records of the database, most likely in a mail server's reply", "reader", reader.ID)
	case err != nil && !errors.Is(err, subscribers.ErrNotFound):
		return err
	}
	next := s.eraseAction(r)
	if !strings.Contains(next, "?") { // nobody knows any more what they read in
		next += "?lang=" + s.Frame.Language(r, reader.Language)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}
