package desk

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// readersPage is how many readers a page has.
const readersPage = 50

// Readers are shown to those only who may change something: a viewer sees numbers.
func (d *Desk) readersRoutes() []route {
	return []route{
		{pattern: "GET /desk/readers", least: staff.Writer, serve: d.showReaders, nav: "nav.readers", key: "r"},
		{pattern: "POST /desk/readers/suppress", least: staff.Writer, serve: d.suppressAddress},
		{pattern: "POST /desk/readers/export", least: staff.Writer, serve: d.exportReaders},
		{pattern: "GET /desk/imports", least: staff.Writer, serve: d.showImports},
		{pattern: "POST /desk/imports", least: staff.Writer, serve: d.tryImport, body: maxImport},
		{pattern: "POST /desk/imports/take", least: staff.Writer, serve: d.takeImport},
		{pattern: "GET /desk/imports/{import}", least: staff.Writer, serve: d.showUndo},
		{pattern: "POST /desk/imports/{import}/undo", least: staff.Writer, serve: d.undoImport},
		{pattern: "GET /desk/readers/{reader}", least: staff.Writer, serve: d.showReader},
		{pattern: "POST /desk/readers/{reader}/suppress", least: staff.Writer, serve: d.suppressReader},
		{pattern: "GET /desk/readers/{reader}/erase", least: staff.Writer, serve: d.showErase},
		{pattern: "POST /desk/readers/{reader}/erase", least: staff.Writer, serve: d.eraseReader},
	}
}

// reasons are those for which an editor may suppress an address.
var reasons = []subscribers.Reason{subscribers.ReasonOperator, subscribers.ReasonBounce, subscribers.ReasonComplaint}

func reasonNames() (names []string) {
	for _, r := range reasons {
		names = append(names, string(r))
	}
	return names
}

// showReaders shows the newest readers, or those with a part of an address.
func (d *Desk) showReaders(w http.ResponseWriter, r *http.Request) error {
	view, err := d.readersView(r, strings.TrimSpace(r.FormValue("q")))
	if err != nil {
		return err
	}
	return d.render(w, r, "readers", view)
}

func (d *Desk) readersView(r *http.Request, part string) (view templates.DeskReaders, err error) {
	ctx := r.Context()
	view = templates.DeskReaders{Part: part, Reasons: reasonNames()}
	editions, err := d.Digest.Editions(ctx)
	if err != nil {
		return view, err
	}
	_, now, err := d.Readers.Growth(ctx, time.Now())
	if err != nil {
		return view, err
	}
	for _, e := range editions {
		view.Editions = append(view.Editions, templates.DeskReadership{DeskChoice: choiceOf(e), N: now[e.Slug]})
	}
	named := byName(editions)
	if part == "" {
		err = d.latestReaders(r, named, &view)
	} else {
		err = d.findReaders(r, named, &view)
	}
	return view, err
}

func (d *Desk) latestReaders(r *http.Request, named editionsBySlug, view *templates.DeskReaders) error {
	before := number(r.FormValue("before"))
	page, err := d.Readers.Latest(r.Context(), before, readersPage+1)
	if err != nil {
		return err
	}
	if view.Paged = before > 0; len(page) > readersPage {
		page = page[:readersPage]
		view.Next = fmt.Sprintf("/desk/readers?before=%d", page[readersPage-1].ID)
	}
	for _, reader := range page {
		view.Readers = append(view.Readers, d.readerRow(reader, named))
	}
	return nil
}

func (d *Desk) findReaders(r *http.Request, named editionsBySlug, view *templates.DeskReaders) error {
	after := r.FormValue("after")
	found, err := d.Readers.Search(r.Context(), subscribers.Search{Part: view.Part, After: after, Limit: readersPage})
	if err != nil {
		return err
	}
	if view.Paged = after != ""; found.Next != "" {
		view.Searched = len(found.Readers) < readersPage
		view.Next = "/desk/readers?" + url.Values{"q": {view.Part}, "after": {found.Next}}.Encode()
	}
	for _, reader := range found.Readers {
		view.Readers = append(view.Readers, d.readerRow(reader, named))
	}
	address, err := subscribers.ParseAddressUTF8(view.Part)
	if err != nil || len(view.Readers) > 0 {
		return nil // a part, or they are shown
	}
	view.Address = address.String()
	silent, err := d.Readers.Suppressions(r.Context(), address)
	view.Silent = d.suppressions(silent)
	return err
}

func (d *Desk) readerRow(reader subscribers.Reader, named editionsBySlug) templates.DeskReader {
	row := templates.DeskReader{
		ID: reader.ID, Email: reader.Email, Name: reader.Name, Language: reader.Language, Suppressed: reader.Suppressed,
		Created: d.inZone(reader.Created),
	}
	for _, n := range reader.Subscriptions {
		name, lang := named.name(n.Edition)
		row.Subscriptions = append(row.Subscriptions, templates.DeskSubscription{
			Edition: name, Language: lang, State: string(n.State), Created: d.inZone(n.Created), Confirmed: d.inZone(n.Confirmed),
			Left: d.inZone(n.Left), PausedUntil: d.inZone(n.PausedUntil), Choices: choicesOf(n.Choices),
		})
	}
	return row
}

// name is how an edition is called, and in which language; the slug of one that is no more.
func (n editionsBySlug) name(slug string) (name, lang string) {
	if e, ok := n[slug]; ok {
		return e.Name, e.Languages[0]
	}
	return slug, "en"
}

func (d *Desk) suppressions(all []subscribers.Suppression) (rows []templates.DeskSuppression) {
	for _, s := range all {
		rows = append(rows, templates.DeskSuppression{Reason: string(s.Reason), At: d.inZone(s.At), Detail: s.Detail})
	}
	return rows
}

// suppressAddress keeps an address that is no reader's from being written to.
func (d *Desk) suppressAddress(w http.ResponseWriter, r *http.Request) error {
	address, err := subscribers.ParseAddressUTF8(strings.TrimSpace(r.PostFormValue("address")))
	if err != nil {
		view, failed := d.readersView(r, "")
		if failed != nil {
			return failed
		}
		return d.again(w, r, "readers", err, view)
	}
	if err := d.suppress(r, address, "an address"); err != nil {
		return err
	}
	return d.back(w, r, "/desk/readers", "suppressed")
}

// suppress does it for the reason a form gives. The log has no address, since it must not
// stay anywhere once its owner is erased.
func (d *Desk) suppress(r *http.Request, a subscribers.Address, whom string) error {
	reason := subscribers.Reason(r.PostFormValue("reason"))
	known := false
	for _, k := range reasons {
		known = known || k == reason
	}
	note := strings.TrimSpace(r.PostFormValue("note"))
	if !known || len(note) > 1000 {
		return errForm
	}
	if err := d.Readers.Suppress(r.Context(), a, reason, note, time.Now()); err != nil {
		return err
	}
	return d.note(r, "suppress", whom, string(reason))
}

// exportReaders answers with a CSV file of all subscriptions, or those of an edition. That
// somebody took it is written down.
func (d *Desk) exportReaders(w http.ResponseWriter, r *http.Request) error {
	slug, name := r.PostFormValue("edition"), "readers"
	if slug != "" {
		if _, err := d.Digest.Edition(r.Context(), slug); err != nil {
			return err
		}
		name += "-" + slug
	}
	if err := d.note(r, "export", cmp.Or(slug, "all"), ""); err != nil {
		return err
	}
	takeTime(w)
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+time.Now().Format("-2006-01-02")+`.csv"`)
	_, err := d.Readers.Export(r.Context(), w, slug)
	return err
}
