package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/relay/sink"
)

// A house is a folder in which Pressrun is set up to send the live feed of a paper to
// readers, through a relay.
type house struct {
	*testing.T
	dir   string
	env   []string
	paper *paper
	relay *mailbox
}

// openHouse sets Pressrun up in dir with so many readers, reader001@example.org and on.
func openHouse(t *testing.T, dir string, readers int, behave ...func(*sink.Sink)) *house {
	t.Helper()
	relay, err := openMailbox(behave...)
	ok(t, err)
	t.Cleanup(relay.down)
	h := bareHouse(t, dir)
	h.paper, h.relay = openPaper(), relay
	t.Cleanup(h.paper.Close)
	h.env = append(h.env, "PRESSRUN_SENDER_FROM=The Live Post <news@paper.example>",
		"PRESSRUN_PAPER_ADDRESS=1 Quay Street, Harbour", "PRESSRUN_RELAY_URL=smtp://"+relay.address, "PRESSRUN_SITE_LISTEN="+freePort(t))
	h.run(0, "init", h.paper.URL+"/live.rss", "--allow", "127.0.0.1", "--send-published", "--zone", "Asia/Riyadh")
	if readers > 0 {
		list := "email\n"
		for i := range readers {
			list += reader(i+1) + "\n"
		}
		ok(t, os.WriteFile(filepath.Join(dir, "readers.csv"), []byte(list), 0o600))
		h.run(0, "subscribers", "import", "readers.csv", "--edition", "daily", "--evidence", "asked for it")
	}
	return h
}

// bareHouse is a folder and nothing else.
func bareHouse(t *testing.T, dir string) *house {
	h := &house{T: t, dir: dir}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PRESSRUN_") {
			h.env = append(h.env, v)
		}
	}
	h.with("TZ", "Asia/Riyadh")
	return h
}

func reader(i int) string { return fmt.Sprintf("reader%03d@example.org", i) }

var houses atomic.Int64

// freePort returns an address for one program to listen on: a free port of a loopback
// address that no other test uses, so that nobody takes it before the program does.
func freePort(t *testing.T) string {
	t.Helper()
	host := fmt.Sprintf("127.%d.%d.1", 1+os.Getpid()%250, 1+houses.Add(1)%250)
	l, err := net.Listen("tcp", host+":0")
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0") // not every system has them all
	}
	ok(t, err)
	defer l.Close()
	return l.Addr().String()
}

// with sets a variable of the environment for what is run from now on.
func (h *house) with(name, value string) { h.env = append(h.env, name+"="+value) }

// address returns where the readers' site listens.
func (h *house) address() string {
	h.Helper()
	for _, v := range slices.Backward(h.env) {
		if address, is := strings.CutPrefix(v, "PRESSRUN_SITE_LISTEN="); is {
			return address
		}
	}
	h.Fatal("the site has no address")
	return ""
}

// run runs the program to its end and returns what it said, after it exited with code.
func (h *house) run(code int, args ...string) (stdout, stderr string) {
	h.Helper()
	p := h.start(args...)
	p.ends(code)
	return p.stdout.String(), p.stderr.String()
}

// A process is the program at work.
type process struct {
	*house
	cmd            *exec.Cmd
	stdout, stderr output
}

// start starts the program. It is killed with the test.
func (h *house) start(args ...string) *process {
	h.Helper()
	p := &process{house: h, cmd: exec.Command("pressrun", args...)}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = h.dir, h.env, &p.stdout, &p.stderr
	ok(h.T, p.cmd.Start())
	h.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			p.cmd.Process.Kill()
			p.cmd.Wait()
		}
	})
	return p
}

func (p *process) signal(s syscall.Signal) {
	p.Helper()
	ok(p.T, p.cmd.Process.Signal(s))
}

// ends waits for the end and checks the exit code; -1 is death by a signal, which comes
// to who does not end by itself.
func (p *process) ends(code int) {
	p.Helper()
	defer time.AfterFunc(patience, func() { p.cmd.Process.Kill() }).Stop()
	err := p.cmd.Wait()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		p.Fatal(err)
	}
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.Fatalf("%q exits with %d, want %d\n%s%s", p.cmd.Args, got, code, &p.stdout, &p.stderr)
	}
}

// says waits until the program has written something that matches, on either output, and
// returns what the first group of the pattern matched.
func (p *process) says(pattern string) string {
	p.Helper()
	re := regexp.MustCompile(pattern + "()")
	var found []string
	eventually(p.T, func() bool {
		found = re.FindStringSubmatch(p.stdout.String() + "\n" + p.stderr.String())
		return found != nil
	})
	return found[1]
}

// An output is what a process writes, readable while it goes on.
type output struct {
	mutex sync.Mutex
	b     bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.b.String()
}

// sql runs a statement in the database and returns the first column of its rows.
func (h *house) sql(query string, args ...any) (column []string) {
	h.Helper()
	d, err := sql.Open("sqlite3", "file:"+filepath.Join(h.dir, "pressrun.db")+"?_busy_timeout=10000")
	ok(h.T, err)
	defer d.Close()
	rows, err := d.Query(query, args...)
	ok(h.T, err)
	defer rows.Close()
	for rows.Next() {
		var v string
		ok(h.T, rows.Scan(&v))
		column = append(column, v)
	}
	ok(h.T, rows.Err())
	return column
}

// status returns what `status --json` says of the latest issue.
func (h *house) status() (st issueStatus) {
	h.Helper()
	var all []issueStatus
	out, _ := h.run(0, "status", "--json")
	ok(h.T, json.Unmarshal([]byte(out), &all))
	if len(all) == 0 {
		h.Fatal("there is no issue")
	}
	return all[0]
}

// contains fails the test where text does not match a pattern.
func contains(t *testing.T, text string, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		if !regexp.MustCompile(pattern).MatchString(text) {
			t.Errorf("%q is not in\n%s", pattern, text)
		}
	}
}
