package api

import (
	"context"
	"errors"
	"mime"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/subscribers"
)

const (
	// maxImport is what a file of readers may have at most, as at the desk. Larger ones are
	// for the command line.
	maxImport = 64 << 20
	// importPatience is how long an import may take.
	importPatience = 30 * time.Minute
	// shownLines is how many lines that cannot be read an answer names.
	shownLines = 100
)

// A report tells what became of a file, or would.
type report struct {
	Import      int64                      `json:"import,omitempty"` // its number; none where nothing changed
	DryRun      bool                       `json:"dry_run"`
	System      subscribers.System         `json:"system,omitempty"` // whose export it is, if it was recognised
	Caution     string                     `json:"caution,omitempty"`
	Columns     map[string]string          `json:"columns"` // ours → the file's
	Ignored     []string                   `json:"ignored"`
	Latin       bool                       `json:"latin,omitempty"`
	Lines       int64                      `json:"lines"`
	Added       int64                      `json:"added"`
	Left        int64                      `json:"unsubscribed"`
	Skipped     int64                      `json:"skipped"`
	Bad         int64                      `json:"bad"`
	Suppressed  int64                      `json:"suppressed"`
	SkippedBy   map[subscribers.Skip]int64 `json:"skipped_by"`
	UnreadDates int64                      `json:"unread_dates,omitempty"`
	LostTopics  map[string]int64           `json:"lost_topics,omitempty"`
	// Of a dry run: the answer of an import may be kept with its key, and a sentence about
	// a line may quote an address.
	BadLines []badLine `json:"bad_lines,omitempty"`
}

type badLine struct {
	Line int64  `json:"line"`
	Text string `json:"text"`
}

func viewReport(r subscribers.ImportReport, dry bool) report {
	v := report{
		Import: r.ID, DryRun: dry, System: r.System, Caution: r.System.Caution(), Columns: r.Columns, Ignored: append([]string{}, r.Ignored...), Latin: r.Latin,
		Lines: r.Lines, Added: r.Added, Left: r.Unsubscribed, Skipped: r.Skipped, Bad: r.Bad, Suppressed: r.Suppressed,
		SkippedBy: r.SkippedBy, UnreadDates: r.UnreadDates, LostTopics: r.LostTopics,
	}
	if dry {
		for _, l := range r.BadLines[:min(shownLines, len(r.BadLines))] {
			v.BadLines = append(v.BadLines, badLine{l.Line, l.Text})
		}
	}
	return v
}

// importOptions are the parameters of a file, which is the body.
func (a *API) importOptions(c *call) (o subscribers.ImportOptions, err error) {
	kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "text/csv" {
		return o, noJSON.because("Send the file as text/csv.")
	}
	query := c.URL.Query()
	e, err := a.Digest.Edition(c.Context(), query.Get("edition"))
	if err != nil {
		return o, wrongParam.because("There is no edition %.40q.", query.Get("edition")).in("edition")
	}
	o = subscribers.ImportOptions{
		Edition: e.Slug, Offer: e.Rules.Offer, Evidence: strings.TrimSpace(query.Get("evidence")), File: query.Get("file"), Now: c.now,
	}
	if o.Evidence == "" || len(o.Evidence) > 2000 {
		return o, wrongParam.because("Say where the readers' consent comes from, in at most 2,000 letters.").in("evidence")
	}
	if o.Language, err = tagIn("language", query.Get("language")); err != nil {
		return o, wrongParam.because("%s", problemOf(err).Detail).in("language")
	}
	switch query.Get("left") {
	case "", "false":
	case "true":
		o.Left = true
	default:
		return o, wrongParam.because("It is true or false.").in("left")
	}
	return o, nil
}

// wrongFile says what is wrong with a file.
func wrongFile(err error) error {
	var wrong *subscribers.FileError
	if errors.As(err, &wrong) && problemOf(err).Status != tooLarge.status {
		return unreadable.because("%v; nothing was changed.", wrong)
	}
	return err
}

// tryImport says what a file would change, and changes nothing.
func (a *API) tryImport(c *call) (answer, error) {
	o, err := a.importOptions(c)
	if err != nil {
		return answer{}, err
	}
	c.slow(importPatience)
	o.DryRun = true
	r, err := a.Readers.Import(c.Context(), c.Body, o)
	if err != nil {
		return answer{}, wrongFile(err)
	}
	return answer{body: viewReport(r, true)}, nil
}

// takeImport takes the readers of a file in. It has a key, so that it goes on when whoever
// asked is gone, and its answer can be asked for.
func (a *API) takeImport(c *call) (answer, error) {
	o, err := a.importOptions(c)
	if err != nil {
		return answer{}, err
	}
	c.slow(importPatience)
	done, release, err := a.alone(c, importing{Edition: o.Edition, File: o.File, Began: utc(c.now)})
	if err != nil {
		return answer{}, err
	}
	defer release()
	o.Progress = func(n, of int64) { done(n, of); c.alive() }
	r, err := a.Readers.Import(c.Context(), c.Body, o)
	if err != nil && r.ID == 0 {
		return answer{}, wrongFile(err)
	}
	if err != nil { // it broke off: what had been taken in by then can be undone
		err = errors.Join(err, a.note(c, "import", o.Edition, "import "+strconv.FormatInt(r.ID, 10)+", broken off"))
		return answer{}, err
	}
	return answer{
		status: 201, body: viewReport(r, false), location: a.Frame.Root() + Root + "imports/" + strconv.FormatInt(r.ID, 10),
		act: "import", what: o.Edition, detail: "import " + strconv.FormatInt(r.ID, 10),
	}, nil
}

// importing is an import, or the undoing of one, that is under way.
type importing struct {
	Edition string    `json:"edition"`
	Undoes  int64     `json:"undoes,omitempty"`
	File    string    `json:"file,omitempty"`
	Began   time.Time `json:"began"`
	Done    int64     `json:"done"`
	// Total is 0 while the file is read.
	Total int64 `json:"total"`
}

// alone waits a moment for other imports, and then shows this one as under way.
func (a *API) alone(c *call, is importing) (progress func(done, total int64), release func(), err error) {
	ctx, cancel := context.WithTimeout(c.Context(), 2*time.Second)
	defer cancel()
	_, free, err := a.Database.Acquire(ctx, "import")
	if err != nil {
		p := underWay.because("Another file is being taken in, or taken back; wait for its end.")
		p.retry = 30 * time.Second
		return nil, nil, p
	}
	show := func(v *importing) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.importing = v
	}
	show(&is)
	progress = func(done, total int64) {
		now := is
		now.Done, now.Total = done, total
		show(&now)
	}
	return progress, func() { show(nil); free() }, nil
}

// showImporting shows the import that is under way in this process.
func (a *API) showImporting(c *call) (answer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := list[importing]{Items: []importing{}}
	if a.importing != nil {
		l.Items = append(l.Items, *a.importing)
	}
	return answer{body: l}, nil
}

// A past import is a file that was taken in.
type pastImport struct {
	ID       int64              `json:"id"`
	Edition  string             `json:"edition"`
	Evidence string             `json:"evidence"`
	File     string             `json:"file,omitempty"`
	System   subscribers.System `json:"system,omitempty"`
	At       time.Time          `json:"at"`
	Added    int64              `json:"added"`
	Left     int64              `json:"unsubscribed"`
	Undone   time.Time          `json:"undone,omitzero"`
}

func viewImport(i subscribers.Import) pastImport {
	return pastImport{i.ID, i.Edition, i.Evidence, i.File, i.System, utc(i.At), i.Added, i.Unsubscribed, utc(i.Undone)}
}

// listImports lists the files that were taken in, the newest first.
func (a *API) listImports(c *call) (answer, error) {
	before, limit, err := c.page("imports")
	if err != nil {
		return answer{}, err
	}
	all, err := a.Readers.Imports(c.Context())
	if err != nil {
		return answer{}, err
	}
	for before > 0 && len(all) > 0 && all[0].ID >= before {
		all = all[1:]
	}
	return answer{body: listOf(all, limit, "imports", func(i subscribers.Import) int64 { return i.ID }, viewImport)}, nil
}

func (a *API) pastImport(c *call) (subscribers.Import, error) {
	id, err := c.id("id")
	if err != nil {
		return subscribers.Import{}, err
	}
	all, err := a.Readers.Imports(c.Context())
	if err != nil {
		return subscribers.Import{}, err
	}
	for _, i := range all {
		if i.ID == id {
			return i, nil
		}
	}
	return subscribers.Import{}, subscribers.ErrNotFound
}

func (a *API) showImport(c *call) (answer, error) {
	i, err := a.pastImport(c)
	return answer{body: viewImport(i)}, err
}

// undoImport takes an import back, all but those who did something since.
func (a *API) undoImport(c *call) (answer, error) {
	if err := c.read(&struct{}{}); err != nil {
		return answer{}, err
	}
	i, err := a.pastImport(c)
	if err != nil {
		return answer{}, err
	}
	c.slow(importPatience)
	done, release, err := a.alone(c, importing{Edition: i.Edition, Undoes: i.ID, File: i.File, Began: utc(c.now)})
	if err != nil {
		return answer{}, err
	}
	defer release()
	u, err := a.Readers.Undo(context.WithoutCancel(c.Context()), i.ID, c.now, func(n, of int64) { done(n, of); c.alive() })
	for _, known := range []error{subscribers.ErrUndone, subscribers.ErrNoUndo} {
		if errors.Is(err, known) {
			return answer{}, conflict.because("%v.", known)
		}
	}
	if err != nil {
		return answer{}, err
	}
	view := struct {
		Import   int64            `json:"import"`
		Removed  int64            `json:"removed"`
		Restored int64            `json:"restored"`
		Lifted   int64            `json:"lifted"`
		Kept     int64            `json:"kept"`
		KeptBy   map[string]int64 `json:"kept_by"` // by what the readers did since; of a thousand of them at most
	}{i.ID, u.Removed, u.Restored, u.Lifted, u.Kept, map[string]int64{}}
	for _, k := range u.KeptReaders {
		view.KeptBy[k.Text]++
	}
	return answer{body: view, act: "undo", what: i.Edition, detail: "import " + strconv.FormatInt(i.ID, 10)}, nil
}
