package site

import (
	"context"
	"net/url"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/subscribers"
)

// midnight is when a day begins, so many days after that of now, in now's zone.
func midnight(now time.Time, years, months, days int) time.Time {
	y, m, d := now.AddDate(years, months, days).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, now.Location())
}

// pauseDays are the first and the last day that a pause may end on.
func pauseDays(now time.Time) (first, last time.Time) {
	return midnight(now, 0, 0, 1), midnight(now, 1, 0, 0)
}

// pauseOf reads when a pause is to end: after a button's days, or on a chosen day.
func pauseOf(form url.Values, now time.Time) (until time.Time, wrong misfilled, err error) {
	switch form.Get("pause") {
	case "7":
		return midnight(now, 0, 0, 7), wrong, nil
	case "30":
		return midnight(now, 0, 1, 0), wrong, nil
	}
	if !form.Has("until") {
		return until, wrong, web.ErrForm
	}
	until, err = time.ParseInLocation(time.DateOnly, form.Get("until"), now.Location())
	if first, last := pauseDays(now); err != nil || until.Before(first) || until.After(last) {
		wrong = misfilled{block: "pause", why: "prefs.pause.wrong"}
	}
	return until, wrong, nil
}

// pauseAll keeps everything from a reader until a day begins where they are.
func (s *Site) pauseAll(ctx context.Context, reader subscribers.Reader, form url.Values, now time.Time) (wrong misfilled, err error) {
	editions, err := s.Digest.Editions(ctx)
	if err != nil {
		return wrong, err
	}
	until, wrong, err := pauseOf(form, now.In(readersZone(reader, editions)))
	if err != nil || wrong.block != "" {
		return wrong, err
	}
	for _, n := range reader.Subscriptions {
		if err := s.Readers.Pause(ctx, n.ID, until, now); err != nil {
			return wrong, err
		}
	}
	return wrong, nil
}

func (s *Site) resumeAll(ctx context.Context, reader subscribers.Reader, now time.Time) error {
	for _, n := range reader.Subscriptions {
		if err := s.Readers.Resume(ctx, n.ID, now); err != nil {
			return err
		}
	}
	return nil
}
