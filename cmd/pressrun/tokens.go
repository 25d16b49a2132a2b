package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

func tokensCommand(a *app) *cobra.Command {
	return commandGroup(&cobra.Command{
		Use: "tokens", Short: "What lets other programs in at /api/v1",
		Long: `Other programs do at /api/v1 what editors do at the desk, with a token each. It is shown
once, when it is made, and only its hash is kept. What they may ask is described at
/api/v1/openapi.json of the site.`,
		Example: `  pressrun tokens add newsroom --scope write
  pressrun tokens add dashboard --expires 90d
  pressrun tokens revoke 3`,
	}, tokensListCommand(a), tokensAddCommand(a), tokensRevokeCommand(a))
}

// A tokenView is a token for people and for JSON.
type tokenView struct {
	ID      int64         `json:"id"`
	Name    string        `json:"name"`
	Scopes  []staff.Scope `json:"scopes"`
	Added   time.Time     `json:"added"`
	Expires *time.Time    `json:"expires,omitempty"`
	Seen    *time.Time    `json:"seen,omitempty"`
}

func tokensListCommand(a *app) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "list", Short: "List the tokens", Args: atMost(0),
		Example: "  pressrun tokens list\n  pressrun tokens list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			all, err := p.staff.Tokens(cmd.Context())
			if err != nil {
				return err
			}
			views := []tokenView{}
			for _, t := range all {
				views = append(views, tokenView{t.ID, t.Name, t.Scopes, t.Added, known(t.Expires), known(t.LastSeen)})
			}
			if len(views) == 0 && !l.json {
				fmt.Fprintln(cmd.OutOrStdout(), "There are no tokens; make one with `pressrun tokens add NAME`.")
				return nil
			}
			return l.print(cmd.OutOrStdout(), views, func(w io.Writer) {
				row(w, "TOKEN", "NAME", "SCOPES", "MADE", "GOOD UNTIL", "LAST USED")
				for i, v := range views {
					until := "it is revoked"
					if v.Expires != nil {
						until = minute(*v.Expires)
					}
					row(w, v.ID, clip(v.Name, 40), wordList(v.Scopes), minute(v.Added), until, minute(all[i].LastSeen))
				}
			})
		},
	}
	l.flag(cmd)
	return cmd
}

func wordList[T ~string](words []T) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return strings.Join(all, ", ")
}

func tokensAddCommand(a *app) *cobra.Command {
	var scopes []string
	var expires string
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Make a token for a program",
		Long: `Make a token for a program, and print it this once. NAME says which program it is; the
audit log names it with all it does.

With the scope read it looks at everything, readers' addresses too. With write it also
changes editions, plans, sources, articles and readers; with send it also publishes,
pauses, resumes and cancels issues. --expires says how long it is good for, such as 90d;
without it, until it is revoked.`,
		Example: `  pressrun tokens add dashboard --expires 90d
  pressrun tokens add newsroom --scope write
  pressrun tokens add "night desk" --scope read,write,send`,
		Args: exactly("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, now := cmd.Context(), time.Now()
			until, err := expiry(expires, now)
			if err != nil {
				return err
			}
			var asked []staff.Scope
			for _, s := range scopes {
				asked = append(asked, staff.Scope(strings.TrimSpace(s)))
			}
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			token, err := p.staff.MintToken(ctx, args[0], asked, until, now)
			if err != nil {
				return usagef("%w", err)
			}
			if err := p.noteByHand(ctx, "token", args[0], wordList(asked), now); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), token)
			fmt.Fprintf(cmd.ErrOrStderr(), "It is shown this once. The program sends it as “Authorization: Bearer …” to %s/api/v1/.\n", p.publisher.Composer.BaseURL)
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&scopes, "scope", []string{string(staff.Read)}, "`SCOPES`: read, write and send")
	cmd.Flags().StringVar(&expires, "expires", "", "`TIME` for which it is good, such as 90d or 12h")
	_ = cmd.RegisterFlagCompletionFunc("scope", cobra.FixedCompletions([]string{"read", "write", "send"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// expiry reads for how long something is good; "" is for ever, the zero time.
func expiry(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 3650 {
			return now.AddDate(0, 0, n), nil
		}
	} else if d, err := time.ParseDuration(s); err == nil && d > 0 {
		return now.Add(d), nil
	}
	return time.Time{}, usagef("--expires %q is no time; write days as in 90d, or hours as in 12h", s)
}

func tokensRevokeCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "revoke TOKEN", Short: "End a token at once",
		Long:    "End a token at once. TOKEN is the number that `pressrun tokens list` shows.",
		Example: "  pressrun tokens revoke 3", Args: exactly("TOKEN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return usagef("%q is no token; `pressrun tokens list` shows their numbers", args[0])
			}
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			all, err := p.staff.Tokens(ctx)
			if err != nil {
				return err
			}
			for _, t := range all {
				if t.ID != id {
					continue
				}
				if err := p.staff.Revoke(ctx, id); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "The token of %s lets nobody in any more.\n", t.Name)
				return p.noteByHand(ctx, "revoke", t.Name, "", time.Now())
			}
			return fmt.Errorf("there is no token %d; `pressrun tokens list` shows those there are", id)
		},
	}
}
