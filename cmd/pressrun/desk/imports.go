package desk

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// maxImport is what a file of readers may have at most, with the form around it. Larger ones
// are for the command line.
const maxImport = 64 << 20

// showImports shows the files that were taken in, and the form for another.
func (d *Desk) showImports(w http.ResponseWriter, r *http.Request) error {
	view, err := d.importsView(r.Context())
	if err != nil {
		return err
	}
	return d.render(w, r, "imports", view)
}

func (d *Desk) importsView(ctx context.Context) (view templates.DeskImports, err error) {
	editions, err := d.Digest.Editions(ctx)
	if err != nil {
		return view, err
	}
	for _, e := range editions {
		view.Editions = append(view.Editions, choiceOf(e))
	}
	imports, err := d.Readers.Imports(ctx)
	named := byName(editions)
	for _, i := range imports {
		view.Imports = append(view.Imports, d.importRow(i, named))
	}
	return view, err
}

func (d *Desk) importRow(i subscribers.Import, named editionsBySlug) templates.DeskImport {
	name, lang := named.name(i.Edition)
	return templates.DeskImport{
		ID: i.ID, At: d.inZone(i.At), Undone: d.inZone(i.Undone), Edition: name, Language: lang, File: i.File, System: string(i.System),
		Evidence: i.Evidence, Added: i.Added, Unsubscribed: i.Unsubscribed,
	}
}

var errNoFile = errors.New("choose a file first")

// tryImport says what a file would change, and changes nothing. The file waits for a word.
func (d *Desk) tryImport(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	takeTime(w)
	o := subscribers.ImportOptions{
		Edition: r.PostFormValue("edition"), Evidence: strings.TrimSpace(r.PostFormValue("evidence")),
		Language: strings.TrimSpace(r.PostFormValue("language")), Left: r.PostFormValue("left") != "", DryRun: true,
	}
	wrong := func(why error) error {
		view, err := d.importsView(ctx)
		if err != nil {
			return err
		}
		view.Edition, view.Evidence, view.Language, view.Left = o.Edition, o.Evidence, o.Language, o.Left
		return d.again(w, r, "imports", why, view)
	}
	e, err := d.Digest.Edition(ctx, o.Edition)
	if errors.Is(err, digest.ErrNotFound) {
		return errForm
	}
	if err != nil {
		return err
	}
	file, header, err := r.FormFile("file")
	if err != nil || header.Size == 0 {
		return wrong(errNoFile)
	}
	defer file.Close()
	o.File, o.Offer = header.Filename, e.Rules.Offer
	waiting, err := d.staged.keep(session(r).Editor.ID, file, o, time.Now())
	if err != nil {
		return err
	}
	report, err := d.Readers.Import(ctx, waiting.reader(), o)
	if err != nil {
		d.staged.drop(waiting)
		return wrong(err)
	}
	view := trialOf(report, o, e)
	if view.Token = waiting.token; report.Added+report.Unsubscribed+report.Suppressed == 0 {
		view.Token = ""
		d.staged.drop(waiting)
	}
	return d.render(w, r, "import_trial", view)
}

func trialOf(report subscribers.ImportReport, o subscribers.ImportOptions, e digest.Edition) templates.DeskTrial {
	view := templates.DeskTrial{
		File: o.File, Edition: e.Name, Language: e.Languages[0], Evidence: o.Evidence, System: string(report.System), Caution: report.System.Caution(),
		Ignored: report.Ignored, Latin: report.Latin, Lines: report.Lines, Added: report.Added, Unsubscribed: report.Unsubscribed,
		Bad: report.Bad, Suppressed: report.Suppressed, UnreadDates: report.UnreadDates,
	}
	for ours, theirs := range report.Columns {
		view.Columns = append(view.Columns, templates.DeskColumn{Ours: ours, Theirs: theirs})
	}
	slices.SortFunc(view.Columns, func(a, b templates.DeskColumn) int { return strings.Compare(a.Ours, b.Ours) })
	for why, n := range report.SkippedBy {
		view.Skipped = append(view.Skipped, templates.DeskSkipped{Why: skipName(why), N: n})
	}
	slices.SortFunc(view.Skipped, func(a, b templates.DeskSkipped) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Why, b.Why))
	})
	for topic, n := range report.LostTopics {
		view.LostTopics = append(view.LostTopics, templates.DeskCount{State: topic, N: n})
	}
	slices.SortFunc(view.LostTopics, func(a, b templates.DeskCount) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.State, b.State))
	})
	for _, l := range report.BadLines[:min(50, len(report.BadLines))] {
		view.BadLines = append(view.BadLines, templates.DeskLine{Line: l.Line, Email: l.Email, Text: l.Text})
	}
	return view
}

// skipName is the name of the words for why a reader is left as they are.
func skipName(why subscribers.Skip) string {
	switch why {
	case subscribers.SkipSubscribed:
		return "subscribed"
	case subscribers.SkipLeft, subscribers.SkipLeftAll, subscribers.SkipAlreadyLeft:
		return "left"
	case subscribers.SkipBounced:
		return "bounced"
	case subscribers.SkipComplained:
		return "complained"
	case subscribers.SkipOperator:
		return "operator"
	case subscribers.SkipErased:
		return "erased"
	case subscribers.SkipDuplicate:
		return "duplicate"
	case subscribers.SkipUnconfirmed:
		return "unconfirmed"
	case subscribers.SkipInactive:
		return "inactive"
	case subscribers.SkipOther:
		return "other"
	}
	return string(why)
}

var errNotWaiting = errors.New("this file does not wait any more: it was taken in, or half an hour is over; choose it again")

// takeImport takes in the file that was tried. It goes on when the browser is closed.
func (d *Desk) takeImport(w http.ResponseWriter, r *http.Request) error {
	waiting := d.staged.take(session(r).Editor.ID, r.PostFormValue("token"), time.Now())
	if waiting == nil {
		return conflict(errNotWaiting)
	}
	defer waiting.close()
	takeTime(w)
	o := waiting.options
	o.DryRun, o.Now = false, time.Now()
	report, err := d.Readers.Import(context.WithoutCancel(r.Context()), waiting.reader(), o)
	if report.ID != 0 {
		if failed := d.note(r, "import", o.Edition, "import "+formatID(report.ID)); failed != nil {
			return failed
		}
	}
	if err != nil {
		return err
	}
	return d.back(w, r, "/desk/imports", "imported")
}

// pastImport is the one in a path.
func (d *Desk) pastImport(r *http.Request) (i subscribers.Import, err error) {
	imports, err := d.Readers.Imports(r.Context())
	if err != nil {
		return i, err
	}
	id := number(r.PathValue("import"))
	k := slices.IndexFunc(imports, func(i subscribers.Import) bool { return i.ID == id })
	if k < 0 {
		return i, errNoPage
	}
	return imports[k], nil
}

// showUndo asks once more.
func (d *Desk) showUndo(w http.ResponseWriter, r *http.Request) error {
	i, err := d.pastImport(r)
	if err != nil {
		return err
	}
	editions, err := d.Digest.Editions(r.Context())
	if err != nil {
		return err
	}
	return d.render(w, r, "import_undo", templates.DeskUndo{DeskImport: d.importRow(i, byName(editions))})
}

// undoImport takes an import back, all but those who did something since.
func (d *Desk) undoImport(w http.ResponseWriter, r *http.Request) error {
	i, err := d.pastImport(r)
	if err != nil {
		return err
	}
	takeTime(w)
	report, err := d.Readers.Undo(context.WithoutCancel(r.Context()), i.ID, time.Now(), nil)
	if errors.Is(err, subscribers.ErrUndone) || errors.Is(err, subscribers.ErrNoUndo) {
		return conflict(err)
	}
	if err != nil {
		return err
	}
	if err := d.note(r, "undo", i.Edition, "import "+formatID(i.ID)); err != nil {
		return err
	}
	done := "undone"
	if report.Kept > 0 {
		done = "undone-most"
	}
	return d.back(w, r, "/desk/imports", done)
}

// takeTime lets an answer take longer than a page may. Where the connection knows no such
// thing, it has no limit either.
func takeTime(w http.ResponseWriter) {
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Time{})
	_ = rc.SetWriteDeadline(time.Time{})
}
