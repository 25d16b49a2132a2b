package digest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	theHub   = "https://hub.example/"
	otherHub = "https://other.example/"
)

// names makes the source name a hub, as a fetch does.
func (st *stage) names(hub string, now time.Time) {
	st.Helper()
	st.source.Hub, st.source.Topic = hub, ""
	if hub != "" {
		st.source.Topic = feedURL
	}
	st.gives(st.source, now)
	st.settles(now)
}

func (st *stage) settles(now time.Time) {
	st.Helper()
	if err := st.SettleHubs(st.Context(), now); err != nil {
		st.Fatal(err)
	}
}

// hubs are the subscriptions that ever were due.
func (st *stage) hubs() []HubSubscription {
	st.Helper()
	all, err := st.DueHubs(st.Context(), morning.AddDate(9, 0, 0))
	if err != nil {
		st.Fatal(err)
	}
	return all
}

// hub is the one there is.
func (st *stage) hub() HubSubscription {
	st.Helper()
	all := st.hubs()
	if len(all) != 1 {
		st.Fatalf("there are %d subscriptions: %+v", len(all), all)
	}
	return all[0]
}

func (st *stage) asks(now time.Time) HubSubscription {
	st.Helper()
	if ok, err := st.HubAsked(st.Context(), st.hub(), now); err != nil || !ok {
		st.Fatal(ok, err)
	}
	return st.hub()
}

func (st *stage) confirms(h HubSubscription, lease time.Duration, now time.Time) {
	st.Helper()
	if err := st.HubConfirms(st.Context(), h, lease, now); err != nil {
		st.Fatal(err)
	}
}

func TestSubscriptionIsAskedForConfirmedAndRenewed(t *testing.T) {
	st := newStage(t, Rules{})
	st.names("", morning)
	if all := st.hubs(); len(all) != 0 {
		t.Errorf("without a hub there are %+v", all)
	}
	st.names(theHub, morning)
	h := st.hub()
	want := HubSubscription{ID: h.ID, SourceID: st.source.ID, Source: feedURL, Hub: theHub, Topic: feedURL, Secret: h.Secret, Token: h.Token, State: HubWanted, NextAt: morning}
	if d := cmp.Diff(want, h); d != "" || len(h.Token) < 26 || len(h.Secret) < 50 || len(h.Secret) >= 200 {
		t.Errorf("%s", d)
	}
	st.settles(morning)
	if st.hub() != h {
		t.Error("settled again, it is another one")
	}
	if found, err := st.HubByToken(t.Context(), h.Token); found != h || err != nil {
		t.Errorf("by its token it is %+v, %v", found, err)
	}
	if _, err := st.HubByToken(t.Context(), h.Secret); !errors.Is(err, ErrNotFound) {
		t.Errorf("by a wrong token: %v", err)
	}

	h = st.asks(morning)
	if ok, err := st.HubAsked(t.Context(), h, morning); ok || err != nil {
		t.Errorf("asked twice: %v %v", ok, err)
	}
	st.confirms(h, 8*time.Hour, morning.Add(time.Second))
	h = st.hub()
	if h.State != HubActive || !h.Asked.IsZero() || !h.Lease.Equal(morning.Add(8*time.Hour+time.Second)) || !h.NextAt.Equal(morning.Add(6*time.Hour+time.Second)) {
		t.Errorf("confirmed it is %+v", h)
	}
	// A confirmation that is repeated makes nothing longer.
	st.confirms(h, 80*time.Hour, morning.Add(time.Hour))
	if st.hub() != h {
		t.Errorf("confirmed again it is %+v", st.hub())
	}
	h = st.asks(h.NextAt)
	if h.State != HubActive {
		t.Errorf("while it is renewed it is %+v", h)
	}
	st.confirms(h, 8*time.Hour, h.Asked)
	if got := st.hub().Lease; !got.Equal(h.Asked.Add(8 * time.Hour)) {
		t.Errorf("renewed until %v", got)
	}
	// Nobody renews for a second, nor trusts a hub for a hundred years.
	for told, want := range map[time.Duration]time.Duration{time.Second: time.Minute, 100 * 365 * 24 * time.Hour: 90 * 24 * time.Hour} {
		h = st.asks(morning)
		st.confirms(h, told, morning)
		if got := st.hub().Lease.Sub(morning); got != want {
			t.Errorf("%v are taken for %v", told, got)
		}
	}
}

func TestHubThatFailsIsAskedLessAndLess(t *testing.T) {
	st := newStage(t, Rules{})
	st.names(theHub, morning)
	now := morning
	var waits []time.Duration
	for range 3 {
		h := st.asks(now)
		again, ok, err := st.HubFailed(t.Context(), h, h.Asked, "it is down", time.Time{}, now)
		if err != nil || !ok || !again.Equal(st.hub().NextAt) || st.hub().Error != "it is down" || !st.hub().Asked.IsZero() {
			t.Fatalf("%v %v %v %+v", again, ok, err, st.hub())
		}
		waits = append(waits, again.Sub(now)/time.Minute)
		now = again
	}
	if d := cmp.Diff([]time.Duration{5, 10, 20}, waits); d != "" {
		t.Error(d)
	}
	h := st.asks(now)
	if again, _, err := st.HubFailed(t.Context(), h, h.Asked, "busy", now.Add(5*time.Hour), now); err != nil || !again.Equal(now.Add(5*time.Hour)) {
		t.Errorf("told to wait for five hours it is asked at %v: %v", again, err)
	}
	// The hub called back and then broke off its answer: that is no failure.
	h = st.asks(now)
	st.confirms(h, time.Hour, now)
	if _, ok, err := st.HubFailed(t.Context(), h, h.Asked, "broke off", time.Time{}, now); ok || err != nil || st.hub().State != HubActive || st.hub().Failures != 0 {
		t.Errorf("%v %v %+v", ok, err, st.hub())
	}
	// An active one goes on to be one while its renewal fails, until its lease ends.
	h = st.asks(now)
	if _, _, err := st.HubFailed(t.Context(), h, h.Asked, "down", time.Time{}, now); err != nil || st.hub().State != HubActive {
		t.Errorf("%v %+v", err, st.hub())
	}
	if st.settles(now.Add(time.Hour)); st.hub().State != HubWanted {
		t.Errorf("after its lease it is %+v", st.hub())
	}
	if err := st.HubDenies(t.Context(), h, "not for you", now); err != nil || st.hub().State != HubDenied || !st.hub().NextAt.Equal(now.AddDate(0, 0, 7)) {
		t.Errorf("%v %+v", err, st.hub())
	}
}

func TestSubscriptionEndsWithItsSource(t *testing.T) {
	st := newStage(t, Rules{})
	// Never confirmed: it is forgotten.
	st.names(theHub, morning)
	st.asks(morning)
	st.names("", morning)
	if all := st.hubs(); len(all) != 0 {
		t.Errorf("left over: %+v", all)
	}
	// Confirmed, and the source moves to another hub: one is left, one wanted.
	st.names(theHub, morning)
	old := st.asks(morning)
	st.confirms(old, time.Hour, morning)
	st.names(otherHub, morning)
	got := map[string]HubState{}
	for _, h := range st.hubs() {
		got[h.Hub] = h.State
	}
	if d := cmp.Diff(map[string]HubState{theHub: HubLeaving, otherHub: HubWanted}, got); d != "" {
		t.Error(d)
	}
	if err := st.HubConfirms(t.Context(), old, time.Hour, morning); !errors.Is(err, ErrNotFound) {
		t.Errorf("what is left is confirmed: %v", err)
	}
	// It moves back: nothing is left, and the end can be confirmed no more.
	st.names(theHub, morning)
	if h := st.hub(); h.State != HubWanted || h.Token != old.Token {
		t.Errorf("back again it is %+v", h)
	}
	if err := st.HubLeft(t.Context(), old); !errors.Is(err, ErrNotFound) {
		t.Errorf("what is wanted is left: %v", err)
	}
	// The source is removed.
	st.confirms(old, time.Hour, morning)
	if err := st.RemoveSource(t.Context(), feedURL); err != nil {
		t.Fatal(err)
	}
	if st.settles(morning); st.hub().State != HubLeaving || !st.hub().NextAt.Equal(morning) {
		t.Errorf("removed it is %+v", st.hub())
	}
	if st.settles(morning.Add(time.Hour)); len(st.hubs()) != 0 {
		t.Errorf("after the lease there are %+v", st.hubs())
	}
}

func TestSourceIsReadAtMostEveryTenSeconds(t *testing.T) {
	st := newStage(t, Rules{})
	st.names(theHub, morning)
	var read []time.Duration
	for s := range 60 {
		now := morning.Add(time.Duration(s) * time.Second)
		if s < 20 { // it tells of news all the time
			if err := st.HubAnnounces(t.Context(), st.hub(), now); err != nil {
				t.Fatal(err)
			}
		}
		sources, err := st.TakeAnnounced(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range sources {
			if id != st.source.ID {
				t.Errorf("source %d is to be read", id)
			}
			read = append(read, time.Duration(s))
		}
	}
	// The last news came nine seconds after a reading, and is not lost.
	if d := cmp.Diff([]time.Duration{0, 11, 22}, read); d != "" {
		t.Error(d)
	}
}
