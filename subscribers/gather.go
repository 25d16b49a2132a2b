package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/pressrun/pressrun/subscribers/db"
)

// A gathering lets calls that come together share a transaction, because the wait for the
// disk at its end costs far more than what is in it. Whoever comes first leads: it takes
// all that wait, its own among them, and commits them at once; meanwhile the next gather.
type gathering struct {
	db      *db.DB
	turn    chan struct{} // held by the one that leads
	mu      sync.Mutex
	waiting []*gathered
}

type gathered struct {
	do   func(ctx context.Context, tx *sql.Tx) error
	done chan struct{} // closed when err is set
	err  error
}

// gatheredMost keeps a transaction short: the sender waits for it.
const gatheredMost = 200

func newGathering(d *db.DB) *gathering {
	return &gathering{db: d, turn: make(chan struct{}, 1)}
}

// update runs do in a transaction with others. What one of them cannot do leaves the others
// alone. When ctx ends early, it may still be done.
func (g *gathering) update(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	own := &gathered{do: do, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, own)
	g.mu.Unlock()
	for {
		select {
		case <-own.done:
			return own.err
		case <-ctx.Done():
			return ctx.Err()
		case g.turn <- struct{}{}:
			g.lead(context.WithoutCancel(ctx)) // others' calls are in it
			<-g.turn
		}
	}
}

// lead commits what waits.
func (g *gathering) lead(ctx context.Context) {
	g.mu.Lock()
	n := min(len(g.waiting), gatheredMost)
	batch := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	g.mu.Unlock()
	if n == 0 {
		return
	}
	err := g.db.Update(ctx, func(tx *sql.Tx) error {
		for _, c := range batch {
			if err := inSavepoint(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range batch {
		if err != nil {
			c.err = err
		}
		close(c.done)
	}
}

// inSavepoint runs one call and leaves nothing of it if it fails. Its error is the call's;
// the one returned is the transaction's.
func inSavepoint(ctx context.Context, tx *sql.Tx, c *gathered) error {
	if _, err := tx.ExecContext(ctx, `SAVEPOINT one`); err != nil {
		return err
	}
	if c.err = c.do(ctx, tx); c.err != nil {
		if _, err := tx.ExecContext(ctx, `ROLLBACK TO one`); err != nil {
			return errors.Join(c.err, err)
		}
	}
	_, err := tx.ExecContext(ctx, `RELEASE one`)
	return err
}
