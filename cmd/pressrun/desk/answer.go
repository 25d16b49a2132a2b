package desk

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/pressrun/pressrun/cmd/pressrun/identity"
	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/templates"
)

// render answers with a page of templates/desk; view is the struct it asks for.
func (d *Desk) render(w http.ResponseWriter, r *http.Request, page string, view any) error {
	return d.renderStatus(w, r, http.StatusOK, page, "", view)
}

// again answers with the page of a form that could not be taken, and says why.
func (d *Desk) again(w http.ResponseWriter, r *http.Request, page string, why error, view any) error {
	return d.renderStatus(w, r, http.StatusUnprocessableEntity, page, d.tell(r, why), view)
}

func (d *Desk) renderStatus(w http.ResponseWriter, r *http.Request, status int, page, wrong string, view any) error {
	p := d.page(r)
	p.Wrong, p.View = wrong, view
	var body bytes.Buffer
	if err := d.Pages.Page(&body, page, p); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", p.Language)
	w.WriteHeader(status)
	_, err := body.WriteTo(w)
	return err
}

// page is what the frame of every page shows to whoever asks.
func (d *Desk) page(r *http.Request) templates.DeskPage {
	s := session(r)
	p := templates.DeskPage{
		Language: d.language(r), Root: d.Frame.Root(), Path: r.URL.Path, Editor: s.Editor.Name, Role: string(s.Editor.Role),
		CSRF: s.CSRF, Scripts: d.Frame.Root() + "/desk/static/" + d.scriptSum + "/js/", Now: time.Now().In(d.zone()),
	}
	if word := "done." + r.URL.Query().Get("done"); r.Method == http.MethodGet && d.Pages.Has(word) {
		p.Done = word
	}
	for _, n := range d.nav {
		if s.Editor.Role.Covers(n.least) {
			at := p.Path == n.path || n.path != "/desk" && strings.HasPrefix(p.Path, n.path+"/")
			p.Nav = append(p.Nav, templates.DeskLink{Path: n.path, Word: n.word, Key: n.key, Current: at})
		}
	}
	return p
}

// back answers a change by leading to a page that shows it, where done names the sentence
// "done."+done; "" for none. Reloading that page changes nothing again.
func (d *Desk) back(w http.ResponseWriter, r *http.Request, path, done string) error {
	if done != "" {
		mark := "?"
		if strings.Contains(path, "?") {
			mark = "&"
		}
		path += mark + "done=" + url.QueryEscape(done)
	}
	w.Header().Set("Location", d.Frame.Root()+path)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// note writes down who changed what.
func (d *Desk) note(r *http.Request, act, what, detail string) error {
	e := session(r).Editor
	return d.Staff.Note(r.Context(), staff.Entry{Editor: e.ID, Name: e.Name, Act: act, What: what, Detail: detail, At: time.Now()})
}

// language is the one chosen by hand, else what the browser asks for, else English.
func (d *Desk) language(r *http.Request) string {
	known := d.Pages.Languages()
	tags := make([]language.Tag, len(known))
	for i, k := range known {
		tags[i] = language.Make(k.Tag)
	}
	for _, wish := range []string{cookie(r, languageCookie), r.Header.Get("Accept-Language")} {
		if len(wish) > 200 {
			continue
		}
		if asked, _, err := language.ParseAcceptLanguage(wish); err == nil && len(asked) > 0 {
			if _, i, sure := language.NewMatcher(tags).Match(asked...); sure > language.No {
				return known[i].Tag
			}
		}
	}
	return known[0].Tag
}

// A refusal is an error that an editor is told about in a sentence of the desk's.
type refusal struct {
	status int
	word   string
}

func (e *refusal) Error() string { return "refused: " + e.word }

var (
	errNoPage error = &refusal{http.StatusNotFound, "sorry.page"}
	errForm   error = &refusal{http.StatusForbidden, "sorry.form"}
	errRole   error = &refusal{http.StatusForbidden, "sorry.role"}
	errLogin  error = &refusal{http.StatusUnauthorized, "sorry.login"}
	errLarge        = &refusal{http.StatusRequestEntityTooLarge, "sorry.large"}
	errOurs         = &refusal{http.StatusInternalServerError, "sorry.ours"}
)

// A told is an error whose own sentence an editor may read, such as that somebody else
// changed the plan meanwhile.
type told struct {
	status int
	err    error
}

func (e *told) Error() string { return e.err.Error() }
func (e *told) Unwrap() error { return e.err }

// conflict is for what cannot be done as things stand, and err says why to people.
func conflict(err error) error { return &told{http.StatusConflict, err} }

// showNothing answers in the desk's own words what no route is for.
func (d *Desk) showNothing(http.ResponseWriter, *http.Request) error { return errNoPage }

// excuse answers a request that failed, and returns what is logged.
func (d *Desk) excuse(w http.ResponseWriter, r *http.Request, err error) error {
	if errors.Is(err, errLogin) && r.Method == http.MethodGet {
		w.Header().Set("Location", d.Frame.Root()+"/desk/login?next="+url.QueryEscape(r.URL.RequestURI()))
		w.WriteHeader(http.StatusSeeOther)
		return nil
	}
	number := rand.Text()[:8]
	view := templates.DeskSorry{Number: number[:4] + "-" + number[4:]}
	var known *refusal
	var open *told
	var large *http.MaxBytesError
	status := errOurs.status
	switch {
	case errors.As(err, &open):
		status, view.Word, view.Detail = open.status, "sorry.conflict", d.tell(r, open.err)
	case errors.As(err, &known):
		status, view.Word = known.status, known.word
	case errors.As(err, &large):
		status, view.Word = errLarge.status, errLarge.word
	case errors.Is(err, digest.ErrNotFound), errors.Is(err, staff.ErrNoEditor):
		status, view.Word = http.StatusNotFound, "sorry.page"
	default:
		view.Word = errOurs.word
	}
	if failed := d.renderStatus(w, r, status, "sorry", "", view); failed != nil {
		return errors.Join(err, failed)
	}
	return fmt.Errorf("shown as %s: %w", view.Number, err)
}

// tell is what an editor may read of why a form could not be taken: the desk's own sentence
// where it has one, else that of the lower rooms, which the page says in its language.
func (d *Desk) tell(r *http.Request, err error) string {
	for _, known := range []struct {
		err  error
		word string
	}{
		{staff.ErrLogin, "wrong.login"}, {staff.ErrCode, "wrong.code"}, {staff.ErrBusy, "wrong.busy"}, {staff.ErrPassword, "wrong.password"},
		{staff.ErrLink, "wrong.link"}, {staff.ErrLastOwner, "wrong.owner"},
		{errRepeat, "wrong.repeat"}, {errOld, "wrong.old"}, {errSelf, "wrong.self"},
		{staff.ErrAttempt, "wrong.attempt"}, {staff.ErrAccount, "wrong.account"}, {staff.ErrUnverified, "wrong.unverified"}, {staff.ErrOther, "wrong.other"},
		{staff.ErrPasskey, "wrong.passkey"}, {staff.ErrPasskeys, "wrong.passkeys"}, {staff.ErrPasskeyName, "wrong.passkey-name"}, {staff.ErrStale, "wrong.stale"},
		{errDenied, "wrong.denied"}, {identity.ErrDown, "wrong.down"}, {identity.ErrRefused, "wrong.refused"},
	} {
		if errors.Is(err, known.err) {
			return d.Pages.Say(d.language(r), known.word, "provider", d.providerName())
		}
	}
	return err.Error()
}
