package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
)

func titled(titles ...string) (readings []reading) {
	for _, t := range titles {
		readings = append(readings, reading{source: digest.Source{URL: "https://post.example/rss", Title: t}})
	}
	return readings
}

func TestPaperIsNamedAfterWhatItsFeedsShare(t *testing.T) {
	for _, c := range []struct {
		titles []string
		want   string
	}{
		{[]string{"The Post"}, "The Post"},
		{[]string{"World | The Post"}, "World | The Post"}, // either could be the name
		{[]string{"World | The Post", "Sport | The Post"}, "The Post"},
		{[]string{"The Post - News", "The Post – عربي", "The Post"}, "The Post"},
		{[]string{"Harbour News", "City News"}, "Harbour News"},
		{[]string{"The Post: Books", "The Post: Film"}, "The Post"},
		{[]string{"", "Other"}, "post.example"},
	} {
		if got := paperName(titled(c.titles...)); got != c.want {
			t.Errorf("%q: %q, want %q", c.titles, got, c.want)
		}
	}
}

func TestLanguagesAreThoseOfMostArticles(t *testing.T) {
	in := func(declared string, articles ...string) reading {
		r := reading{source: digest.Source{Language: declared}}
		for _, l := range articles {
			r.articles = append(r.articles, digest.Article{Language: l})
		}
		return r
	}
	for _, c := range []struct {
		name     string
		readings []reading
		want     []string
	}{
		{"declared", []reading{in("ar"), in("en")}, []string{"ar", "en"}},
		{"the feed declares what its system came with", []reading{in("en-US", "ar", "ar", "en-US")}, []string{"ar"}},
		{"two of one language", []reading{in("en-GB"), in("en-US"), in("")}, []string{"en-GB"}},
		{"articles say, the feed does not", []reading{in("", "", "he", "")}, []string{"he"}},
		{"none known", []reading{in("")}, []string{"en"}},
	} {
		if diff := cmp.Diff(c.want, languagesOf(c.readings)); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestAgesAreReadAndWrittenAlike(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "3d": 72 * time.Hour, "36h": 36 * time.Hour, "1h30m": 90 * time.Minute, " 7d ": 168 * time.Hour,
	} {
		got, err := parseAge(text)
		if err != nil || got != want {
			t.Errorf("parseAge(%q) = %v, %v, want %v", text, got, err, want)
		}
		if again, err := parseAge(ageText(got)); err != nil || again != want {
			t.Errorf("%q is written as %q, which reads as %v, %v", text, ageText(got), again, err)
		}
	}
	for _, text := range []string{"", "3", "-1d", "-5h", "d", "99999999999d", "3 days"} {
		if got, err := parseAge(text); err == nil {
			t.Errorf("parseAge(%q) = %v, want an error", text, got)
		}
	}
}

func TestNoteTellsWhatAChangeOfClocksDoes(t *testing.T) {
	const skip, twice = "clocks skip 02:30 that day: it goes out at the first moment after", "clocks have 02:30 twice that day: it goes out the first time"
	for _, c := range []struct {
		name, cron, zone, from string
		want                   []string
	}{
		{"no change", "30 2 * * *", "Asia/Riyadh", "2027-03-27", []string{"", "", ""}},
		{"skipped", "30 2 * * *", "Europe/Berlin", "2027-03-27", []string{"", skip, ""}},
		{"twice", "30 2 * * *", "Europe/Berlin", "2027-10-30", []string{"", twice, "clocks went back: 1 hour later in UTC than before"}},
		{"later that day", "0 7 * * *", "Europe/Berlin", "2027-03-27", []string{"", "clocks went forward: 1 hour earlier in UTC than before", ""}},
		{"what is skipped coincides with the next", "*/30 3 * * *", "Europe/Berlin", "2027-03-28", []string{"", "", ""}},
		{"half an hour", "15 2 * * *", "Australia/Lord_Howe", "2027-10-02", []string{"",
			"clocks skip 02:15 that day: it goes out at the first moment after", ""}},
	} {
		e := digest.Edition{Schedule: digest.Schedule{Cron: c.cron, Zone: c.zone}}
		from, err := parseTime(c.from, e)
		if err != nil {
			t.Fatal(err)
		}
		var notes []string
		for _, r := range nextRuns(e, from, len(c.want)) {
			notes = append(notes, r.Note)
		}
		if diff := cmp.Diff(c.want, notes); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}
