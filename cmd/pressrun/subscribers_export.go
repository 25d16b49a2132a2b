package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

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
