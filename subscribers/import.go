package subscribers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"
)

// ImportOptions say how a file is to be read. Edition and Evidence must be set.
type ImportOptions struct {
	Edition  string // slug
	Evidence string // where the readers' consent comes from, in the operator's words (W6)
	Language string // of readers for whom the file has none
	// Offer are the topics the edition offers: of a column of topics, only those are kept.
	Offer []string
	// File is the file's name, which is kept, and by which Mailchimp tells who is in it.
	File   string
	Left   bool // all readers of the file have left
	DryRun bool // report the same, change nothing
	// Now is the time of the import, the present if zero.
	Now time.Time
	// Progress, if set, is told now and then how many lines are done: first how many are
	// read, with a total of 0, then how many of all are taken in.
	Progress func(done, total int64)
	// Refused, if set, is told in the end every line that was skipped or bad, in order.
	Refused func(ImportLine) error

	bounced bool // the file's name says it of all
}

// An ImportReport tells what became of a file: Lines = Added + Unsubscribed + Skipped + Bad.
type ImportReport struct {
	ID      int64             // the import's, which its rows of consent carry; 0 if nothing changed
	System  System            // whose export it is, if it was recognised
	Columns map[string]string // what was recognised: our name of a column → the file's
	Ignored []string          // columns of the file that were not used
	Latin   bool              // some lines were not UTF-8 and were read as Windows-1252

	Lines        int64 // with a reader, so neither header nor blank ones
	Added        int64 // are now confirmed
	Unsubscribed int64 // are now unsubscribed, because the file says so
	Skipped      int64 // left as they were
	Bad          int64 // could not be read
	// Suppressed counts those of all these who are not written to any more, because the
	// file says that they bounced, complained or were blocked.
	Suppressed int64
	SkippedBy  map[Skip]int64
	// A thousand of each at most, by line.
	SkippedLines []ImportLine
	BadLines     []ImportLine
	// UnreadDates counts readers of whom a date could not be read for certain; they have
	// the date of the import instead.
	UnreadDates int64
	// LostTopics counts readers for each topic that the edition does not offer, and that
	// was left out; a hundred topics at most.
	LostTopics map[string]int64
}

// A FileError says in a sentence why a file, or what was said of it, is not taken; nothing
// was changed.
type FileError struct{ Err error }

// Error implements error.
func (e *FileError) Error() string { return e.Err.Error() }

// Unwrap returns the sentence.
func (e *FileError) Unwrap() error { return e.Err }

// An ImportLine is one line of a file and a sentence about it.
type ImportLine struct {
	Line  int64 // the first is 1
	Email string
	Text  string
	Bad   bool // it could not be read
}

const (
	maxReported = 1000
	maxLost     = 100
)

// Import takes readers from a CSV file into an edition. The header is guessed; bad lines
// are reported and the rest goes in. A reader who left, bounced or complained is never
// revived; one whom the file calls unsubscribed is unsubscribed here. The file is read to
// its end first and then goes in in parts: when the error is not nil, the report tells what
// had been done by then. A file that is empty, no text, or has no column of addresses
// changes nothing.
//
// Memory does not grow with the file: it is sorted by address in a temporary file beside
// the database, and who stands in it twice is found there.
func (s *Store) Import(ctx context.Context, r io.Reader, o ImportOptions) (ImportReport, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	dir := filepath.Dir(s.db.Path())
	in := importing{store: s, o: &o, sorted: newSorter(dir), refused: newSorter(dir)}
	defer in.sorted.close()
	defer in.refused.close()
	in.report.SkippedBy, in.report.LostTopics = map[Skip]int64{}, map[string]int64{}
	l, err := newLanding(o.Edition, o.Evidence, MethodImport, o.Now)
	if err != nil {
		return in.report, &FileError{err}
	}
	l.dryRun, l.file = o.DryRun, o.File
	in.landing = l
	if o.Language, err = cleanLanguage(o.Language); err != nil {
		return in.report, &FileError{err}
	}
	lines, err := newCSVLines(r)
	if err != nil {
		return in.report, &FileError{err}
	}
	header, firstReader, err := guessHeader(lines)
	if err != nil {
		return in.report, &FileError{err}
	}
	left, bounced, err := header.system.readers(o.File)
	if err != nil {
		return in.report, &FileError{err}
	}
	o.Left, o.bounced, l.system = o.Left || left, bounced, header.system
	in.report.describe(header)
	// What was read before the file broke off is good.
	err = in.readAll(ctx, lines, header, firstReader)
	if ctx.Err() == nil {
		err = errors.Join(err, in.landAll(ctx))
	}
	in.report.ID, in.report.Latin = l.importID, lines.latin
	in.report.trim()
	if err == nil {
		err = in.tellRefused()
	}
	if err != nil {
		// Lines that were read and wait for their part do not count.
		in.report.Lines = in.report.Added + in.report.Unsubscribed + in.report.Skipped + in.report.Bad
		return in.report, fmt.Errorf("import: %w", err)
	}
	return in.report, nil
}

// importing is one run of Import.
type importing struct {
	store   *Store
	o       *ImportOptions
	landing *landing
	report  ImportReport
	sorted  *sorter // the readers, by address and then by line
	refused *sorter // the lines for o.Refused
	payload []byte
}

func (in *importing) progress(done, total int64) {
	if in.o.Progress != nil {
		in.o.Progress(done, total)
	}
}

// readAll reads the file to its end and sorts its readers.
func (in *importing) readAll(ctx context.Context, lines *csvLines, header columns, firstReader []string) error {
	if header.headless {
		if err := in.line(firstReader, lines.line, header); err != nil {
			return err
		}
	}
	for {
		cells, line, err := lines.next()
		var bad *errLine
		switch {
		case err == io.EOF:
			in.progress(in.report.Lines, 0)
			return nil
		case errors.As(err, &bad):
			in.report.Lines++
			err = in.bad(ImportLine{Line: line, Text: bad.text})
		case err == nil:
			err = in.line(cells, line, header)
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if in.report.Lines%1000 == 0 {
			in.progress(in.report.Lines, 0)
		}
	}
}

// line puts one reader among those to be sorted, or into the report.
func (in *importing) line(cells []string, line int64, header columns) error {
	in.report.Lines++
	r, err := header.arrival(cells, in.o)
	r.line = line
	if err != nil {
		return in.bad(ImportLine{Line: line, Email: shorten(header.cell(cells, columnEmail)), Text: err.Error()})
	}
	if r.skip != "" {
		return in.skipped(&r.arrival)
	}
	for _, t := range r.lost {
		if _, known := in.report.LostTopics[t]; known || len(in.report.LostTopics) < maxLost {
			in.report.LostTopics[t]++
		}
	}
	in.payload = r.appendTo(in.payload[:0])
	return in.sorted.add(r.key, line, in.payload)
}

// landAll takes the sorted readers in.
func (in *importing) landAll(ctx context.Context) error {
	var key string
	var begun, ended bool        // what the file's earlier lines say of this key
	var suppress map[Reason]bool // likewise
	var done int64
	err := in.sorted.each(func(k string, line int64, payload []byte) error {
		done++
		r := readReading(k, line, payload)
		if k != key {
			key, begun, ended, suppress = k, false, false, nil
		}
		if ended || (begun && r.state == Confirmed) {
			r.skip = SkipDuplicate
			if r.suppress == "" || suppress[r.suppress] {
				return in.skipped(&r.arrival)
			}
		} else if r.dateUnread {
			in.report.UnreadDates++
		}
		if r.suppress != "" {
			if suppress == nil {
				suppress = map[Reason]bool{}
			}
			suppress[r.suppress] = true
		}
		if begun { // the file has them twice: leaving counts
			in.landing.late = append(in.landing.late, r.arrival)
		} else {
			in.landing.rows = append(in.landing.rows, r.arrival)
		}
		begun, ended = true, ended || r.state == Unsubscribed
		if len(in.landing.rows)+len(in.landing.late) < in.store.landing {
			return nil
		}
		if err := in.flush(ctx); err != nil {
			return err
		}
		in.progress(done, in.sorted.n)
		return ctx.Err()
	})
	if err == nil {
		err = in.flush(ctx)
	}
	in.progress(done, in.sorted.n)
	return err
}

func (in *importing) flush(ctx context.Context) error {
	l := in.landing
	if err := in.store.land(ctx, l); err != nil {
		return err
	}
	for _, arrivals := range [][]arrival{l.rows, l.late} {
		for i := range arrivals {
			a := &arrivals[i]
			if a.suppressed {
				in.report.Suppressed++
			}
			switch {
			case a.skip != "":
				if err := in.skipped(a); err != nil {
					return err
				}
			case a.state == Unsubscribed:
				in.report.Unsubscribed++
			default:
				in.report.Added++
			}
		}
	}
	clear(l.rows)
	l.rows, l.late = l.rows[:0], l.late[:0]
	return nil
}

func (in *importing) bad(l ImportLine) error {
	l.Bad = true
	in.report.Bad++
	in.report.BadLines = keep(in.report.BadLines, l)
	return in.refuse(l)
}

func (in *importing) skipped(a *arrival) error {
	l := ImportLine{Line: a.line, Email: a.Address.String(), Text: string(a.skip)}
	in.report.Skipped++
	in.report.SkippedBy[a.skip]++
	in.report.SkippedLines = keep(in.report.SkippedLines, l)
	return in.refuse(l)
}

func (in *importing) refuse(l ImportLine) error {
	if in.o.Refused == nil {
		return nil
	}
	in.payload = appendTexts(in.payload[:0], l.Email, l.Text)
	if l.Bad {
		in.payload = append(in.payload, 1)
	}
	return in.refused.add("", l.Line, in.payload)
}

// tellRefused passes the refused lines on, in their order.
func (in *importing) tellRefused() error {
	if in.o.Refused == nil {
		return nil
	}
	return in.refused.each(func(_ string, line int64, payload []byte) error {
		l := ImportLine{Line: line}
		rest := readTexts(payload, &l.Email, &l.Text)
		l.Bad = len(rest) > 0
		return in.o.Refused(l)
	})
}

func (r *ImportReport) describe(c columns) {
	r.System, r.Ignored = c.system, c.ignored
	r.Columns = map[string]string{}
	for col, i := range c.at {
		if c.headless {
			r.Columns[string(col)] = fmt.Sprintf("column %d", i+1)
			continue
		}
		r.Columns[string(col)] = c.seen[i]
	}
}

// keep adds a line to a list of which only the first maxReported will stay.
func keep(list []ImportLine, l ImportLine) []ImportLine {
	if list = append(list, l); len(list) < 2*maxReported {
		return list
	}
	return firstLines(list)
}

func firstLines(list []ImportLine) []ImportLine {
	slices.SortFunc(list, func(a, b ImportLine) int { return cmp.Compare(a.Line, b.Line) })
	return list[:min(len(list), maxReported)]
}

func (r *ImportReport) trim() {
	r.SkippedLines, r.BadLines = firstLines(r.SkippedLines), firstLines(r.BadLines)
}

// shorten keeps a report readable when a cell is not.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
