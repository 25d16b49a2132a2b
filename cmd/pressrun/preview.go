package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/spf13/cobra"
)

func previewCommand(a *app) *cobra.Command {
	var format, output, at, language string
	var fetchFirst bool
	cmd := &cobra.Command{
		Use: "preview EDITION", Short: "Show what an edition would send now",
		Long: `Show what an edition would send now, or at another time: the letter as HTML, text
or whole message, and on standard error each story with the reason it is in or out.
Nothing is saved and nothing is sent.`,
		Example: `  pressrun preview daily -o issue.html
  pressrun preview daily --format text
  pressrun preview daily --format eml -o issue.eml --at "2026-11-27 07:00"`,
		Args: exactly("EDITION"), ValidArgsFunction: a.completeEditions,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			if fetchFirst {
				if _, err := p.publisher.Collect(cmd.Context(), time.Now()); err != nil {
					return err
				}
			}
			return p.preview(cmd, args[0], format, output, at, language)
		},
	}
	cmd.Flags().StringVar(&format, "format", "html", "html, text or eml")
	cmd.Flags().StringVarP(&output, "output", "o", "-", "`FILE` to write, - for standard output")
	cmd.Flags().StringVar(&at, "at", "", "as of this `TIME` in the edition's zone (\"2026-11-27 07:00\") or RFC 3339")
	cmd.Flags().StringVar(&language, "language", "", "the variant to show (default the edition's first language)")
	cmd.Flags().BoolVar(&fetchFirst, "fetch", false, "read the sources first")
	return cmd
}

func (p *program) preview(cmd *cobra.Command, slug, format, output, at, language string) error {
	e, err := p.edition(cmd.Context(), slug)
	if err != nil {
		return err
	}
	when, err := parseTime(at, e)
	if err != nil {
		return err
	}
	draft, err := p.publisher.Draft(cmd.Context(), slug, when, false)
	if err != nil {
		return err
	}
	listStories(cmd.ErrOrStderr(), draft.Issue)
	if draft.Issue.State == digest.IssueSkipped {
		return p.tooFew(cmd.Context(), draft, fmt.Sprintf("an issue at %s would be skipped", when.In(zone(e)).Format("Mon 2 Jan 2006 15:04 MST")))
	}
	letter, err := letterIn(draft, language)
	if err != nil {
		return err
	}
	data, err := p.render(letter, format, when)
	if err != nil {
		return err
	}
	if output == "-" {
		_, err = cmd.OutOrStdout().Write(data)
		return err
	}
	if err := os.WriteFile(output, data, 0o644); err != nil {
		return fmt.Errorf("cannot write the preview: %w", err)
	}
	said := fmt.Sprintf("%s: %s, %s bytes. %s", output, letter.Subject, number(len(data)), letter.Trims)
	fmt.Fprintln(cmd.ErrOrStderr(), strings.TrimSpace(said))
	return nil
}

// letterIn returns the draft's letter in a language, the first for "".
func letterIn(d publish.Draft, language string) (compose.Letter, error) {
	var have []string
	for _, l := range d.Letters {
		if language == "" || l.Language == language {
			return l, nil
		}
		have = append(have, l.Language)
	}
	return compose.Letter{}, fmt.Errorf("the issue has nothing in %q; it has %s", language, strings.Join(have, ", "))
}

// render shows a letter with a sample reader's values. The links of a preview lead to
// nobody's subscription.
func (p *program) render(l compose.Letter, format string, when time.Time) ([]byte, error) {
	sample := strings.Repeat("x", subscribers.TokenLen)
	filled := strings.NewReplacer(compose.Unsubscribe, sample, compose.Preferences, sample)
	switch format {
	case "html":
		return []byte(filled.Replace(string(l.HTML))), nil
	case "text":
		return []byte(filled.Replace(string(l.Text))), nil
	case "eml":
		env, err := l.Message.For(message.Recipient{
			Address: "reader@example.com", Date: when, MessageID: p.sealer.MessageID(0), Return: p.sealer.Return(0),
		}, []string{sample, sample})
		if err != nil {
			return nil, err
		}
		return env.Bytes(), nil
	}
	return nil, usagef("--format %q is not known; write html, text or eml", format)
}

// parseTime reads a time given by hand, now for "".
func parseTime(s string, e digest.Edition) (time.Time, error) {
	if s == "" {
		return time.Now(), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, zone(e)); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("the time %q is not one; write it like “2026-11-27 07:00” or “2026-11-27T07:00:00+03:00”", s)
}
