package relay_test

import (
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
)

// smtpSink starts Postfix's test server, which writes each mail into a file of a folder.
func smtpSink(t *testing.T, options ...string) (addr, folder string) {
	t.Helper()
	program := "/usr/sbin/smtp-sink"
	if _, err := os.Stat(program); err != nil {
		t.Skipf("Postfix's smtp-sink is not here: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr, folder = l.Addr().String(), t.TempDir()
	l.Close()
	if os.Geteuid() == 0 {
		options = append(options, "-u", "root")
	}
	cmd := exec.Command(program, append(options, "-d", filepath.Join(folder, "%S-"), addr, "100")...)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 100 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return addr, folder
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("smtp-sink did not start")
	return "", ""
}

// The other side of the wire is not only our own test server.
func TestPostfixTakesIt(t *testing.T) {
	const mails = 150
	for _, c := range []struct {
		name    string
		options []string
		want    string
	}{
		{"pipelined", nil, "sent"},
		{"one command at a time", []string{"-p"}, "sent"},
		{"without ESMTP", []string{"-e"}, "sent"},
		{"refused at MAIL", []string{"-r", "mail"}, "retry mail"},
		{"refused at RCPT", []string{"-f", "rcpt", "-B", "550 5.1.1 no such user"}, "hard rcpt"},
		{"refused at DATA", []string{"-r", "data", "-b", "450 4.3.0 later"}, "retry data"},
		{"refused at the dot", []string{"-f", ".", "-B", "554 5.7.1 spam"}, "block dot"},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr, folder := smtpSink(t, c.options...)
			a, err := relay.Parse("smtp://"+addr, false)
			if err != nil {
				t.Fatal(err)
			}
			es := envelopes(t, mails)
			p := &relay.Pool{Address: a, Connections: 4, Hello: "test.example", Pause: time.Millisecond, Log: slog.New(slog.DiscardHandler)}
			d := newDesk(es)
			if out := run(t, p, d); out[c.want] != mails {
				t.Fatalf("outcomes %v", out)
			}
			if c.want != "sent" {
				return
			}
			files, err := os.ReadDir(folder)
			if err != nil {
				t.Fatal(err)
			}
			got, want := map[string]int{}, map[string]string{}
			for _, e := range es {
				want[e.To] = strings.ReplaceAll(string(e.Bytes()), "\r\n", "\n")
			}
			for _, f := range files {
				data, err := os.ReadFile(filepath.Join(folder, f.Name()))
				if err != nil {
					t.Fatal(err)
				}
				// Its own lines come first, the last of which is the date of a Received; a blank
				// line comes after.
				top, mail, _ := strings.Cut(string(data), "+0000 (UTC)\n")
				_, to, _ := strings.Cut(top, "X-Rcpt-Args: <")
				to, _, _ = strings.Cut(to, ">")
				if want[to] == strings.TrimSuffix(mail, "\n") {
					got[to]++
				}
			}
			for _, e := range es {
				if got[e.To] != 1 {
					t.Errorf("%s arrived %d times as it was sent", e.To, got[e.To])
				}
			}
		})
	}
}
