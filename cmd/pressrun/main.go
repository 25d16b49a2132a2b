// Pressrun mails a news site's latest articles to its readers as a digest.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(run(os.Args[1:])) }

// run executes one command line. The first Ctrl-C lets what is under way finish; the
// second ends the program at once.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	var silent *silentError
	switch {
	case errors.As(err, &silent):
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "pressrun: interrupted before it was done; run it again.")
	default:
		fmt.Fprintln(os.Stderr, "pressrun: "+sentence(err))
	}
	var usage *usageError
	if errors.As(err, &usage) || strings.HasPrefix(err.Error(), "unknown command") {
		fmt.Fprintln(os.Stderr, "Run `pressrun --help` or `pressrun COMMAND --help` to see how it is used.")
		return exitUsage
	}
	return exitFailed
}

// A usageError is about the command line itself.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// A silentError has been explained on the screen already.
type silentError struct{ error }

// sentence ends an error as a sentence ends.
func sentence(err error) string {
	s := strings.TrimSpace(err.Error())
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?)\n") {
		return s
	}
	return s + "."
}

func newRoot() *cobra.Command {
	a := &app{}
	root := &cobra.Command{
		Use:   "pressrun",
		Short: "The newsletter digest of a news site",
		Long: `Pressrun picks a paper's latest articles, sets them as a newsletter and mails it
to the readers, on a schedule or at your word. Everything is kept in one SQLite
file beside pressrun.toml.`,
		Example: `  pressrun demo                          see it all at work, nothing to set up
  pressrun init https://paper.example    begin with a real paper
  pressrun preview daily -o issue.html   what would go out now
  pressrun send daily --test me@paper.example
  pressrun serve                         send by the clock, and serve the readers' pages`,
		SilenceErrors: true, SilenceUsage: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVarP(&a.configFile, "config", "c", "", "settings `FILE` (default pressrun.toml, or PRESSRUN_CONFIG)")
	root.PersistentFlags().BoolVarP(&a.verbose, "verbose", "v", false, "log every step to standard error")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(
		initCommand(a), demoCommand(), sourcesCommand(a), editionsCommand(a), subscribersCommand(a),
		fetchCommand(a), previewCommand(a), sendCommand(a), statusCommand(a), issuesCommand(a), verifyCommand(a), serveCommand(a), editorsCommand(a), tokensCommand(a), webhooksCommand(a), templatesCommand(a), benchCommand(), adoptCommand(a), versionCommand(),
	)
	return root
}

// exactly checks the number of arguments and names them in the error.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return usagef("%s needs %s; there are %d arguments", cmd.CommandPath(), strings.Join(names, " and "), len(args))
		}
		return nil
	}
}

// atMost checks that there are no more arguments than that.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("%s takes at most %d arguments; %q is too much", cmd.CommandPath(), n, args[n])
		}
		return nil
	}
}
