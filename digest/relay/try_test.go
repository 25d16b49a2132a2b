package relay_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

func TestTrySaysWhetherARelayIsThere(t *testing.T) {
	s := &sink.Sink{}
	addr, err := s.Listen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for url, works := range map[string]bool{"smtp://" + addr: true, "smtp://127.0.0.1:1": false} {
		a, err := relay.Parse(url, false)
		if err != nil {
			t.Fatal(err)
		}
		p := &relay.Pool{Address: a, Hello: "test.example", Log: slog.New(slog.DiscardHandler)}
		if err := p.Try(t.Context()); (err == nil) != works {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// The server is asked whether it takes the sender, and gets no mail.
func TestTryFromAsksForTheSender(t *testing.T) {
	for name, c := range map[string]struct {
		fault sink.Fault
		login string
		class relay.Class // "" where all is well
		stage relay.Stage
	}{
		"it takes mail":         {},
		"the sender is refused": {fault: sink.Fault{Reply: "550 5.7.1 sender address rejected: not owned by user"}, class: relay.Sender, stage: relay.StageMail},
		"too much already":      {fault: sink.Fault{Reply: "451 4.7.0 daily sending limit exceeded"}, class: relay.Quota, stage: relay.StageMail},
		"it hangs up":           {fault: sink.Fault{Drop: true}, class: relay.Unavailable, stage: relay.StageMail},
		"it does not answer":    {fault: sink.Fault{Stall: time.Minute}, class: relay.Unavailable, stage: relay.StageMail},
		"no login":              {login: "paper\x00secret", class: relay.Configuration, stage: relay.StageMail},
	} {
		t.Run(name, func(t *testing.T) {
			var commands []string
			var mutex sync.Mutex
			s := &sink.Sink{Login: c.login, Fault: func(step, _ string) sink.Fault {
				if step == "mail" {
					return c.fault
				}
				return sink.Fault{}
			}, OnCommand: func(line string, _ bool) {
				mutex.Lock()
				defer mutex.Unlock()
				commands = append(commands, line)
			}}
			addr, err := s.Listen(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			a, err := relay.Parse("smtp://"+addr, false)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			p := &relay.Pool{Address: a, Hello: "test.example", Log: slog.New(slog.DiscardHandler)}
			begun := time.Now()
			err = p.TryFrom(ctx, "news@paper.example")
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
			var failed *relay.Error
			if errors.As(err, &failed) != (c.class != "") || failed != nil && (failed.Class != c.class || failed.Stage != c.stage) {
				t.Errorf("%v", err)
			}
			mutex.Lock()
			defer mutex.Unlock()
			if err == nil && !slices.Equal(commands, []string{"EHLO test.example", "MAIL FROM:<news@paper.example>", "RSET", "QUIT"}) || s.Accepted() != 0 {
				t.Errorf("it heard %q", commands)
			}
		})
	}
}
