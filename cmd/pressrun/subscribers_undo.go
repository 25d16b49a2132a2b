package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/subscribers"
)

func subscribersImportsCommand(a *app) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "imports", Short: "List the files of readers that were imported", Args: atMost(0),
		Long: `List the imports, the latest first: what each brought, where the readers' consent comes
from, and whether it was undone.`,
		Example: "  pressrun subscribers imports\n  pressrun subscribers imports --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			imports, err := p.readers.Imports(cmd.Context())
			if err != nil {
				return err
			}
			views := []importView{}
			for _, i := range imports {
				views = append(views, viewImport(i))
			}
			if len(views) == 0 && !l.json {
				fmt.Fprintln(cmd.OutOrStdout(), "Nothing was imported yet; `pressrun subscribers import` takes a CSV file.")
				return nil
			}
			return l.print(cmd.OutOrStdout(), views, func(w io.Writer) {
				row(w, "ID", "WHEN", "EDITION", "FILE", "FROM", "ADDED", "LEFT", "UNDONE", "EVIDENCE")
				for i, v := range views {
					row(w, v.ID, minute(v.At), v.Edition, dash(clip(v.File, 30)), dash(v.System), number(v.Added), number(v.Unsubscribed),
						minute(imports[i].Undone), clip(v.Evidence, 50))
				}
			})
		},
	}
	l.flag(cmd)
	return cmd
}

// An importView is an import as JSON.
type importView struct {
	ID           int64      `json:"id"`
	At           time.Time  `json:"at"`
	Edition      string     `json:"edition"`
	File         string     `json:"file"`
	System       string     `json:"system"`
	Added        int64      `json:"added"`
	Unsubscribed int64      `json:"unsubscribed"`
	Undone       *time.Time `json:"undone"`
	Evidence     string     `json:"evidence"`
}

func viewImport(i subscribers.Import) importView {
	return importView{i.ID, i.At, i.Edition, i.File, string(i.System), i.Added, i.Unsubscribed, known(i.Undone), i.Evidence}
}

func subscribersUndoCommand(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "undo IMPORT", Short: "Take an import back",
		Long: `Take an import back: readers it added are removed, and those it unsubscribed or suppressed
are as they were before. Who has done something since (confirmed, left, come back, chosen,
renamed) is left as they are and listed; so is whom a later import changed. Take the
latest import back first.

IMPORT is its number, which import tells at its end and "pressrun subscribers imports" lists.`,
		Example: `  pressrun subscribers undo 3
  pressrun subscribers undo 3 --yes       from a script`,
		Args: exactly("the number of an IMPORT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, out := cmd.Context(), cmd.OutOrStdout()
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || id < 1 {
				return usagef("%q is no number of an import; `pressrun subscribers imports` lists them", args[0])
			}
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			i, err := p.importByID(cmd, id)
			if err != nil {
				return err
			}
			question := fmt.Sprintf("Import %d of %s added %s to %s and unsubscribed %s. Take it back?",
				i.ID, minute(i.At), plural(i.Added, "reader", "readers"), i.Edition, number(i.Unsubscribed))
			if err := agree(cmd, question, yes); err != nil {
				return err
			}
			progress := newImportProgress(cmd.ErrOrStderr(), -1)
			report, err := p.readers.Undo(ctx, id, time.Now(), progress.lines)
			progress.finish()
			if err != nil && !errors.Is(err, subscribers.ErrNoUndo) {
				err = fmt.Errorf("%w; what was taken back by then stays so, and the same command goes on", err)
			}
			if err == nil || report.Removed+report.Restored+report.Lifted > 0 {
				printUndo(out, report)
			}
			return err
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// importByID returns an import that can still be undone.
func (p *program) importByID(cmd *cobra.Command, id int64) (subscribers.Import, error) {
	imports, err := p.readers.Imports(cmd.Context())
	if err != nil {
		return subscribers.Import{}, err
	}
	for _, i := range imports {
		if i.ID != id {
			continue
		}
		if !i.Undone.IsZero() {
			return i, fmt.Errorf("import %d was taken back on %s already", id, minute(i.Undone))
		}
		return i, nil
	}
	return subscribers.Import{}, fmt.Errorf("there is no import %d; `pressrun subscribers imports` lists them", id)
}

func printUndo(out io.Writer, r subscribers.UndoReport) {
	fmt.Fprintf(out, "Import %d is taken back: %s removed", r.Import.ID, plural(r.Removed, "subscription", "subscriptions"))
	if r.Restored > 0 {
		fmt.Fprintf(out, ", %s as before", number(r.Restored))
	}
	if r.Lifted > 0 {
		fmt.Fprintf(out, ", %s may be written to again", plural(r.Lifted, "address", "addresses"))
	}
	fmt.Fprintln(out, ".")
	if r.Kept == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s left as they are:\n", plural(r.Kept, "reader is", "readers are"))
	shown := r.KeptReaders[:min(mostListed, len(r.KeptReaders))]
	for _, k := range shown {
		fmt.Fprintf(out, "  %s %s\n", k.Email, k.Text)
	}
	if more := r.Kept - int64(len(shown)); more > 0 {
		fmt.Fprintf(out, "  … and %s more\n", number(more))
	}
}

// agree asks before something that cannot be had back. Elsewhere than on a terminal nobody
// can answer, so that --yes is needed.
func agree(cmd *cobra.Command, question string, yes bool) error {
	err := confirm(cmd, question, yes)
	if _, nobody := errors.AsType[*usageError](err); err == nil || nobody {
		return err
	}
	return errors.New("nothing was changed")
}
