package click

import (
	"context"
	"log/slog"
	"time"
)

const (
	waiting  = 10_000 // hits that wait to be counted at most; more are not counted
	together = 1_000  // that are counted in one transaction
	every    = time.Second
)

// A Counter takes hits without making anybody wait, and counts them together. A crash loses
// those of a second: nothing but a number depends on them.
type Counter struct {
	store *Store
	log   *slog.Logger
	hits  chan Hit
}

// NewCounter returns a counter for s. It counts nothing until Run is called.
func NewCounter(s *Store, log *slog.Logger) *Counter {
	return &Counter{store: s, log: log, hits: make(chan Hit, waiting)}
}

// Add takes a hit. In a flood of them it may not be counted.
func (c *Counter) Add(h Hit) {
	select {
	case c.hits <- h:
	default:
	}
}

// Run counts until ctx ends, and then what is there still.
func (c *Counter) Run(ctx context.Context) error {
	clock := time.NewTicker(every)
	defer clock.Stop()
	for {
		select {
		case <-clock.C:
			if len(c.hits) == waiting {
				c.log.Warn("more links are followed than can be counted; some are not", "a second", waiting)
			}
			c.drain(ctx)
		case <-ctx.Done():
			c.drain(context.WithoutCancel(ctx))
			return nil
		}
	}
}

// drain counts what came in until now.
func (c *Counter) drain(ctx context.Context) {
	for left := len(c.hits); left > 0; {
		n := min(left, together)
		batch := make([]Hit, n)
		for i := range batch {
			batch[i] = <-c.hits
		}
		left -= n
		if err := c.store.Count(ctx, batch); err != nil && ctx.Err() == nil {
			c.log.Error("links that were followed could not be counted", "links", n, "error", err)
		}
	}
}
