package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pressrun/pressrun/digest/publish"
	"github.com/spf13/cobra"
)

func fetchCommand(a *app) *cobra.Command {
	var list listing
	cmd := &cobra.Command{
		Use: "fetch", Short: "Read all sources now",
		Long: `Read all sources now and keep their articles. serve does this by itself every few
minutes, and send does it before it picks.`,
		Example: "  pressrun fetch\n  pressrun fetch --json",
		Args:    atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			return p.fetch(cmd, list)
		},
	}
	list.flag(cmd)
	return cmd
}

// A fetched is what one source gave, for JSON.
type fetched struct {
	Source    string `json:"source"`
	Found     int    `json:"found"`
	New       int    `json:"new"`
	Unchanged bool   `json:"unchanged,omitempty"` // since it was last read
	Error     string `json:"error,omitempty"`
}

func (p *program) fetch(cmd *cobra.Command, list listing) error {
	collections, err := p.publisher.Collect(cmd.Context(), time.Now())
	if err != nil {
		return err
	}
	if len(collections) == 0 {
		return errors.New("there are no sources; add one with `pressrun sources add URL`")
	}
	var all []fetched
	failed := 0
	for _, c := range collections {
		f := fetched{Source: c.Source.URL, Found: c.Found, New: c.New, Unchanged: unchanged(c), Error: c.Source.Error}
		if c.Err != nil {
			failed++
		}
		all = append(all, f)
	}
	err = list.print(cmd.OutOrStdout(), all, func(w io.Writer) {
		row(w, "SOURCE", "ARTICLES", "NEW", "")
		for _, f := range all {
			found := number(f.Found)
			if f.Unchanged {
				found = "unchanged"
			}
			row(w, f.Source, found, number(f.New), f.Error)
		}
	})
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %s could not be read; what the others gave is kept", failed, plural(len(all), "source", "sources"))
	}
	return err
}

// unchanged reports whether a source said that nothing has changed since it was last read
// (304), and so gave no articles at all.
func unchanged(c publish.Collection) bool {
	return c.Err == nil && c.Found == 0 && c.Source.Error == "" && !c.Source.ChangedAt.Equal(c.Source.FetchedAt)
}
