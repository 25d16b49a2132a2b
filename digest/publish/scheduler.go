package publish

import (
	"context"
	"errors"
	"time"

	"github.com/pressrun/pressrun/digest"
)

// A Scheduler publishes the editions when they are due, and reads the sources meanwhile.
type Scheduler struct {
	Publisher *Publisher
	// Acquire waits until this process alone may publish, as that of a db.DB does.
	Acquire func(ctx context.Context, name string) (held context.Context, release func(), err error)
	// Every is how often sources are read. 0 means five minutes.
	Every time.Duration
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
		s.run(held)
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
		if c.Err != nil {
			s.Publisher.Log.Warn("source failed", "source", c.Source.URL, "failures", c.Source.Failures, "error", c.Err)
		} else if c.New > 0 {
			s.Publisher.Log.Info("source read", "source", c.Source.URL, "new", c.New)
		}
	}
}

// publishDue publishes every edition that has a slot since its last issue: the last slot
// that was missed, once. It reads the sources right before.
func (s *Scheduler) publishDue(ctx context.Context, now time.Time) error {
	due, err := s.due(ctx, now)
	if err != nil || len(due) == 0 {
		return err
	}
	s.collect(ctx, now)
	var errs []error
	for _, d := range due {
		if _, err := s.Publisher.Publish(ctx, d.edition.Slug, d.slot, time.Now(), nil); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

type dueEdition struct {
	edition digest.Edition
	slot    time.Time
}

func (s *Scheduler) due(ctx context.Context, now time.Time) (due []dueEdition, err error) {
	editions, err := s.Publisher.Store.Editions(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range editions {
		if e.Paused {
			continue
		}
		last, err := s.Publisher.Store.LastSlot(ctx, e)
		if err != nil {
			return nil, err
		}
		if slot, ok := e.Schedule.Due(last, now); ok {
			due = append(due, dueEdition{e, slot})
		}
	}
	return due, nil
}
