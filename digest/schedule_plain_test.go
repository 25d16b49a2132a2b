package digest

import (
	"strings"
	"testing"
	"time"
)

func TestSchedulesInWords(t *testing.T) {
	arab := []time.Weekday{time.Friday, time.Saturday}
	for _, c := range []struct {
		text    string
		weekend []time.Weekday
		zone    string
		cron    string
	}{
		{"every weekday at 07:00", nil, "", "0 7 * * 1,2,3,4,5"},
		{"every weekday at 07:00", arab, "", "0 7 * * 0,1,2,3,4"},
		{"every weekday at 07:00", nil, "Asia/Riyadh", "0 7 * * 0,1,2,3,4"},
		{"Every weekday at 07:00 Asia/Riyadh", nil, "", "0 7 * * 0,1,2,3,4"},
		{"daily 07:00, 18:00", nil, "", "0 7,18 * * *"},
		{"daily 18:30 and 7:00", nil, "", "0 7 * * *; 30 18 * * *"},
		{"mondays and thursdays at 6:30", nil, "", "30 6 * * 1,4"},
		{"On Mon, Tues & Weds at 7am", nil, "", "0 7 * * 1,2,3"},
		{"weekends at 9.15 pm", nil, "", "15 21 * * 0,6"},
		{"weekends at noon", arab, "", "0 12 * * 5,6"},
		{"sunday to thursday at 6", nil, "", "0 6 * * 0,1,2,3,4"},
		{"Friday–Monday 12am", nil, "", "0 0 * * 0,1,5,6"},
		{"every day at midnight", nil, "", "0 0 * * *"},
		{"each day 12 pm.", nil, "", "0 12 * * *"},
		{"weekdays and weekends 7:00", nil, "", "0 7 * * *"},
	} {
		s, err := Schedule{Zone: c.zone}.Plainly(c.text, c.weekend...)
		if err != nil || s.Cron != c.cron {
			t.Errorf("%q: %q, want %q (%v)", c.text, s.Cron, c.cron, err)
			continue
		}
		if err := s.Check(); err != nil {
			t.Errorf("%q: %v", c.text, err)
		}
		again, err := Schedule{}.Plainly(s.Plain())
		if err != nil || again.Cron != c.cron {
			t.Errorf("%q is %q in words, which is %q (%v)", c.cron, s.Plain(), again.Cron, err)
		}
	}
}

func TestSchedulesInWordsThatSayTooLittle(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "no time of day",
		"every weekday":             "no time of day",
		"at 07:00":                  "on which days",
		"every 07:00":               "on which days",
		"daily at 25:00":            "no time of day",
		"daily at 13pm":             "no time of day",
		"daily at 7:75":             "no time of day",
		"every second monday at 7":  "no day of the week",
		"every day but friday at 7": "no day of the week",
		"to friday at 7":            "no day before",
		"monday to at 7":            "without a day",
		"daily 7:00 Mars/Olympus":   "cannot be read",
		"عند السابعة":               "cannot be read",
	} {
		if s, err := (Schedule{}).Plainly(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v; want %q", text, s.Cron, err, want)
		}
	}
}

func TestCronLinesThatWordsCannotSay(t *testing.T) {
	for cron, want := range map[string]string{
		"": "", "*/5 * * * *": "", "0 7 1 * *": "", "@daily": "", "0 7 * * 1; 0 8 * * 2": "", "0 7 * 1 *": "", "0 0-3 * * *": "",
		"0 7 * * 1-5": "Mondays, Tuesdays, Wednesdays, Thursdays and Fridays at 07:00", "5 7 * * 7": "Sundays at 07:05",
	} {
		if got := (Schedule{Cron: cron}).Plain(); got != want {
			t.Errorf("%q: %q, want %q", cron, got, want)
		}
	}
}

func FuzzPlainly(f *testing.F) {
	for _, s := range []string{"every weekday at 07:00", "daily 07:00, 18:00", "sunday to thursday at 6", "to", "12am Asia/Riyadh"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Schedule{}.Plainly(text)
		if err != nil {
			return
		}
		if err := s.Check(); err != nil {
			t.Fatalf("%q became %q: %v", text, s.Cron, err)
		}
		if again, err := (Schedule{}).Plainly(s.Plain()); err != nil || again.Cron != s.Cron {
			t.Fatalf("%q became %q, in words %q, which is %q (%v)", text, s.Cron, s.Plain(), again.Cron, err)
		}
	})
}
