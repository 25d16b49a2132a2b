package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestProgressNamesDomainsAndRelays(t *testing.T) {
	h := openHouse(t)
	if bare := h.ask("GET", "issues/1/progress", "").is(t, 200); bare["domains"] != nil || bare["relays"] != nil {
		t.Errorf("before anything was sent: %v", bare)
	}
	h.exec(`INSERT INTO part (issue_id, kind, name, taken, put_off, refused, doubtful, said, said_at) VALUES
		(1, 'domain', '', 7, 0, 0, 0, '', 0),
		(1, 'domain', 'small.example', 1, 0, 1, 0, '550 5.7.1 no', 1764489600),
		(1, 'domain', 'large.example', 2, 3, 0, 1, '450 4.7.28 too fast', 1764489600),
		(1, 'relay', 'smtp://mail.example:587', 10, 3, 1, 1, '', 0)`)
	h.exec(`INSERT INTO domain_rest VALUES ('large.example', 4102444800), ('small.example', 1764489600)`)
	got := h.ask("GET", "issues/1/progress", "").is(t, 200)
	part := func(name string, taken, putOff, refused, doubt float64, more ...string) any {
		p := map[string]any{"name": name, "taken": taken, "put_off": putOff, "refused": refused, "in_doubt": doubt}
		for i := 0; i < len(more); i += 2 {
			p[more[i]] = more[i+1]
		}
		return p
	}
	want := map[string]any{
		"domains": []any{
			part("large.example", 2, 3, 0, 1, "said", "450 4.7.28 too fast", "said_at", "2025-11-30T08:00:00Z", "rests_until", "2100-01-01T00:00:00Z"),
			part("small.example", 1, 0, 1, 0, "said", "550 5.7.1 no", "said_at", "2025-11-30T08:00:00Z"),
			part("", 7, 0, 0, 0),
		},
		"relays": []any{part("smtp://mail.example:587", 10, 3, 1, 1)},
	}
	if d := cmp.Diff(want, map[string]any{"domains": got["domains"], "relays": got["relays"]}); d != "" {
		t.Error(d)
	}
}
