package relay_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// postfix starts a Postfix that hands all mail to a server of ours, and returns the
// address it takes mail on, and its log.
func postfix(t *testing.T, onward string) (addr string, log func() string) {
	t.Helper()
	scripts, err := filepath.Abs(filepath.Join("..", "..", ".ci", "judges"))
	if err != nil {
		t.Fatal(err)
	}
	_, missing := os.Stat("/usr/sbin/postfix")
	_, without := os.Stat(filepath.Join(scripts, "postfix-up.sh"))
	switch {
	case missing == nil && without == nil && os.Geteuid() == 0:
	case os.Getenv("CI") == "true":
		t.Fatalf("Postfix cannot be started here: %v, %v, user %d", missing, without, os.Geteuid())
	default:
		t.Skipf("Postfix cannot be started here: %v, %v, user %d", missing, without, os.Geteuid())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	_, onwardPort, _ := net.SplitHostPort(onward)
	dir := t.TempDir()
	log = func() string {
		text, _ := os.ReadFile(filepath.Join(dir, "log")) // not there yet is empty
		return string(text)
	}
	if out, err := exec.Command(filepath.Join(scripts, "postfix-up.sh"), port, onwardPort, dir).CombinedOutput(); err != nil {
		t.Fatalf("start Postfix: %v\n%s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command(filepath.Join(scripts, "postfix-down.sh"), dir).CombinedOutput(); err != nil {
			t.Errorf("stop Postfix: %v\n%s", err, out)
		}
		if t.Failed() {
			t.Logf("its log:\n%.5000s", log())
		}
	})
	return addr, log
}

// Postfix offers CHUNKING by default: several mails on the way arrive through it once
// each, byte for byte and with their own sender; one that it refuses in the middle does not.
func TestPostfixTakesAWindow(t *testing.T) {
	t.Parallel()
	const mails, refused = 300, 3
	var mutex sync.Mutex
	got := map[string][]string{}
	server := &sink.Sink{OnMessage: func(from, to string, data []byte) {
		mutex.Lock()
		defer mutex.Unlock()
		got[to] = append(got[to], from+"\n"+string(data))
	}}
	onward, err := server.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	addr, log := postfix(t, onward)
	es := signed(t, mails)
	for i := 7; i < mails; i += 100 {
		es[i].To = "nobody@" // which no server takes
	}
	a, err := relay.Parse("smtp://"+addr, false)
	if err != nil {
		t.Fatal(err)
	}
	p := windowed(t, &sink.Sink{}, 4)
	p.Address, p.Connections, p.Timeouts = a, 2, relay.Timeouts{}
	d := newDesk(es)
	out := run(t, p, d)
	if out["sent"] != mails-refused || len(out) != 2 {
		t.Fatalf("outcomes %v", out)
	}
	await(t, func() bool {
		mutex.Lock()
		defer mutex.Unlock()
		return len(got) == mails-refused
	})
	await(t, func() bool { return strings.Count(log(), "disconnect from") >= mails/100 })
	if text := log(); !strings.Contains(text, " bdat=") || strings.Contains(text, " data=") {
		t.Error("it was not sent by BDAT")
	}
	for _, e := range es {
		if e.To == "nobody@" {
			continue
		}
		if copies := got[e.To]; len(copies) != 1 {
			t.Errorf("%s got %d", e.To, len(copies))
		} else if from, data, _ := strings.Cut(copies[0], "\n"); from != e.From || !strings.HasSuffix(data, "\r\n"+string(e.Bytes())) || !strings.HasPrefix(data, "Received: ") {
			t.Errorf("%s got other bytes, or another sender, than was sent", e.To)
		}
	}
}
