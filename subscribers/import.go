package subscribers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"time"
)

// ImportOptions say how a file is to be read. Edition and Evidence must be set.
type ImportOptions struct {
	Edition  string // slug
	Evidence string // where the readers' consent comes from, in the operator's words (W6)
	Language string // of readers for whom the file has none
	DryRun   bool   // report the same, change nothing
	// Now is the time of the import, the present if zero.
	Now time.Time
	// Progress, if set, is told now and then how many lines are done.
	Progress func(done int64)
}

// An ImportReport tells what became of a file: Lines = Added + Unsubscribed + Skipped + Bad.
type ImportReport struct {
	ID      int64             // the import's, which its rows of consent carry; 0 if nothing changed
	Columns map[string]string // what was recognised: our name of a column → the file's
	Ignored []string          // columns of the file that were not used
	Latin   bool              // some lines were not UTF-8 and were read as Windows-1252

	Lines        int64 // with a reader, so neither header nor blank ones
	Added        int64 // are now confirmed
	Unsubscribed int64 // are now unsubscribed, because the file says so
	Skipped      int64 // left as they were
	Bad          int64 // could not be read
	SkippedBy    map[Skip]int64
	// A thousand of each at most, by line.
	SkippedLines []ImportLine
	BadLines     []ImportLine
	// UnreadDates counts readers of whom a date could not be read for certain; they have
	// the date of the import instead.
	UnreadDates int64
}

// An ImportLine is one line of a file and a sentence about it.
type ImportLine struct {
	Line  int64 // the first is 1
	Email string
	Text  string
}

const maxReported = 1000

// Import takes readers from a CSV file into an edition. The header is guessed; bad lines
// are reported and the rest goes in. A reader who left, bounced or complained is never
// revived; one whom the file calls unsubscribed is unsubscribed here. The file goes in in
// parts: when the error is not nil, the report tells what had been done by then. A file
// that is empty, no text, or has no column of addresses changes nothing.
//
// Memory does not grow with the file but for some 20 bytes a reader, by which repetitions
// are found.
func (s *Store) Import(ctx context.Context, r io.Reader, o ImportOptions) (ImportReport, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	in := importing{store: s, o: &o, seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}}
	in.report.SkippedBy = map[Skip]int64{}
	l, err := newLanding(o.Edition, o.Evidence, MethodImport, o.Now)
	if err != nil {
		return in.report, err
	}
	l.dryRun = o.DryRun
	in.landing = l
	if o.Language, err = cleanLanguage(o.Language); err != nil {
		return in.report, err
	}
	lines, err := newCSVLines(r)
	if err != nil {
		return in.report, err
	}
	header, firstReader, err := guessHeader(lines)
	if err != nil {
		return in.report, err
	}
	in.report.describe(header)
	err = in.all(ctx, lines, header, firstReader)
	in.report.ID, in.report.Latin = l.importID, lines.latin
	slices.SortFunc(in.report.SkippedLines, func(a, b ImportLine) int { return cmp.Compare(a.Line, b.Line) })
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
	seed    maphash.Seed
	seen    map[uint64]struct{} // hashes of the file's addresses so far
}

func (in *importing) all(ctx context.Context, lines *csvLines, header columns, firstReader []string) error {
	if header.headless {
		in.line(firstReader, lines.line, header)
	}
	for {
		cells, line, err := lines.next()
		var bad *errLine
		switch {
		case err == io.EOF:
			return in.flush(ctx)
		case errors.As(err, &bad):
			in.report.Lines++
			in.report.bad(ImportLine{Line: line, Text: bad.text})
		case err != nil:
			return errors.Join(err, in.flush(ctx)) // what was read is good
		default:
			in.line(cells, line, header)
		}
		if len(in.landing.rows)+len(in.landing.late) >= in.store.landing {
			if err := in.flush(ctx); err != nil {
				return err
			}
		} else if in.o.Progress != nil && in.report.Lines%1000 == 0 {
			in.o.Progress(in.report.Lines)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// line puts one reader among the arrivals, or into the report.
func (in *importing) line(cells []string, line int64, header columns) {
	in.report.Lines++
	a, dateUnread, err := header.arrival(cells, in.o)
	a.line = line
	if err != nil {
		in.report.bad(ImportLine{Line: line, Email: shorten(header.cell(cells, columnEmail)), Text: err.Error()})
		return
	}
	if a.skip != "" {
		in.report.skipped(&a)
		return
	}
	begun, ended := maphash.String(in.seed, a.key), maphash.String(in.seed, a.key+" left")
	_, seenBegun := in.seen[begun]
	_, seenEnded := in.seen[ended]
	if seenEnded || (seenBegun && a.state == Confirmed) {
		a.skip = SkipDuplicate
		in.report.skipped(&a)
		return
	}
	if dateUnread {
		in.report.UnreadDates++
	}
	in.seen[begun] = struct{}{}
	if a.state == Unsubscribed {
		in.seen[ended] = struct{}{}
	}
	if seenBegun { // the file has them twice: leaving counts
		in.landing.late = append(in.landing.late, a)
		return
	}
	in.landing.rows = append(in.landing.rows, a)
}

func (in *importing) flush(ctx context.Context) error {
	l := in.landing
	err := in.store.land(ctx, l)
	slices.SortFunc(l.rows, func(a, b arrival) int { return cmp.Compare(a.line, b.line) })
	for _, arrivals := range [][]arrival{l.rows, l.late} {
		for i := range arrivals {
			a := &arrivals[i]
			switch {
			case err != nil: // neither in nor out
			case a.skip != "":
				in.report.skipped(a)
			case a.state == Unsubscribed:
				in.report.Unsubscribed++
			default:
				in.report.Added++
			}
		}
	}
	l.rows, l.late = l.rows[:0], l.late[:0]
	if in.o.Progress != nil {
		in.o.Progress(in.report.Lines)
	}
	return err
}

func (r *ImportReport) describe(c columns) {
	r.Columns = map[string]string{}
	for col, i := range c.at {
		if c.headless {
			r.Columns[string(col)] = fmt.Sprintf("column %d", i+1)
			continue
		}
		r.Columns[string(col)] = c.seen[i]
	}
	r.Ignored = c.ignored
}

func (r *ImportReport) bad(l ImportLine) {
	r.Bad++
	if len(r.BadLines) < maxReported {
		r.BadLines = append(r.BadLines, l)
	}
}

func (r *ImportReport) skipped(a *arrival) {
	r.Skipped++
	r.SkippedBy[a.skip]++
	if len(r.SkippedLines) < maxReported {
		r.SkippedLines = append(r.SkippedLines, ImportLine{Line: a.line, Email: a.Address.String(), Text: string(a.skip)})
	}
}

// shorten keeps a report readable when a cell is not.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
