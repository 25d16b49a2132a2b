package staff

import (
	"strings"
	"testing"
	"time"
)

func TestAttemptIsFinishedOnceByTheBrowserThatBeganIt(t *testing.T) {
	s, ctx := open(t), t.Context()
	type content struct{ Next string }
	begin := func() string {
		token, err := s.BeginAttempt("login", "cookie", content{"/desk/audit"}, now)
		ok(t, err)
		return token
	}
	token := begin()
	if token == begin() || strings.Contains(token, "audit") {
		t.Fatalf("the token is %q", token)
	}
	var got content
	for name, c := range map[string]struct {
		kind, cookie, token string
		at                  time.Time
	}{
		"another kind":    {"add", "cookie", token, now},
		"another browser": {"login", "another", token, now},
		"no cookie":       {"login", "", token, now},
		"too late":        {"login", "cookie", token, now.Add(AttemptTerm)},
		"forged":          {"login", "cookie", "A" + token[1:], now},
		"cut":             {"login", "cookie", token[:10], now},
		"none":            {"login", "cookie", "", now},
	} {
		if err := s.FinishAttempt(ctx, c.kind, c.cookie, c.token, &got, c.at); err != ErrAttempt || got.Next != "" {
			t.Errorf("%s: %v, %+v", name, err, got)
		}
	}
	ok(t, s.FinishAttempt(ctx, "login", "cookie", token, &got, now.Add(AttemptTerm-time.Second)))
	if got.Next != "/desk/audit" {
		t.Errorf("it holds %+v", got)
	}
	is(t, s.FinishAttempt(ctx, "login", "cookie", token, &got, now.Add(AttemptTerm-time.Second)), ErrAttempt)
	is(t, s.FinishAttempt(ctx, "login", "cookie", token[:9]+"\n"+token[9:], &got, now), ErrAttempt) // written otherwise
	// Another store with another secret opens nothing.
	other := NewStore(s.db, []byte("another secret of thirty-two bytes"))
	is(t, other.FinishAttempt(ctx, "login", "cookie", begin(), &got, now), ErrAttempt)
}
