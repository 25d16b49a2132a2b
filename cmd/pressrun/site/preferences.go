package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
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
	return s.preferencesPage(w, r, http.StatusOK, reader, misfilled{})
}

// A misfilled block is one whose form was filled in wrongly: why names the sentence.
type misfilled struct{ block, why, email string }

func (s *Site) preferencesPage(w http.ResponseWriter, r *http.Request, status int, reader subscribers.Reader, wrong misfilled) error {
	lang := s.Frame.Language(r, reader.Language)
	view, err := s.preferencesOf(r.Context(), reader, lang, time.Now())
	if err != nil {
		return err
	}
	view.Action = s.action(r, "/p/")
	view.Erase = "/p/" + r.PathValue("token") + "/erase"
	view.Script = s.script("zone.js")
	view.Saved = r.URL.Query().Get("saved")
	view.Wrong, view.Why, view.Email = wrong.block, wrong.why, wrong.email
	return s.Frame.FormPage(w, r, status, "preferences", templates.Page{
		Language: lang, Path: "/p/" + r.PathValue("token"), Private: true, View: view,
	})
}

// preferencesOf is the page without what belongs to one request. Times are as the reader's
// clock has them.
func (s *Site) preferencesOf(ctx context.Context, reader subscribers.Reader, lang string, now time.Time) (view templates.PreferencesPage, err error) {
	editions, err := s.Digest.Editions(ctx)
	if err != nil {
		return view, err
	}
	view.Address, view.Format, view.Uncounted = recognisable(reader.Email), string(reader.Format), reader.Uncounted
	zone := readersZone(reader, editions)
	for _, n := range reader.Subscriptions {
		if n.State == subscribers.Pending {
			continue // never confirmed: not yet theirs to see
		}
		row := preferenceRow(reader, n, editions, now.In(zone))
		if i := indexOf(editions, n.Edition); i >= 0 {
			view.Languages = addLanguages(view.Languages, editions[i].Languages)
			view.Counting = view.Counting || editions[i].Rules.Clicks && row.On
		}
		view.Editions = append(view.Editions, row)
		if row.On && view.Zone == "" {
			view.Zone = n.Choices.Zone
		}
	}
	for _, e := range editions {
		known := slices.ContainsFunc(view.Editions, func(p templates.PreferenceEdition) bool { return p.Slug == e.Slug })
		if !known && !e.Rules.Private {
			view.More = append(view.More, templates.PreferenceEdition{Slug: e.Slug, Name: e.Name, Language: e.Languages[0]})
		}
	}
	view.Chosen = sameLanguage(view.Languages, reader.Language)
	view.Zones = s.zoneGroups(lang, view.Zone, now)
	view.First, view.Last = pauseDays(now.In(zone))
	view.Paused = wholePause(view.Editions)
	view.Record, err = s.record(ctx, reader, editions, zone)
	return view, err
}

// preferenceRow is what the page shows of one subscription. An edition that is no more has
// its short name, and can be left.
func preferenceRow(reader subscribers.Reader, n subscribers.Subscription, editions []digest.Edition, now time.Time) templates.PreferenceEdition {
	row := templates.PreferenceEdition{
		Slug: n.Edition, Name: n.Edition,
		Frequency: string(n.Choices.Frequency), Weekday: int(n.Choices.Weekday), Hour: n.Choices.Hour,
	}
	row.On = n.State != subscribers.Unsubscribed && !reader.Suppressed
	if n.State == subscribers.Paused && n.PausedUntil.After(now) && row.On {
		row.Paused = n.PausedUntil.In(now.Location())
	}
	i := indexOf(editions, n.Edition)
	if i < 0 {
		return row
	}
	row.Name, row.Language, row.Return = editions[i].Name, editions[i].Languages[0], !row.On
	for _, topic := range topicsFor(editions[i], n.Choices.Topics) {
		row.Topics = append(row.Topics, templates.SubscribeTopic{
			Name: topic, Language: editions[i].Languages[0], On: containsFold(n.Choices.Topics, topic),
		})
	}
	return row
}

func indexOf(editions []digest.Edition, slug string) int {
	return slices.IndexFunc(editions, func(e digest.Edition) bool { return e.Slug == slug })
}

// topicsFor are those an edition offers, and those a reader has that it offers no more:
// they see what they have.
func topicsFor(e digest.Edition, has []string) []string {
	topics := slices.Clone(e.Rules.Offer)
	for _, topic := range has {
		if !containsFold(topics, topic) {
			topics = append(topics, topic)
		}
	}
	return topics
}

// readersZone is the first that the reader chose, else that of the first edition they get.
func readersZone(reader subscribers.Reader, editions []digest.Edition) *time.Location {
	zone := time.UTC
	for _, n := range slices.Backward(reader.Subscriptions) {
		if i := indexOf(editions, n.Edition); i >= 0 {
			zone = zoneOf(editions[i])
		}
	}
	for _, n := range reader.Subscriptions {
		if own, err := time.LoadLocation(n.Choices.Zone); err == nil && n.Choices.Zone != "" {
			return own
		}
	}
	return zone
}

// wholePause is the first day that anything comes again, if everything is paused.
func wholePause(editions []templates.PreferenceEdition) (until time.Time) {
	for _, e := range editions {
		switch {
		case !e.On:
		case e.Paused.IsZero():
			return time.Time{}
		case until.IsZero() || e.Paused.Before(until):
			until = e.Paused
		}
	}
	return until
}

// record tells what the reader agreed to, in words (W6). A method that there is no sentence
// for gets the one of its act.
func (s *Site) record(ctx context.Context, reader subscribers.Reader, editions []digest.Edition, zone *time.Location) (lines []templates.ConsentLine, err error) {
	consents, err := s.Readers.Consents(ctx, reader.ID)
	for _, c := range consents {
		line := templates.ConsentLine{
			Word: "consent." + string(c.Act), Edition: c.Edition, At: c.At.In(zone),
			Page: c.Page, Version: c.Form, Network: c.IP, Note: c.Evidence,
		}
		if own := line.Word + "." + string(c.Method); s.Frame.Pages.Sentence("en", own) != "" {
			line.Word = own
		}
		if i := indexOf(editions, c.Edition); i >= 0 {
			line.Edition = editions[i].Name
		}
		if !c.Asked.IsZero() {
			line.Asked = c.Asked.In(zone)
		}
		lines = append(lines, line)
	}
	return lines, err
}

// recognisable is an address as its owner knows it and nobody else: m…@example.org.
func recognisable(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	for i := range local {
		if i > 0 {
			local = local[:i]
			break
		}
	}
	return local + "…@" + domain
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
