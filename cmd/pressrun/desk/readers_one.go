package desk

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

const (
	// shownCopies is how many of the latest issues a reader's page has.
	shownCopies = 20
	// readCopies is how many copies are looked through for what a reader had before.
	readCopies = 100
)

// reader is the one in a path.
func (d *Desk) reader(r *http.Request) (reader subscribers.Reader, a subscribers.Address, err error) {
	reader, err = d.Readers.Get(r.Context(), number(r.PathValue("reader")))
	if errors.Is(err, subscribers.ErrNotFound) {
		return reader, a, errNoPage
	}
	if err != nil {
		return reader, a, err
	}
	a, err = subscribers.ParseAddressUTF8(reader.Email)
	return reader, a, err
}

func (d *Desk) archive() Records {
	return Records{Readers: d.Readers, Queue: d.Queue, Digest: d.Digest}
}

// showReader shows everything that is known of a reader, and why they got an issue or not.
func (d *Desk) showReader(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	_, address, err := d.reader(r)
	if err != nil {
		return err
	}
	dossier, err := d.archive().Dossier(ctx, address, readCopies)
	if err != nil {
		return err
	}
	editions, err := d.Digest.Editions(ctx)
	if err != nil {
		return err
	}
	named := byName(editions)
	view := templates.DeskPerson{
		DeskReader: d.readerRow(dossier.Reader, named), Format: string(dossier.Format), Silent: d.suppressions(dossier.Suppressions),
		Reasons: reasonNames(), AskedFor: strings.TrimSpace(r.FormValue("issue")),
	}
	for _, c := range dossier.Consents {
		name, lang := named.name(c.Edition)
		view.Consents = append(view.Consents, templates.DeskConsent{
			At: d.inZone(c.At), Recorded: d.inZone(c.Recorded), Edition: name, Language: lang, Act: string(c.Act), Method: string(c.Method),
			Evidence: c.Evidence, Form: c.Form, Page: c.Page, Import: c.ImportID,
		})
	}
	for _, c := range dossier.Choices {
		name, lang := named.name(c.Edition)
		view.Changes = append(view.Changes, templates.DeskChosen{
			At: d.inZone(c.At), Edition: name, Language: lang, Choices: choicesOf(c.Choices), PausedUntil: d.inZone(c.PausedUntil),
		})
	}
	outcomes, err := d.archive().History(ctx, &dossier, shownCopies)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		view.Copies = append(view.Copies, d.copyRow(r, o, named))
	}
	if view.AskedFor != "" {
		issue, err := d.Digest.IssueByID(ctx, number(view.AskedFor))
		if errors.Is(err, digest.ErrNotFound) {
			return d.again(w, r, "reader", errNoSuchIssue, view)
		}
		if err != nil {
			return err
		}
		o, err := d.archive().Outcome(ctx, &dossier, issue)
		if err != nil {
			return err
		}
		row := d.copyRow(r, o, named)
		view.Asked = &row
	}
	return d.render(w, r, "reader", view)
}

var errNoSuchIssue = errors.New("there is no such issue; its number stands in the address of its page in the history")

func (d *Desk) copyRow(r *http.Request, o Outcome, named editionsBySlug) templates.DeskCopy {
	e, zone := named[o.Issue.Edition], d.zone()
	if e.ID != 0 {
		zone = zoneOf(e)
	}
	name, lang := named.name(o.Issue.Edition)
	row := templates.DeskCopy{Issue: o.Issue.ID, Edition: name, Language: lang, Number: o.Issue.Number, Slot: o.Issue.Slot.In(zone)}
	if o.Copy == nil {
		row.Why = d.absencePhrase(r, o.Why)
		return row
	}
	row.State, row.Attempts, row.Said = string(o.Copy.State), o.Copy.Attempts, o.Copy.Why()
	if !o.Copy.Tried.IsZero() {
		row.Tried = o.Copy.Tried.In(zone)
	}
	if !o.Copy.Next.IsZero() {
		row.Next = o.Copy.Next.In(zone)
	}
	return row
}

// absencePhrase says why there is no copy.
func (d *Desk) absencePhrase(r *http.Request, a Absence) templates.DeskPhrase {
	lang := d.language(r)
	detail := a.Detail
	switch a.Code {
	case AbsentSkipped:
		return templates.DeskPhrase{Word: "absent.skipped", Said: []string{"detail", a.Detail}}
	case AbsentSuppressed:
		detail = d.Pages.Say(lang, "silent."+string(a.Reason))
	case AbsentLeft:
		detail = d.Pages.Say(lang, "method."+a.Detail)
	}
	date := ""
	if !a.At.IsZero() {
		date = d.Pages.Date(lang, d.inZone(a.At))
	}
	return templates.DeskPhrase{Word: "absent." + strings.ReplaceAll(string(a.Code), " ", "-"), Pairs: []string{
		"detail", detail, "date", date, "day", d.Pages.Weekday(lang, a.Day), "issue", strconv.FormatInt(a.Issue, 10),
	}}
}

func choicesOf(c subscribers.Choices) templates.DeskChoices {
	return templates.DeskChoices{Frequency: string(c.Frequency), Day: c.Weekday, Hour: c.Hour, Zone: c.Zone, Topics: c.Topics}
}

// whom names a reader in the log without their address: it must not stay anywhere once they
// are erased.
func whom(id int64) string { return "reader " + strconv.FormatInt(id, 10) }

func (d *Desk) suppressReader(w http.ResponseWriter, r *http.Request) error {
	reader, address, err := d.reader(r)
	if err != nil {
		return err
	}
	if err := d.suppress(r, address, whom(reader.ID)); err != nil {
		return err
	}
	return d.back(w, r, "/desk/readers/"+formatID(reader.ID), "suppressed")
}

// showErase asks once more.
func (d *Desk) showErase(w http.ResponseWriter, r *http.Request) error {
	reader, _, err := d.reader(r)
	if err != nil {
		return err
	}
	return d.render(w, r, "reader_erase", templates.DeskErase{ID: reader.ID, Email: reader.Email})
}

// eraseReader forgets a reader for good. The address must have been typed.
func (d *Desk) eraseReader(w http.ResponseWriter, r *http.Request) error {
	reader, address, err := d.reader(r)
	if err != nil {
		return err
	}
	typed, err := subscribers.ParseAddressUTF8(strings.TrimSpace(r.PostFormValue("address")))
	if err != nil || typed.Key() != address.Key() {
		return d.again(w, r, "reader_erase", errOtherAddress, templates.DeskErase{ID: reader.ID, Email: reader.Email})
	}
	done := "erased"
	err = d.Readers.Erase(r.Context(), reader.ID, time.Now())
	if errors.Is(err, subscribers.ErrTraces) {
		done = "erased-traces"
	} else if err != nil {
		return err
	}
	if err := d.note(r, "erase", whom(reader.ID), ""); err != nil {
		return err
	}
	return d.back(w, r, "/desk/readers", done)
}

var errOtherAddress = errors.New("nothing was erased: what you typed is not this reader's address")
