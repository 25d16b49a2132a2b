package site

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// showSignup shows the form to everybody. It says nothing about anybody.
func (s *Site) showSignup(w http.ResponseWriter, r *http.Request) error {
	offer, err := s.offer(r)
	if err != nil {
		return err
	}
	chosen := r.URL.Query()["edition"]
	return s.signupPage(w, r, http.StatusOK, offer, wish{editions: chosen, language: s.Frame.Language(r, "")})
}

// signupPage shows the form, filled in with what was wished for.
func (s *Site) signupPage(w http.ResponseWriter, r *http.Request, status int, offer []digest.Edition, has wish) error {
	now := time.Now()
	view := s.formView(offer, has)
	view.Action = s.Frame.Root() + "/subscribe" + s.Frame.KeepLanguage(r)
	view.Token = s.formToken(now)
	view.Script = s.script("subscribe.js")
	if s.door.surging(now) {
		view.Pieces, view.Bits = workPieces, workBits
	}
	return s.Frame.FormPage(w, r, status, "subscribe", templates.Page{
		Path: "/subscribe", Canonical: s.Frame.Base + "/subscribe", View: view,
	})
}

// offer is what can be subscribed to.
func (s *Site) offer(r *http.Request) ([]digest.Edition, error) {
	editions, err := s.Digest.Editions(r.Context())
	return slices.DeleteFunc(editions, func(e digest.Edition) bool { return e.Rules.Private }), err
}

// formView is the form without what differs from one visit to the next.
func (s *Site) formView(offer []digest.Edition, has wish) templates.SubscribePage {
	view := templates.SubscribePage{
		Email: has.email, Wrong: has.wrong, Missing: has.missing,
		Frequency: string(has.choices.Frequency), Weekday: int(has.choices.Weekday),
		Privacy: s.Signups.Privacy, Imprint: s.Signups.Imprint,
	}
	if view.Privacy == "" {
		view.Privacy = s.Frame.Root() + "/help"
	}
	if view.Frequency == "" {
		usual := subscribers.UsualChoices()
		view.Frequency, view.Weekday = string(usual.Frequency), int(usual.Weekday)
	}
	for _, e := range offer {
		view.Editions = append(view.Editions, templates.SubscribeEdition{
			Slug: e.Slug, Name: e.Name, Language: e.Languages[0], On: slices.Contains(has.editions, e.Slug),
		})
		view.Languages = addLanguages(view.Languages, e.Languages)
		for _, topic := range e.Rules.Offer {
			if !slices.ContainsFunc(view.Topics, func(t templates.SubscribeTopic) bool { return strings.EqualFold(t.Name, topic) }) {
				view.Topics = append(view.Topics, templates.SubscribeTopic{
					Name: topic, Language: e.Languages[0], On: slices.Contains(has.choices.Topics, topic),
				})
			}
		}
	}
	view.Chosen = sameLanguage(view.Languages, has.language)
	if view.Chosen == "" && len(view.Languages) > 0 {
		view.Chosen = view.Languages[0].Tag
	}
	return view
}

// signUp takes the form in. Whoever fills it in gets the same answer, whether the address
// is new, known, or never to be written to (W8).
func (s *Site) signUp(w http.ResponseWriter, r *http.Request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	offer, err := s.offer(r)
	if err != nil {
		return err
	}
	has := wishOf(form, offer)
	if has.language == "" {
		has.language = s.Frame.Language(r, "")
	}
	if has.wrong != "" || has.missing {
		return s.signupPage(w, r, http.StatusUnprocessableEntity, offer, has)
	}
	has.page = s.pageOf(r, form)
	has.proof = proof{token: form.Get("token"), work: form.Get("work"), email: form.Get("email"), trapped: form.Get("subject") != ""}
	switch s.judge(r, &has, time.Now()) {
	case passBusy:
		return web.ErrBusy
	case passWait:
		return s.finishPage(w, r, has, true)
	case passPress:
		return s.finishPage(w, r, has, false)
	}
	if err := s.subscribe(r, offer, has, subscribers.MethodForm); err != nil {
		return err
	}
	http.Redirect(w, r, s.Frame.Root()+"/subscribe/sent"+s.Frame.KeepLanguage(r), http.StatusSeeOther)
	return nil
}

// subscribe writes a sign-up down, or what was asked for too often does not: nobody can
// tell.
func (s *Site) subscribe(r *http.Request, offer []digest.Edition, has wish, by subscribers.Method) error {
	if has.often {
		return nil
	}
	return s.Readers.Subscribe(r.Context(), subscribers.Signup{
		Address: has.address, Language: has.reads(offer), Format: has.format, Editions: has.editions, Choices: has.choices,
		Form: s.formVersion(s.Frame.Language(r, ""), offer), Page: has.page, IP: web.Address(r), Method: by,
	}, time.Now())
}

// finishPage has one button, which ends a sign-up that came without a token of ours, or
// that has to wait or work.
func (s *Site) finishPage(w http.ResponseWriter, r *http.Request, has wish, wait bool) error {
	now := time.Now()
	view := templates.FinishPage{
		Action: s.Frame.Root() + "/subscribe" + s.Frame.KeepLanguage(r), Script: s.script("subscribe.js"),
		Wait: wait, Email: has.email, Fields: append(has.fields(), templates.Field{Name: "token", Value: s.nextToken(has, wait, now)}),
	}
	if wait {
		view.Pieces, view.Bits = workPieces, workBits
	}
	return s.Frame.FormPage(w, r, http.StatusOK, "finish", templates.Page{View: view, Private: true})
}

// showSent says where to look now. It knows nothing of who asks.
func (s *Site) showSent(w http.ResponseWriter, r *http.Request) error {
	return s.Frame.Page(w, r, "sent", templates.Page{Path: "/subscribe/sent"})
}
