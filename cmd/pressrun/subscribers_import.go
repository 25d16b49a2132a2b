package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/subscribers"
)

func subscribersImportCommand(a *app) *cobra.Command {
	var to subscription
	var language string
	var dryRun bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Add the readers of a CSV file",
		Long: `Add the readers of a CSV file, or of standard input for -, to an edition. The columns
are found by their headings (email, name, language, status, dates and the like, as
other newsletter systems write them); the first line may also be a reader.

Bad lines are listed with their numbers and the rest goes in. Readers who left, whose
mail came back or who reported it as spam stay away, and those the file calls
unsubscribed are unsubscribed here. --dry-run tells the same and changes nothing.`,
		Example: `  pressrun subscribers import readers.csv --edition daily --evidence "signed up on paper.example" --dry-run
  pressrun subscribers import readers.csv --edition daily --evidence "signed up on paper.example"
  zcat readers.csv.gz | pressrun subscribers import - -e daily --evidence "list of the old system"`,
		Args: exactly("a FILE (or -)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := to.check(); err != nil {
				return err
			}
			in, size, err := openInput(cmd, args[0])
			if err != nil {
				return err
			}
			defer in.Close()
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			e, err := p.edition(cmd.Context(), to.edition)
			if err != nil {
				return err
			}
			progress := newImportProgress(cmd.ErrOrStderr(), size)
			report, err := p.readers.Import(cmd.Context(), progress.reading(in), subscribers.ImportOptions{
				Edition: e.Slug, Evidence: to.evidence, Language: language, DryRun: dryRun, Now: time.Now(), Progress: progress.lines,
			})
			progress.finish()
			if err != nil && report.Lines == 0 {
				return fmt.Errorf("%s: %w; nothing was changed", args[0], err)
			}
			printErr := printReport(cmd.OutOrStdout(), report, dryRun)
			if err != nil {
				return fmt.Errorf("%s: the import stopped, and the table tells what was done by then; import the file again to go on, it adds nobody twice: %w", args[0], err)
			}
			return printErr
		},
	}
	to.flags(a, cmd)
	cmd.Flags().StringVar(&language, "language", "", "language `TAG` of readers for whom the file has none")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "tell what would happen, and change nothing")
	return cmd
}

// openInput opens a file, or standard input for "-". size is -1 if it is not known.
func openInput(cmd *cobra.Command, name string) (in io.ReadCloser, size int64, err error) {
	if name == "-" {
		return io.NopCloser(cmd.InOrStdin()), -1, nil
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("there is no file %s; check its name, or write - for standard input", name)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("cannot read the file: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder; name a CSV file in it", name)
	}
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return f, -1, nil
	}
	return f, info.Size(), nil
}

// importProgress shows how far a file is read: a bar on a terminal, elsewhere a line every
// few seconds.
type importProgress struct {
	out  io.Writer
	bar  *progressbar.ProgressBar // nil where there is no terminal
	last time.Time
}

func newImportProgress(out io.Writer, size int64) *importProgress {
	p := &importProgress{out: out, last: time.Now()}
	if f, ok := out.(*os.File); ok && isTerminal(f) {
		p.bar = progressbar.NewOptions64(size, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("importing"),
			progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return p
}

// reading returns in, with what is read of it counted on the bar.
func (p *importProgress) reading(in io.Reader) io.Reader {
	if p.bar == nil {
		return in
	}
	return io.TeeReader(in, p.bar)
}

func (p *importProgress) lines(done int64) {
	if now := time.Now(); p.bar == nil && now.Sub(p.last) >= lineEvery {
		p.last = now
		fmt.Fprintf(p.out, "importing: %s done\n", plural(done, "line", "lines"))
	}
}

func (p *importProgress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

// mostListed is how many lines of each kind a report lists.
const mostListed = 50

// printReport tells what became of a file.
func printReport(out io.Writer, r subscribers.ImportReport, dryRun bool) error {
	added, left := "added", "unsubscribed, because the file says so"
	if dryRun {
		fmt.Fprintln(out, "Nothing was changed: this is what would happen.")
		added, left = "would be added", "would be unsubscribed, because the file says so"
	}
	for _, name := range slices.Sorted(maps.Keys(r.Columns)) {
		fmt.Fprintf(out, "Column %q is the %s.\n", r.Columns[name], name)
	}
	if len(r.Ignored) > 0 {
		fmt.Fprintf(out, "Columns not used: %q.\n", r.Ignored)
	}
	if r.Latin {
		fmt.Fprintln(out, "Some lines are not UTF-8; they were read as Windows-1252. Look at the names.")
	}
	if r.UnreadDates > 0 {
		fmt.Fprintf(out, "%s with a date that could have two meanings or none; they have today's.\n", plural(r.UnreadDates, "reader", "readers"))
	}
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

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf("%q: ", s)
}

func subscribersExportCommand(a *app) *cobra.Command {
	var edition, output string
	cmd := &cobra.Command{
		Use: "export", Short: "Write readers to a CSV file",
		Long: `Write the subscriptions of an edition, or of all, as CSV that import and spreadsheets
read: with those who left, so that no other system writes to them.`,
		Example: "  pressrun subscribers export --edition daily -o readers.csv\n  pressrun subscribers export | gzip > all.csv.gz",
		Args:    atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			if edition != "" {
				if _, err := p.edition(cmd.Context(), edition); err != nil {
					return err
				}
			}
			if output == "-" {
				_, err := p.readers.Export(cmd.Context(), cmd.OutOrStdout(), edition)
				return err
			}
			n, err := p.exportTo(cmd.Context(), output, edition)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "Wrote %s to %s.\n", plural(n, "subscription", "subscriptions"), output)
			return nil
		},
	}
	editionFlag(a, cmd, &edition, "subscriptions of this `EDITION` only")
	cmd.Flags().StringVarP(&output, "output", "o", "-", "`FILE` to write, - for standard output")
	return cmd
}

// exportTo writes a file that only its owner can read, all of it or none. What is no
// ordinary file, such as a pipe, is written to as it is.
func (p *program) exportTo(ctx context.Context, path, edition string) (n int64, err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return 0, fmt.Errorf("cannot write the file: %w", err)
		}
		n, err := p.readers.Export(ctx, f, edition)
		return n, errors.Join(err, f.Close())
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".export-*.csv")
	if err != nil {
		return 0, fmt.Errorf("cannot write the file: %w", err)
	}
	n, err = p.readers.Export(ctx, f, edition)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return n, err
}
