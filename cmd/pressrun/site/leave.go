package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// undoFor is how long after leaving the link of a mail can undo it. Leaving by it works
// for ever; but a mail that was passed on should not bring back, years later, somebody
// who left.
const undoFor = 30 * 24 * time.Hour

// A leaver is whom an unsubscribe token names, as they are now.
type leaver struct {
	subscription subscribers.Subscription
	reader       subscribers.Reader
	// gone says that they are not in the database any more: there is nothing to leave.
	gone bool
	// leftAll says that they left every edition at once, and nothing else keeps mail
	// from them; barred that something else does.
	leftAll, barred bool
}

// leaver opens the token of a request.
func (s *Site) leaver(r *http.Request) (l leaver, err error) {
	id, err := s.Keys.Open(subscribers.Unsubscribe, r.PathValue("token"))
	if err != nil {
		return l, fmt.Errorf("%w: %w", web.ErrLink, err)
	}
	ctx := r.Context()
	if l.subscription, err = s.Readers.Subscription(ctx, id); err == nil {
		l.reader, err = s.Readers.Get(ctx, l.subscription.SubscriberID)
	}
	if errors.Is(err, subscribers.ErrNotFound) {
		return leaver{gone: true}, nil
	}
	if err == nil && l.reader.Suppressed {
		l.leftAll, l.barred, err = s.suppression(ctx, l.reader)
	}
	return l, err
}

// suppression says why nothing is sent to a suppressed reader.
func (s *Site) suppression(ctx context.Context, reader subscribers.Reader) (leftAll, barred bool, err error) {
	address, err := subscribers.ParseAddressUTF8(reader.Email)
	if err != nil {
		return false, false, errors.New("a stored address cannot be read") // and is not logged
	}
	reasons, err := s.Readers.Suppressions(ctx, address)
	for _, why := range reasons {
		barred = barred || why.Reason != subscribers.ReasonLeft
	}
	return !barred, barred, err
}

// showLeave shows one button to leave, or that it is done. It changes nothing (W1).
func (s *Site) showLeave(w http.ResponseWriter, r *http.Request) error {
	l, err := s.leaver(r)
	if err != nil {
		return err
	}
	e, err := s.Digest.Edition(r.Context(), l.subscription.Edition)
	if errors.Is(err, digest.ErrNotFound) { // it is no more, and can be left by its short name
		e, err = digest.Edition{Name: l.subscription.Edition}, nil
	}
	if err != nil {
		return err
	}
	now := time.Now()
	view := templates.LeavePage{Edition: e.Name, Action: s.action(r, "/u/"), State: l.state(now), Others: l.others()}
	if l.getsMail() {
		view.Kept = l.kept(r.URL.Query().Get("kept"), e, now)
		if view.Kept.How == "" {
			view.Fewer = l.offers(e, now)
		}
	}
	return s.Frame.Page(w, r, "leave", templates.Page{
		Language: s.Frame.Language(r, l.reader.Language), Path: "/u/" + r.PathValue("token"), View: view,
	})
}

func (l leaver) state(now time.Time) templates.LeaveState {
	switch {
	case l.gone:
		return templates.LeaveOver
	case l.subscription.State != subscribers.Unsubscribed:
		return templates.LeaveAsk
	case l.barred || now.Sub(l.subscription.Left) > undoFor:
		return templates.LeaveOver
	case l.leftAll:
		return templates.LeaveAll
	}
	return templates.LeaveDone
}

// others is the number of other editions that the reader has not left.
func (l leaver) others() (n int) {
	for _, other := range l.reader.Subscriptions {
		if other.ID != l.subscription.ID && other.State != subscribers.Unsubscribed {
			n++
		}
	}
	return n
}

// leave does what a mail program or a person asks for, at once (W2, W3). Where the
// request came from is not tested: the token is the right to leave.
func (s *Site) leave(w http.ResponseWriter, r *http.Request) error {
	form, err := readForm(r)
	if err != nil {
		return err
	}
	if isOneClick(form) {
		return web.Plain(s.leaveByProgram(w, r))
	}
	l, err := s.leaver(r)
	if err != nil {
		return err
	}
	next := s.action(r, "/u/")
	if how := offerIn(form); how != "" {
		if err := s.takeOffer(r.Context(), l, how, form); err != nil {
			return err
		}
		if how != "back" {
			next = withQuery(next, "kept="+how)
		}
	} else if err := s.leaveByPerson(r.Context(), l, form); err != nil {
		return err
	}
	// The page then shows what is so. Loading it again posts nothing again.
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// leaveByProgram answers RFC 8058: done or done before, in one line, without a redirect.
func (s *Site) leaveByProgram(w http.ResponseWriter, r *http.Request) error {
	l, err := s.leaver(r)
	if err != nil {
		return err
	}
	if !l.gone {
		_, err = s.Readers.Unsubscribe(r.Context(), l.subscription.ID, subscribers.MethodOneClick, time.Now())
		if err != nil && !errors.Is(err, subscribers.ErrNotFound) {
			return err
		}
	}
	web.Line(w, http.StatusOK, s.Frame.Say(r, "leave.done.text"))
	return nil
}

func (s *Site) leaveByPerson(ctx context.Context, l leaver, form url.Values) (err error) {
	now := time.Now()
	switch {
	case l.gone:
		return nil
	case form.Has("leave"):
		_, err = s.Readers.Unsubscribe(ctx, l.subscription.ID, subscribers.MethodPage, now)
	case form.Has("all"):
		err = s.Readers.UnsubscribeAll(ctx, l.subscription.SubscriberID, subscribers.MethodPage, now)
	case form.Has("undo"):
		switch l.state(now) {
		case templates.LeaveDone:
			_, err = s.Readers.Resubscribe(ctx, l.subscription.ID, subscribers.MethodPage, now)
		case templates.LeaveAll:
			err = s.Readers.ResubscribeAll(ctx, l.subscription.SubscriberID, subscribers.MethodPage, now)
		}
	default:
		return web.ErrForm
	}
	return blocked(err)
}

// blocked tells readers whose address is suppressed what they can do.
func blocked(err error) error {
	if errors.Is(err, subscribers.ErrSuppressed) {
		return fmt.Errorf("%w: %w", web.ErrBlocked, err)
	}
	return err
}

// editionName returns what readers call an edition. One that is no more still has its
// short name: it can be left.
func (s *Site) editionName(ctx context.Context, slug string) (string, error) {
	if slug == "" {
		return "", nil
	}
	e, err := s.Digest.Edition(ctx, slug)
	if errors.Is(err, digest.ErrNotFound) {
		return slug, nil
	}
	return e.Name, err
}

// action is the path of a page with a token, as its forms post to it.
func (s *Site) action(r *http.Request, prefix string) string {
	return s.Frame.Root() + prefix + url.PathEscape(r.PathValue("token")) + s.Frame.KeepLanguage(r)
}
