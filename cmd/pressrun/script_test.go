package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the tests start the real program, as a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pressrun": func() { os.Exit(run(os.Args[1:])) }})
}

// TestScripts runs the program as an operator does. Each script has a paper of its own at
// $PAPER and a relay of its own at $RELAY, on loopback, and runs in the zone of Riyadh.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "publish": publishArticles, "feed": turnFeed, "mails": countMails, "mail": saveMail,
		},
		Setup: func(env *testscript.Env) error {
			paper := openPaper()
			env.Defer(paper.Close)
			relay, err := openMailbox()
			if err != nil {
				return err
			}
			env.Defer(relay.down)
			env.Values["paper"], env.Values["relay"] = paper, relay
			env.Setenv("PAPER", paper.URL)
			env.Setenv("RELAY", "smtp://"+relay.address)
			env.Setenv("TZ", "Asia/Riyadh")
			return nil
		},
	})
}

// exits runs a command and checks the code it exits with: exits 2 pressrun send.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// publishArticles adds articles to the paper's live feed: publish 6.
func publishArticles(ts *testscript.TestScript, _ bool, args []string) {
	ts.Value("paper").(*paper).publish(wholeNumber(ts, args))
}

// turnFeed makes the live feed give something else, or be well again: feed html.
func turnFeed(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: feed TROUBLE")
	}
	ts.Check(ts.Value("paper").(*paper).fail(args[0]))
}

// countMails checks how many mails the relay has taken so far: mails 3.
func countMails(ts *testscript.TestScript, _ bool, args []string) {
	want := wholeNumber(ts, args)
	if got := len(ts.Value("relay").(*mailbox).taken()); got != want {
		ts.Fatalf("the relay has taken %d mails, want %d", got, want)
	}
}

// saveMail writes the latest mail to a reader into a file: mail reader@example.org a.eml.
func saveMail(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: mail ADDRESS FILE")
	}
	mails := ts.Value("relay").(*mailbox).to(args[0])
	if len(mails) == 0 {
		ts.Fatalf("there is no mail to %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), mails[len(mails)-1].data, 0o600))
}

func wholeNumber(ts *testscript.TestScript, args []string) int {
	if len(args) != 1 {
		ts.Fatalf("want one number, not %q", args)
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	return n
}
