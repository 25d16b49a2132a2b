package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/cmd/pressrun/api"
)

func webhooksCommand(a *app) *cobra.Command {
	return commandGroup(&cobra.Command{
		Use: "webhooks", Short: "Tell other programs what happens",
		Long: `Tell other programs when an issue is sent, deliveries failed, a reader subscribed or left.
` + "`pressrun serve`" + ` sends each a signed message (Standard Webhooks), again and again for three
days until it is answered with 2xx. Of readers it has the number and no address.`,
		Example: `  pressrun webhooks add https://paper.example/hook
  pressrun webhooks add https://paper.example/hook --event issue.sent,delivery.failed
  pressrun webhooks test 1`,
	}, webhooksListCommand(a), webhooksAddCommand(a), webhooksTestCommand(a), webhooksRemoveCommand(a))
}

// A webhookView is a webhook for people and for JSON.
type webhookView struct {
	ID       int64       `json:"id"`
	URL      string      `json:"url"`
	Events   []api.Event `json:"events"`
	Added    time.Time   `json:"added"`
	Disabled *time.Time  `json:"disabled,omitempty"`
	Why      string      `json:"why,omitempty"`
}

func (v webhookView) state() string {
	if v.Disabled == nil {
		return "told"
	}
	return "not told since " + minute(*v.Disabled) + ": " + v.Why
}

func webhooksListCommand(a *app) *cobra.Command {
	var l listing
	cmd := &cobra.Command{
		Use: "list", Short: "List the webhooks", Args: atMost(0),
		Example: "  pressrun webhooks list\n  pressrun webhooks list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			all, err := p.hooks().List(cmd.Context())
			if err != nil {
				return err
			}
			views := []webhookView{}
			for _, k := range all {
				views = append(views, webhookView{k.ID, k.URL, k.Events, k.Created, known(k.Disabled), k.Why})
			}
			if len(views) == 0 && !l.json {
				fmt.Fprintln(cmd.OutOrStdout(), "There are no webhooks; add one with `pressrun webhooks add URL`.")
				return nil
			}
			return l.print(cmd.OutOrStdout(), views, func(w io.Writer) {
				row(w, "WEBHOOK", "URL", "EVENTS", "STATE")
				for _, v := range views {
					row(w, v.ID, v.URL, wordList(v.Events), v.state())
				}
			})
		},
	}
	l.flag(cmd)
	return cmd
}

func webhooksAddCommand(a *app) *cobra.Command {
	var events []string
	cmd := &cobra.Command{
		Use: "add URL", Short: "Tell an address what happens from now on",
		Long: `Tell an address what happens from now on, and print the secret by which its owner knows
that a message is ours. The secret is made from the one in the settings: with another
one there, it is another.`,
		Example: `  pressrun webhooks add https://paper.example/hook
  pressrun webhooks add https://paper.example/hook --event issue.sent,delivery.failed`,
		Args: exactly("URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, now := cmd.Context(), time.Now()
			var asked []api.Event
			for _, e := range events {
				asked = append(asked, api.Event(strings.TrimSpace(e)))
			}
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			k, err := p.hooks().Add(ctx, args[0], asked, now)
			if err != nil {
				return err
			}
			if err := p.noteByHand(ctx, "webhook", fmt.Sprintf("webhook %d", k.ID), wordList(k.Events), now); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), p.hooks().SecretOf(k))
			fmt.Fprintf(cmd.ErrOrStderr(), "Webhook %d is told of %s while `pressrun serve` runs. Try it with `pressrun webhooks test %d`.\n", k.ID, wordList(k.Events), k.ID)
			return nil
		},
	}
	cmd.Flags().StringSliceVar(&events, "event", nil, "`EVENTS` to tell: "+wordList(api.Events)+" (default all)")
	_ = cmd.RegisterFlagCompletionFunc("event", func(*cobra.Command, []string, string) (all []string, _ cobra.ShellCompDirective) {
		for _, e := range api.Events {
			all = append(all, string(e))
		}
		return all, cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

func webhooksTestCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "test WEBHOOK", Short: "Send a webhook a message now",
		Long:    "Send a webhook a message of the type webhook.test now, once, and say what came of it.",
		Example: "  pressrun webhooks test 1", Args: exactly("WEBHOOK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := webhookID(args[0])
			if err != nil {
				return err
			}
			p, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer p.close()
			said, arrived, err := p.hooks().Test(cmd.Context(), id, time.Now())
			if err != nil {
				return fmt.Errorf("%w; `pressrun webhooks list` shows those there are", err)
			}
			if !arrived {
				return fmt.Errorf("the message did not arrive: %s", said)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "The message arrived (%s).\n", said)
			return nil
		},
	}
}

func webhooksRemoveCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "remove WEBHOOK", Short: "Stop telling an address",
		Long:    "Stop telling an address, and forget what it was told and what it was still to be told.",
		Example: "  pressrun webhooks remove 1", Args: exactly("WEBHOOK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			id, err := webhookID(args[0])
			if err != nil {
				return err
			}
			p, err := a.open(ctx)
			if err != nil {
				return err
			}
			defer p.close()
			if err := p.hooks().Remove(ctx, id); err != nil {
				return fmt.Errorf("%w; `pressrun webhooks list` shows those there are", err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Webhook %d is told nothing any more.\n", id)
			return p.noteByHand(ctx, "webhook-gone", fmt.Sprintf("webhook %d", id), "", time.Now())
		},
	}
}

func webhookID(arg string) (int64, error) {
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		return 0, usagef("%q is no webhook; `pressrun webhooks list` shows their numbers", arg)
	}
	return id, nil
}
