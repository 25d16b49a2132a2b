package templates

import (
	"testing"
	"time"
)

func TestHijriDates(t *testing.T) {
	for day, want := range map[string][3]int{
		"2018-09-11": {1440, 1, 1}, "2019-05-06": {1440, 9, 1}, "2019-06-04": {1440, 10, 1}, "2019-08-31": {1441, 1, 1},
		"2020-04-24": {1441, 9, 1}, "2020-05-24": {1441, 10, 1}, "2020-08-20": {1442, 1, 1}, "2021-04-13": {1442, 9, 1},
		"2021-05-13": {1442, 10, 1}, "2021-08-09": {1443, 1, 1}, "2022-04-02": {1443, 9, 1}, "2022-05-02": {1443, 10, 1},
		"2022-07-30": {1444, 1, 1}, "2023-03-23": {1444, 9, 1}, "2023-04-21": {1444, 10, 1}, "2023-07-19": {1445, 1, 1},
		"2024-03-11": {1445, 9, 1}, "2024-04-10": {1445, 10, 1}, "2024-07-07": {1446, 1, 1}, "2025-03-01": {1446, 9, 1},
		"2025-03-30": {1446, 10, 1}, "2025-05-28": {1446, 12, 1}, "2025-06-26": {1447, 1, 1}, "2026-02-18": {1447, 9, 1},
		"2026-03-20": {1447, 10, 1}, "2026-06-16": {1448, 1, 1}, "2025-03-29": {1446, 9, 29}, "2026-03-19": {1447, 9, 30},
		"2026-11-23": {1448, 6, 13}, "2077-11-16": {1500, 12, 30},
	} {
		date, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		y, m, d, ok := hijri(date.Add(23 * time.Hour))
		if got := [3]int{y, m, d}; !ok || got != want {
			t.Errorf("%s is %v, want %v", day, got, want)
		}
	}
	for _, beyond := range []string{"2018-09-10", "2077-11-17", "0001-01-01", "9999-12-31"} {
		date, _ := time.Parse(time.DateOnly, beyond)
		if y, m, d, ok := hijri(date); ok {
			t.Errorf("%s is %d-%d-%d, though the table ends before it", beyond, y, m, d)
		}
	}
}

// TestHijriYears: every year has 354 or 355 days, and no more than four months of 30 or
// three of 29 days follow each other, as the moon has it.
func TestHijriYears(t *testing.T) {
	long, short := 0, 0
	for year := hijriFirst; year <= hijriLast; year++ {
		days := 0
		for month := 1; month <= 12; month++ {
			n := hijriDays(year, month)
			days += n
			if n == 30 {
				long, short = long+1, 0
			} else {
				long, short = 0, short+1
			}
			if long > 4 || short > 3 {
				t.Errorf("%d, month %d: %d months of 30 or %d of 29 in a row", year, month, long, short)
			}
		}
		if days != 354 && days != 355 {
			t.Errorf("%d has %d days", year, days)
		}
	}
}

// TestHijriDayIsTheZones: a quarter of an hour after midnight in Riyadh it is still
// yesterday in Greenwich, and the paper's date is Riyadh's.
func TestHijriDayIsTheZones(t *testing.T) {
	riyadh := time.FixedZone("Riyadh", 3*3600)
	if _, m, d, _ := hijri(time.Date(2026, 2, 18, 0, 15, 0, 0, riyadh)); m != 9 || d != 1 {
		t.Errorf("month %d, day %d, want 1 Ramadan", m, d)
	}
}

func TestHijriInWords(t *testing.T) {
	words := load(t).words
	eid := time.Date(2025, 3, 30, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		lang, digits string
		shift        int
		want         string
	}{
		{"en", "", 0, "1 Shawwal 1446 AH"},
		{"ar", "", 0, "1 شوال 1446 هـ"},
		{"ar", DigitsArab, 0, "١ شوال ١٤٤٦ هـ"},
		{"ar", "", -1, "29 رمضان 1446 هـ"},
		{"en", DigitsArab, 1, "2 Shawwal 1446 AH"},
		{"en", "", 9, "2 Shawwal 1446 AH"}, // a day at most
	} {
		if got := words.of(c.lang).in(c.digits).hijriDay(eid, c.shift); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
	if got := words.of("en").hijriDay(time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), 0); got != "" {
		t.Errorf("before the table: %q", got)
	}
}

// TestBothCalendars: a letter that brings several days names the first and the last in
// both.
func TestBothCalendars(t *testing.T) {
	l := arabicLetter()
	l.From, l.Hijri = l.Date.AddDate(0, 0, -2), true
	said := string(set(t, l).Text)
	for _, want := range []string{"من السبت، 21 نوفمبر 2026 إلى الاثنين، 23 نوفمبر 2026\n", "من 11 جمادى الآخرة 1448 هـ إلى 13 جمادى الآخرة 1448 هـ\n"} {
		if !containsLine(said, want) {
			t.Errorf("no line %q in\n%s", want, said)
		}
	}
}
