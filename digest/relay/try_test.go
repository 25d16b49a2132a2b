package relay_test

import (
	"log/slog"
	"testing"

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
