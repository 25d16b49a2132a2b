package publish

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
)

// A Scheduler publishes the editions when they are due, and reads the sources meanwhile.
type Scheduler struct {
	Publisher *Publisher
	// Acquire waits until this process alone may publish, as that of a db.DB does.
	Acquire func(ctx context.Context, name string) (held context.Context, release func(), err error)
	// Every is how often sources are read. 0 means five minutes.
	Every time.Duration
	// Office is the way to the editors.
	Office Office
}

// look is the longest time between two looks at the clock: a suspended machine, or a clock
// that was set, is noticed within it.
const look = 15 * time.Second

// Run publishes what is due until ctx ends. Of all processes on one database, one does it
// at a time: the others wait for its lease.
func (s *Scheduler) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		held, release, err := s.Acquire(ctx, "scheduler")
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		var telling sync.WaitGroup
		telling.Go(func() { s.tell(held) })
		s.run(held)
		telling.Wait()
		release()
	}
	return nil
}

func (s *Scheduler) run(ctx context.Context) {
	log := s.Publisher.Log
	every := s.Every
	if every == 0 {
		every = 5 * time.Minute
	}
	var collected time.Time
	for ctx.Err() == nil {
		now := time.Now()
		if now.Sub(collected) >= every {
			if err := s.Publisher.Resume(ctx, "", now); err != nil && ctx.Err() == nil {
				log.Error("an issue that was begun cannot be finished; it will be tried again", "error", err, "again_in", every)
			}
			s.collect(ctx, now)
			collected = now
		}
		if err := s.publishDue(ctx, now); err != nil && ctx.Err() == nil {
			log.Error("an edition that is due cannot be published; it will be tried again", "error", err)
		}
		if err := s.ask(ctx, time.Now()); err != nil && ctx.Err() == nil {
			log.Error("the editors cannot be asked; it will be tried again", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(s.pause(ctx, time.Now())):
		}
	}
}

// pause is the time to the next slot, or to the next look.
func (s *Scheduler) pause(ctx context.Context, now time.Time) time.Duration {
	wait := look
	editions, err := s.Publisher.Store.Editions(ctx)
	if err != nil {
		return wait
	}
	for _, e := range editions {
		if next := e.Schedule.Next(now, 1); len(next) == 1 && !e.Paused {
			wait = min(wait, next[0].Sub(now))
		}
	}
	return max(wait, 10*time.Millisecond)
}

func (s *Scheduler) collect(ctx context.Context, now time.Time) {
	collections, err := s.Publisher.Collect(ctx, now)
	if err != nil && ctx.Err() == nil {
		s.Publisher.Log.Error("sources cannot be read", "error", err)
	}
	for _, c := range collections {
		if feed.IsWaiting(c.Err) {
			continue // it failed before, and was reported then
		}
		if c.Err != nil {
			s.Publisher.Log.Warn("source failed", "source", c.Source.URL, "failures", c.Source.Failures, "error", c.Err)
		} else if c.New > 0 {
			s.Publisher.Log.Info("source read", "source", c.Source.URL, "new", c.New)
		}
	}
}

// publishDue settles every edition's runs since its last issue: the last is published, and
// of the others it is written down why they were not. It reads the sources right before.
func (s *Scheduler) publishDue(ctx context.Context, now time.Time) error {
	due, err := s.due(ctx, now)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(due, dueEdition.goesOut) {
		s.collect(ctx, now)
	}
	errs := []error{s.release(ctx, now)}
	for _, d := range due {
		errs = append(errs, s.settle(ctx, d, time.Now()))
	}
	return errors.Join(errs...)
}

// A dueEdition has runs that nothing became of yet, the oldest first.
type dueEdition struct {
	digest.Edition
	runs []digest.Run
	// left are those that an editor set or took out, and that are not due any more.
	left []digest.Run
}

func (d dueEdition) goesOut() bool {
	i := digest.Latest(d.runs)
	return i >= 0 && d.runs[i].Rest == ""
}

func (s *Scheduler) due(ctx context.Context, now time.Time) (due []dueEdition, err error) {
	editions, err := s.Publisher.Store.Editions(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range editions {
		d := dueEdition{Edition: e}
		if e.Paused {
			d.left = e.Schedule.Left(now)
		} else {
			last, err := s.Publisher.Store.LastSlot(ctx, e)
			if err != nil {
				return nil, err
			}
			d.runs, d.left = e.Schedule.Since(last, now), e.Schedule.Left(earlier(last, now))
		}
		if len(d.runs)+len(d.left) > 0 {
			due = append(due, d)
		}
	}
	return due, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// settle gives each run its row, the oldest first, so that after a crash the others are
// still due.
func (s *Scheduler) settle(ctx context.Context, d dueEdition, now time.Time) error {
	if err := s.settleLeft(ctx, d, now); err != nil || len(d.runs) == 0 {
		return err
	}
	stands := digest.Latest(d.runs)
	var last digest.Run
	if stands >= 0 {
		last = d.runs[stands]
	}
	today := d.Schedule.RestsNow(last, now)
	madeUp := stands >= 0 && last.Rest == "" && today == "" && d.Schedule.TooLate(last.At, now) == ""
	for i, run := range d.runs {
		reason := run.Rest
		switch {
		case reason != "":
		case i != stands && madeUp:
			reason = "missed: nothing ran at that time, and the issue of " + last.At.Format("Mon 2 Jan 15:04") + " makes up for it"
		case i != stands:
			reason = "missed: nothing ran at that time; its stories wait for the next issue"
		case today != "":
			reason = "missed: nothing ran at that time, and today " + today
		default:
			if err := s.runSlot(ctx, d.Edition, run.At, now); err != nil {
				return err
			}
			continue
		}
		if err := s.Publisher.Skip(ctx, d.Edition, run.At, reason, now); err != nil {
			return err
		}
	}
	return nil
}

// settleLeft gives their rows to the runs that an editor set or took out and that are not
// due: at that time the edition was paused, or it was resumed or scheduled anew since.
func (s *Scheduler) settleLeft(ctx context.Context, d dueEdition, now time.Time) error {
	for _, run := range d.left {
		reason := run.Rest
		switch {
		case reason != "":
		case d.Paused:
			reason = "not sent: " + d.Name + " is paused; its stories wait for the next issue"
		default:
			reason = "not sent: the edition was paused at that time, or its schedule was changed after it; its stories wait for the next issue"
		}
		if err := s.Publisher.Skip(ctx, d.Edition, run.At, reason, now); err != nil {
			return err
		}
	}
	return nil
}
