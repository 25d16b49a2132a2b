package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/cmd/pressrun/desk"
	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

func editorsCommand(a *app) *cobra.Command {
	return commandGroup(&cobra.Command{
		Use: "editors", Short: "Who may work at the desk in the browser",
		Example: `  pressrun editors add "Mona Haddad" mona@paper.example
  pressrun editors add "Tom Reyes" tom@paper.example --role viewer
  pressrun editors reset mona@paper.example`,
	}, editorsListCommand(a), editorsAddCommand(a), editorsResetCommand(a), editorsRemoveCommand(a))
}

// An editorView is an editor for people and for JSON.
type editorView struct {
	Name   string     `json:"name"`
	Email  string     `json:"email"`
	Role   staff.Role `json:"role"`
	Joined bool       `json:"joined"`
	Codes  bool       `json:"codes"`
	// Ways are how they come in: "password", "code" (a password and a code), "passkey",
	// "account" (at the provider).
	Ways []staff.Way `json:"ways"`
	Seen *time.Time  `json:"seen,omitempty"`
}

func editorsListCommand(a *app) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "list", Short: "List who may work at the desk", Args: atMost(0),
		Example: "  pressrun editors list\n  pressrun editors list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			all, err := p.staff.Editors(cmd.Context())
			if err != nil {
				return err
			}
			views := []editorView{}
			for _, e := range all {
				v := editorView{Name: e.Name, Email: e.Email, Role: e.Role, Joined: e.Joined, Codes: e.TOTP, Ways: append([]staff.Way{}, e.Ways(p.cfg.OIDC.Passwords)...)}
				if !e.LastSeen.IsZero() {
					v.Seen = &e.LastSeen
				}
				views = append(views, v)
			}
			if len(views) == 0 && !l.json {
				fmt.Fprintln(cmd.OutOrStdout(), "Nobody may work at the desk yet; let the first in with `pressrun editors add NAME EMAIL`.")
				return nil
			}
			return l.print(cmd.OutOrStdout(), views, func(w io.Writer) {
				row(w, "NAME", "EMAIL", "ROLE", "LOGIN", "LAST HERE")
				for _, v := range views {
					row(w, clip(v.Name, 40), v.Email, v.Role, v.login(), v.lastHere())
				}
			})
		},
	}
	l.flag(cmd)
	return cmd
}

func (v editorView) login() string {
	var ways []string
	for _, way := range v.Ways {
		ways = append(ways, map[staff.Way]string{
			staff.ByPassword: "password", staff.ByCode: "password and code", staff.ByPasskey: "passkey", staff.ByAccount: "account",
		}[way])
	}
	switch {
	case !v.Joined:
		return "link not used yet"
	case len(ways) == 0:
		return "-" // only a password, and passwords are not in use
	}
	return strings.Join(ways, ", ")
}

func (v editorView) lastHere() string {
	if v.Seen == nil {
		return "-"
	}
	return v.Seen.Local().Format("2006-01-02 15:04")
}

func editorsAddCommand(a *app) *cobra.Command {
	var role string
	cmd := &cobra.Command{
		Use: "add NAME EMAIL", Short: "Let somebody work at the desk",
		Long: `Let somebody work at the desk, and print a link for them. It opens the desk once, within
48 hours, and lets them choose a password. Where editors log in with accounts elsewhere
(oidc in the settings), they need no link: their account's address is enough.

Owners do everything and let others in; editors make and send issues; viewers look, and
change nothing. The first is an owner, others are editors unless --role says more.`,
		Example: `  pressrun editors add "Mona Haddad" mona@paper.example
  pressrun editors add "Tom Reyes" tom@paper.example --role viewer`,
		Args: exactly("NAME", "EMAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, now := cmd.Context(), time.Now()
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			if _, err := p.staff.Editor(ctx, args[1]); !errors.Is(err, staff.ErrNoEditor) {
				if err != nil {
					return err
				}
				return fmt.Errorf("%s may work at the desk already; `pressrun editors reset %s` makes a new link", args[1], args[1])
			}
			r, err := p.roleFor(ctx, role)
			if err != nil {
				return err
			}
			token, err := p.staff.Invite(ctx, args[0], args[1], r, now)
			if err != nil {
				return err
			}
			if err := p.noteByHand(ctx, "invite", args[1], string(r), now); err != nil {
				return err
			}
			p.printLink(cmd, args[0], token)
			return nil
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "`ROLE`: owner, editor or viewer")
	return cmd
}

// roleFor makes the first one an owner, who may let others in.
func (p *program) roleFor(ctx context.Context, asked string) (staff.Role, error) {
	any, err := p.staff.Any(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case asked == "" && any:
		return staff.Writer, nil
	case asked == "":
		return staff.Owner, nil
	}
	r, err := staff.ParseRole(asked)
	if err != nil {
		return "", usagef("%w", err)
	}
	if r != staff.Owner && !any {
		return "", errors.New("the first one at the desk has to be an owner, who can let others in")
	}
	return r, nil
}

func (p *program) printLink(cmd *cobra.Command, name, token string) {
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n", desk.InviteURL(p.publisher.Composer.BaseURL, token))
	fmt.Fprintf(cmd.ErrOrStderr(), "Give %s this link: it opens the desk once, within 48 hours, while `pressrun serve` runs.\n", name)
}

// handName is who works at the command line.
func handName() string {
	name := "command line"
	if u, err := user.Current(); err == nil {
		name += " (" + u.Username + ")"
	}
	return name
}

// noteByHand writes to the audit log what was done at the command line.
func (p *program) noteByHand(ctx context.Context, act, what, detail string, now time.Time) error {
	return p.staff.Note(ctx, staff.Entry{Name: handName(), Act: act, What: what, Detail: detail, At: now})
}

func editorsResetCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "reset EMAIL", Short: "Make a new link for somebody who cannot log in",
		Long: `Make a new link for somebody who has lost their password, their authenticator program or
the device with their passkey. All of them stop working at once, an account elsewhere that
let them in is forgotten, and they are logged out everywhere.

The link is also the way in while the provider of accounts (oidc in the settings) is down,
where no passwords are in use.`,
		Example: "  pressrun editors reset mona@paper.example",
		Args:    exactly("EMAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, now := cmd.Context(), time.Now()
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			e, err := p.staff.Editor(ctx, args[0])
			if err != nil {
				return err
			}
			token, err := p.staff.Reset(ctx, e.ID, now)
			if err != nil {
				return err
			}
			if err := p.noteByHand(ctx, "reset", e.Email, "", now); err != nil {
				return err
			}
			p.printLink(cmd, e.Name, token)
			return nil
		},
	}
}

func editorsRemoveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove EMAIL", Short: "Keep somebody out of the desk from now on",
		Example: "  pressrun editors remove tom@paper.example",
		Args:    exactly("EMAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			e, err := p.staff.Editor(ctx, args[0])
			if err != nil {
				return err
			}
			if err := p.staff.Remove(ctx, e.ID); err != nil {
				return err
			}
			if err := p.noteByHand(ctx, "remove", e.Email, "", time.Now()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s may not work at the desk any more.\n", strings.TrimSpace(e.Name))
			return nil
		},
	}
}
