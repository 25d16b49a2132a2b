package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/subscribers"
)

func subscribersImportCommand(a *app) *cobra.Command {
	var to subscription
	var o subscribers.ImportOptions
	var reportFile string
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Add the readers of a CSV file",
		Long: `Add the readers of a CSV file, or of standard input for -, to an edition. The columns
are found by their headings, in English or Arabic: e-mail, name, language, status, topics,
frequency and dates. The first line may also be a reader. Exports of Mailchimp, listmonk,
Ghost, Substack and MailPoet are recognised.

Bad lines are listed with their numbers and the rest goes in. Readers who left, whose
mail came back or who reported it as spam stay away. Those the file calls unsubscribed
are unsubscribed here, and those it says bounced or complained are not written to at all.

--dry-run tells the same and changes nothing; "pressrun subscribers undo" takes an import
back.`,
		Example: `  pressrun subscribers import readers.csv --edition daily --evidence "signed up on paper.example" --dry-run
  pressrun subscribers import readers.csv --edition daily --evidence "signed up on paper.example" --report skipped.csv
  pressrun subscribers import gone.csv --edition daily --evidence "left in the old system" --left
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
			o.Edition, o.Evidence, o.Offer, o.Now, o.Progress = e.Slug, to.evidence, e.Rules.Offer, time.Now(), progress.lines
			if args[0] != "-" {
				o.File = filepath.Base(args[0])
			}
			var refused *refusedFile
			if reportFile != "" {
				if refused, err = createRefused(reportFile); err != nil {
					return err
				}
				o.Refused = refused.write
			}
			report, err := p.readers.Import(cmd.Context(), progress.reading(in), o)
			progress.finish()
			err = errors.Join(err, refused.close())
			if err != nil && report.Lines == 0 {
				return fmt.Errorf("%s: %w; nothing was changed", args[0], err)
			}
			printErr := printReport(cmd.OutOrStdout(), report, o.DryRun)
			if err != nil {
				return fmt.Errorf("%s: the import stopped, and the table tells what was done by then; import the file again to go on, it adds nobody twice: %w", args[0], err)
			}
			if refused != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "Wrote %s to %s.\n", plural(report.Skipped+report.Bad, "skipped or bad line", "skipped and bad lines"), reportFile)
			}
			return printErr
		},
	}
	to.flags(a, cmd)
	cmd.Flags().StringVar(&o.Language, "language", "", "language `TAG` of readers for whom the file has none")
	cmd.Flags().BoolVar(&o.Left, "left", false, "all readers of the file have left: unsubscribe them, and keep them away")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "tell what would happen, and change nothing")
	cmd.Flags().StringVar(&reportFile, "report", "", "write every skipped and bad line into this CSV `FILE`")
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
