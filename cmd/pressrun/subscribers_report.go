package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/pressrun/pressrun/subscribers"
)

// mostListed is how many lines of each kind a report lists.
const mostListed = 50

// printReport tells what became of a file.
func printReport(out io.Writer, r subscribers.ImportReport, dryRun bool) error {
	added, left := "added", "unsubscribed, because the file says so"
	if dryRun {
		fmt.Fprintln(out, "Nothing was changed: this is what would happen.")
		added, left = "would be added", "would be unsubscribed, because the file says so"
	}
	if r.System != "" {
		fmt.Fprintf(out, "This is an export of %s.\n", r.System)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Columns)) {
		fmt.Fprintf(out, "Column %q is the %s.\n", r.Columns[name], name)
	}
	if len(r.Ignored) > 0 {
		fmt.Fprintf(out, "Columns not used: %q.\n", r.Ignored)
	}
	if caution := r.System.Caution(); caution != "" {
		fmt.Fprintln(out, caution)
	}
	if r.Latin {
		fmt.Fprintln(out, "Some lines are not UTF-8; they were read as Windows-1252. Look at the names.")
	}
	if r.UnreadDates > 0 {
		fmt.Fprintf(out, "%s with a date that could have two meanings or none; they have today's.\n", plural(r.UnreadDates, "reader", "readers"))
	}
	printLostTopics(out, r.LostTopics)
	fmt.Fprintln(out)
	err := (&listing{}).print(out, nil, func(w io.Writer) {
		row(w, number(r.Added), added)
		if r.Unsubscribed > 0 {
			row(w, number(r.Unsubscribed), left)
		}
		reasons := slices.SortedFunc(maps.Keys(r.SkippedBy), func(a, b subscribers.Skip) int {
			return cmp.Or(cmp.Compare(r.SkippedBy[b], r.SkippedBy[a]), cmp.Compare(a, b))
		})
		for _, why := range reasons {
			row(w, number(r.SkippedBy[why]), "skipped: "+string(why))
		}
		if r.Bad > 0 {
			row(w, number(r.Bad), "bad lines, left out")
		}
		row(w, number(r.Lines), "lines in all")
	})
	if r.Suppressed > 0 {
		never := "will not be written to any more"
		if dryRun {
			never = "would not be written to any more"
		}
		fmt.Fprintf(out, "\nOf these, %s %s: the file says that mail to them bounced, that they complained, or that they were blocked.\n",
			plural(r.Suppressed, "address", "addresses"), never)
	}
	if r.ID != 0 {
		fmt.Fprintf(out, "\nThis was import %d; `pressrun subscribers undo %d` takes it back.\n", r.ID, r.ID)
	}
	if r.Bad > 0 {
		fmt.Fprintln(out, "\nBad lines:")
		for _, l := range r.BadLines[:min(mostListed, len(r.BadLines))] {
			fmt.Fprintf(out, "  line %d: %s%s\n", l.Line, quoted(l.Email), l.Text)
		}
		if more := r.Bad - int64(min(mostListed, len(r.BadLines))); more > 0 {
			fmt.Fprintf(out, "  … and %s more\n", number(more))
		}
	}
	return err
}

// printLostTopics names topics in the file that nobody can choose here.
func printLostTopics(out io.Writer, lost map[string]int64) {
	if len(lost) == 0 {
		return
	}
	topics := slices.SortedFunc(maps.Keys(lost), func(a, b string) int {
		return cmp.Or(cmp.Compare(lost[b], lost[a]), cmp.Compare(a, b))
	})
	const most = 10
	shown := topics[:min(most, len(topics))]
	fmt.Fprintf(out, "Topics that the edition does not offer were left out: %q", shown)
	if more := len(topics) - len(shown); more > 0 {
		fmt.Fprintf(out, " and %s more", number(more))
	}
	fmt.Fprintln(out, ". Who has no other topic gets all; offer the topics first if that is not what you mean.")
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("%q: ", s)
}

// A refusedFile is a CSV file of the lines that an import left out, for its owner's eyes
// only. A nil one does nothing.
type refusedFile struct {
	f   *os.File
	out *csv.Writer
}

func createRefused(path string) (*refusedFile, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot write the report: %w", err)
	}
	r := &refusedFile{f: f, out: csv.NewWriter(f)}
	return r, r.out.Write([]string{"line", "what", "email", "why"})
}

func (r *refusedFile) write(l subscribers.ImportLine) error {
	what := "skipped"
	if l.Bad {
		what = "bad"
	}
	return r.out.Write([]string{strconv.FormatInt(l.Line, 10), what, subscribers.Guard(l.Email), subscribers.Guard(l.Text)})
}

func (r *refusedFile) close() error {
	if r == nil {
		return nil
	}
	r.out.Flush()
	if err := errors.Join(r.out.Error(), r.f.Close()); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return nil
}
