package feed

import (
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
)

// dateLayouts are how pages write dates for machines. What names no zone is taken for UTC.
func dateLayouts() []string {
	return []string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04Z0700",
		"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700",
		"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006/01/02 15:04:05", "2006/01/02", "20060102",
		time.RFC1123, time.RFC1123Z, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST",
	}
}

// parseDate reads a date that is meant for machines; false for any other text.
func parseDate(raw string) (time.Time, bool) {
	raw = strings.TrimSpace(raw)
	if len(raw) < 8 || len(raw) > 40 {
		return time.Time{}, false
	}
	for _, layout := range dateLayouts() {
		if t, err := time.Parse(layout, raw); err == nil && t.Year() >= 1990 {
			return t.UTC().Truncate(time.Second), true
		}
	}
	return time.Time{}, false
}

// A dated is a date with where it was found.
type dated struct {
	raw  string
	from digest.DateFrom
}

// dateOf returns the first of the dates that can be an article's. A page that was written
// for this visit carries the visit's time: what is less than a minute old proves nothing.
func dateOf(dates []dated, now time.Time) (time.Time, digest.DateFrom) {
	for _, d := range dates {
		t, ok := parseDate(d.raw)
		switch {
		case !ok:
		case t.After(now.Add(tolerance)):
			return now, digest.DateFuture
		case now.Sub(t).Abs() < time.Minute, t.After(now):
		default:
			return t, d.from
		}
	}
	return now, digest.DateMissing
}
