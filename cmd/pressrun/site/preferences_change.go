package site

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// changePreferences does what one block of the page asks for and shows that block again.
func (s *Site) changePreferences(w http.ResponseWriter, r *http.Request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	reader, err := s.reader(r)
	if err != nil {
		return err
	}
	if form.Has("export") {
		return s.exportReader(w, r, reader)
	}
	block, wrong, err := s.change(r, reader, form)
	switch {
	case err != nil:
		return blocked(err)
	case wrong.block != "":
		return s.preferencesPage(w, r, http.StatusUnprocessableEntity, reader, wrong)
	}
	query := url.Values{"saved": {block}}
	if wish := r.URL.Query().Get("lang"); wish != "" && !form.Has("language") {
		query.Set("lang", wish)
	}
	next := s.Frame.Root() + "/p/" + url.PathEscape(r.PathValue("token")) + "?" + query.Encode()
	if block != "all" {
		next += "#" + block
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// change does one change and returns the block of the page it belongs to.
func (s *Site) change(r *http.Request, reader subscribers.Reader, form url.Values) (block string, wrong misfilled, err error) {
	ctx, now := r.Context(), time.Now()
	switch {
	case form.Has("all"):
		return "all", wrong, s.Readers.UnsubscribeAll(ctx, reader.ID, subscribers.MethodPage, now)
	case form.Has("join"):
		return editionBlock(form.Get("join")), wrong, s.join(r, reader, form.Get("join"), now)
	case form.Has("zone"):
		return "zone", wrong, s.chooseZone(ctx, reader, form.Get("zone"), now)
	case form.Has("language"):
		return "language", wrong, s.chooseLanguage(ctx, reader, form.Get("language"))
	case form.Has("format"):
		return "format", wrong, s.chooseFormat(ctx, reader, form.Get("format"))
	case form.Has("count"):
		return "counting", wrong, s.chooseCounting(ctx, reader, form.Get("count"))
	case form.Has("email"):
		wrong, err = s.changeAddress(ctx, reader, form.Get("email"), now)
		return "address", wrong, err
	case form.Has("pause"), form.Has("until"):
		wrong, err = s.pauseAll(ctx, reader, form, now)
		return "pause", wrong, err
	case form.Has("resume") && form.Get("resume") == "":
		return "pause", wrong, s.resumeAll(ctx, reader, now)
	}
	for _, field := range []string{"leave", "return", "resume", "choices"} {
		if form.Has(field) {
			n, err := ownSubscription(reader, form.Get(field))
			if err == nil {
				err = s.changeOne(ctx, n, field, form, now)
			}
			return editionBlock(n.Edition), wrong, err
		}
	}
	return "", wrong, web.ErrForm
}

// editionBlock is the block of an edition.
func editionBlock(slug string) string { return templates.PreferenceEdition{Slug: slug}.Block() }

// ownSubscription finds the reader's subscription of an edition that their page shows.
func ownSubscription(reader subscribers.Reader, edition string) (subscribers.Subscription, error) {
	for _, n := range reader.Subscriptions {
		if n.Edition == edition && n.State != subscribers.Pending {
			return n, nil
		}
	}
	return subscribers.Subscription{}, web.ErrForm
}

func (s *Site) changeOne(ctx context.Context, n subscribers.Subscription, what string, form url.Values, now time.Time) (err error) {
	switch what {
	case "leave":
		_, err = s.Readers.Unsubscribe(ctx, n.ID, subscribers.MethodPage, now)
	case "return":
		_, err = s.Readers.Resubscribe(ctx, n.ID, subscribers.MethodPage, now)
	case "resume":
		err = s.Readers.Resume(ctx, n.ID, now)
	case "choices":
		e, lookup := s.Digest.Edition(ctx, n.Edition)
		if lookup != nil && !errors.Is(lookup, digest.ErrNotFound) {
			return lookup
		}
		var c subscribers.Choices
		if c, err = choicesOf(form, e, n.Choices); err == nil {
			err = s.Readers.SetChoices(ctx, n.ID, c, now)
		}
	}
	return err
}

// choicesOf reads what a form says of one edition. What it says nothing of stays.
func choicesOf(form url.Values, e digest.Edition, has subscribers.Choices) (c subscribers.Choices, err error) {
	c, c.Topics = has, nil
	offer := topicsFor(e, has.Topics)
	for _, wish := range form["topic"] {
		i := slices.IndexFunc(offer, func(topic string) bool { return strings.EqualFold(topic, wish) })
		if i < 0 {
			return c, web.ErrForm
		}
		c.Topics = append(c.Topics, offer[i])
	}
	if c.Frequency = subscribers.Frequency(form.Get("frequency")); !slices.Contains(frequencies, c.Frequency) {
		return c, web.ErrForm
	}
	if day, err := strconv.Atoi(form.Get("weekday")); err == nil && c.Frequency == subscribers.Weekly {
		c.Weekday = time.Weekday(day)
	}
	if form.Has("hour") {
		if c.Hour, err = strconv.Atoi(form.Get("hour")); err != nil {
			return c, web.ErrForm
		}
	}
	if c.Weekday < time.Sunday || c.Weekday > time.Saturday || c.Hour < -1 || c.Hour > 23 {
		return c, web.ErrForm
	}
	return c, nil
}

// join subscribes a reader to one more of the editions that everybody may have. The link to
// their page came by mail, so that nothing is to be confirmed.
func (s *Site) join(r *http.Request, reader subscribers.Reader, slug string, now time.Time) error {
	e, err := s.Digest.Edition(r.Context(), slug)
	if errors.Is(err, digest.ErrNotFound) || err == nil && e.Rules.Private {
		return web.ErrForm
	} else if err != nil {
		return err
	}
	choices := subscribers.UsualChoices()
	for _, n := range reader.Subscriptions {
		if choices.Zone == "" {
			choices.Zone = n.Choices.Zone
		}
	}
	lang := s.Frame.Language(r, reader.Language)
	_, err = s.Readers.Join(r.Context(), reader.ID, subscribers.Joining{
		Edition: slug, Choices: choices, Form: s.joinVersion(lang), Language: lang, Page: s.Frame.Base + "/p/", IP: web.Address(r),
	}, now)
	return err
}

// joinVersion names the words that a reader agrees to by the button (W6). The log has them.
func (s *Site) joinVersion(lang string) string {
	var words []string
	for _, name := range []string{"prefs.more", "prefs.join", "prefs.text"} {
		words = append(words, s.Frame.Pages.Sentence(lang, name))
	}
	text := strings.Join(words, " ")
	sum := sha256.Sum256([]byte(text))
	version := hex.EncodeToString(sum[:6])
	s.Frame.Log.Info("the text by which readers join on their own page", "version", version, "language", lang, "text", text)
	return version
}

// chooseZone counts all of a reader's hours and days in one zone; "" is that of each edition.
func (s *Site) chooseZone(ctx context.Context, reader subscribers.Reader, zone string, now time.Time) error {
	if zone != "" && !isZone(zone) {
		return web.ErrForm
	}
	for _, n := range reader.Subscriptions {
		if n.State == subscribers.Pending {
			continue
		}
		n.Choices.Zone = zone
		if err := s.Readers.SetChoices(ctx, n.ID, n.Choices, now); err != nil {
			return err
		}
	}
	return nil
}

// chooseLanguage takes a language that one of the reader's editions is set in.
func (s *Site) chooseLanguage(ctx context.Context, reader subscribers.Reader, tag string) error {
	editions, err := s.Digest.Editions(ctx)
	if err != nil {
		return err
	}
	for _, n := range reader.Subscriptions {
		if i := indexOf(editions, n.Edition); i >= 0 && n.State != subscribers.Pending && slices.Contains(editions[i].Languages, tag) {
			return s.Readers.SetLanguage(ctx, reader.ID, tag)
		}
	}
	return web.ErrForm
}

func (s *Site) chooseFormat(ctx context.Context, reader subscribers.Reader, format string) error {
	if f := subscribers.Format(format); f == subscribers.HTML || f == subscribers.Text {
		return s.Readers.SetFormat(ctx, reader.ID, f)
	}
	return web.ErrForm
}

func (s *Site) chooseCounting(ctx context.Context, reader subscribers.Reader, count string) error {
	if count != "yes" && count != "no" {
		return web.ErrForm
	}
	return s.Readers.SetUncounted(ctx, reader.ID, count == "no")
}

// changeAddress has a letter sent to a new address. Whether somebody has it already is told
// to nobody (W8).
func (s *Site) changeAddress(ctx context.Context, reader subscribers.Reader, typed string, now time.Time) (misfilled, error) {
	wrong := misfilled{block: "address", email: strings.TrimSpace(typed)}
	if len(wrong.email) > maxTyped {
		wrong.email = ""
	}
	address, err := subscribers.ParseAddress(wrong.email)
	switch {
	case errors.Is(err, subscribers.ErrLocalPartNotASCII):
		wrong.why = "signup.email.script"
		return wrong, nil
	case err != nil:
		wrong.why = "signup.email.wrong"
		return wrong, nil
	}
	err = s.Readers.ChangeAddress(ctx, reader.ID, address, now)
	if errors.Is(err, subscribers.ErrTooManyLetters) {
		wrong.why = "prefs.address.often"
		return wrong, nil
	}
	return misfilled{}, err
}
