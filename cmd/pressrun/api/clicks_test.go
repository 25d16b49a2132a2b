package api

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest/click"
)

func TestClicksAreToldByStoryAndSmallNumbersAreNot(t *testing.T) {
	h := openHouse(t)
	at := time.Now().Add(-2 * time.Hour)
	var hits []click.Hit
	for n := range byte(7) {
		hits = append(hits, click.Hit{Issue: 1, Story: 2, At: at.Add(10 * time.Minute), Left: at, From: netip.AddrFrom4([4]byte{192, 0, 2, n}), Agent: "Mozilla/5.0"})
	}
	hits = append(hits, click.Hit{Issue: 1, Story: 1, At: at.Add(2 * time.Hour), Left: at, From: netip.AddrFrom4([4]byte{192, 0, 2, 99}), Agent: "Mozilla/5.0"})
	ok(t, click.NewStore(h.db).Count(t.Context(), hits))
	got := h.ask("GET", "issues/1/clicks", "").is(t, 200)
	if d := cmp.Diff(map[string]any{"people": 8.0, "unsure": 0.0, "machines": 0.0}, got["visits"]); d != "" {
		t.Error(d)
	}
	var people []any
	for _, s := range got["stories"].([]any) {
		s := s.(map[string]any)
		people = append(people, fmt.Sprint(s["id"], " ", s["people"]))
	}
	if d := cmp.Diff([]any{"2 7", "1 <nil>"}, people); d != "" {
		t.Error(d)
	}
	// The one who came later stands with the many: a step of one is not told.
	ages := got["ages"].([]any)
	if first := ages[1].(map[string]any); len(ages) != len(click.Scale)+1 || first["within"] != "15m0s" || first["people"] != 8.0 {
		t.Errorf("the ages are %v", ages)
	}
	h.ask("GET", "issues/99/clicks", "").fails(t, notFound, "")
}
