package digest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSourceThatFailsIsLeftAloneLonger(t *testing.T) {
	s := Source{}
	var got []time.Duration
	for range 11 {
		s = s.Fail("down", time.Time{}, morning)
		got = append(got, s.NextAt.Sub(morning)/time.Minute)
	}
	if d := cmp.Diff([]time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440}, got); d != "" {
		t.Error(d)
	}
	if s = s.Succeed("cut off"); !s.NextAt.IsZero() || s.Failures != 0 || s.Error != "cut off" {
		t.Errorf("%+v", s)
	}
}

func TestSiteSaysWhenItMayBeAskedAgain(t *testing.T) {
	for _, c := range []struct {
		name       string
		told, want time.Duration
		is         bool
	}{
		{"later than we would", time.Hour, time.Hour, true},
		{"sooner than we would", time.Minute, 5 * time.Minute, true},
		{"in a year", 365 * 24 * time.Hour, 24 * time.Hour, true},
		{"in the past", -time.Hour, 5 * time.Minute, false},
	} {
		s := Source{}.Fail("busy", morning.Add(c.told), morning)
		if s.NextAt.Sub(morning) != c.want || s.ToldNext != c.is {
			t.Errorf("%s: next in %s, told %v", c.name, s.NextAt.Sub(morning), s.ToldNext)
		}
	}
}

func TestSourceOfEachKindIsKept(t *testing.T) {
	st := newStage(t, Rules{})
	want := []Source{st.source}
	for _, src := range []Source{
		{URL: "https://paper.example/", Kind: SourcePage, Selectors: Selectors{Item: "article", Link: "h2 a", Time: "time"}},
		{URL: "https://paper.example/sitemap.xml", Kind: SourceSitemap, BodyHash: "x", NextAt: morning, ToldNext: true, Failures: 1, Error: "busy"},
		{URL: "file:///srv/stories", Kind: SourceFolder},
	} {
		src, err := st.PutSource(t.Context(), src)
		if err != nil {
			t.Fatal(err)
		}
		fetched := src // a fetch changes neither kind nor selectors
		fetched.Kind, fetched.Selectors, fetched.Title = SourceFeed, Selectors{}, "Learned"
		st.gives(fetched, morning)
		src.Title = "Learned"
		want = append(want, src)
	}
	got, err := st.Sources(t.Context())
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
}

func TestHealthOfASource(t *testing.T) {
	failed := func(n int) Source {
		s := Source{FetchedAt: morning}
		for range n {
			s = s.Fail("down", time.Time{}, morning)
		}
		return s
	}
	for _, c := range []struct {
		source Source
		want   Health
	}{
		{Source{}, HealthNever}, {Source{Kind: SourceHanded}, HealthWell}, {failed(0), HealthWell}, {failed(0).Succeed("cut off"), HealthWell},
		{failed(1), HealthFailing}, {failed(2), HealthFailing}, {failed(3), HealthBroken}, {failed(9).Succeed(""), HealthWell},
	} {
		if got := c.source.Health(); got != c.want {
			t.Errorf("after %d failures it is %s, want %s", c.source.Failures, got, c.want)
		}
	}
}
