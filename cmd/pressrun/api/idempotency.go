package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
)

// keepCalls is for how long a call with an Idempotency-Key is known again.
const keepCalls = 24 * time.Hour

// giveUp is when a call that never ended is taken for that of a process that was killed.
const giveUp = 2 * time.Minute

// maxKey is the length a key may have.
const maxKey = 255

// once has a call done that changes something. With an Idempotency-Key it is done once,
// however often it comes: later ones get the first one's answer. What failed is forgotten,
// so that it may be tried again under the same key.
func (a *API) once(c *call, rt route) (said, error) {
	key := c.Header.Get("Idempotency-Key")
	switch {
	case key == "" && rt.keyed:
		return said{}, needsKey.because("Send a header Idempotency-Key that is new for each thing to be done, such as a UUID: a call that is repeated with it is not done twice.")
	case key == "":
		return a.change(c, rt)
	case len(key) > maxKey:
		return said{}, needsKey.because("An Idempotency-Key has %d characters at most.", maxKey)
	}
	sum := sha256.New()
	io.WriteString(sum, c.Method+" "+c.URL.RequestURI()+"\n")
	if rt.limit() > maxArticles {
		c.slow(importPatience) // to send it takes its time, too
	}
	body, err := keepBody(c.Body, sum, rt.limit())
	if err != nil {
		return said{}, err
	}
	defer body.Close()
	c.Body = body
	row := calling{token: c.token.ID, key: key, hash: sum.Sum(nil), process: a.process}

	known, err := row.claim(c, a.Database)
	if err != nil || known.status > 0 {
		return known, err
	}
	// Whoever asked may be gone before it is done; what is begun is finished and kept.
	ctx := context.WithoutCancel(c.Context())
	c.Request = c.WithContext(ctx)
	c.decide = func(n int64) error {
		c.first = n
		return a.Database.Update(ctx, func(tx *sql.Tx) error {
			_, err := tx.Exec(`UPDATE api_call SET first = ?3 WHERE token_id = ?1 AND key = ?2`, row.token, row.key, n)
			return err
		})
	}
	told := c.now
	c.alive = func() {
		if now := time.Now(); now.Sub(told) > giveUp/4 {
			told = now
			_ = row.refresh(ctx, a.Database, now) // the next time will do
		}
	}
	done, err := a.change(c, rt)
	if err != nil {
		return said{}, errors.Join(err, row.release(ctx, a.Database))
	}
	return done, row.keep(ctx, a.Database, done)
}

// keepBody reads a body to its end, so that it can be read again: one that may be large into
// a file of our own.
func keepBody(in io.Reader, sum io.Writer, limit int64) (io.ReadCloser, error) {
	if limit <= maxArticles {
		body, err := io.ReadAll(io.TeeReader(in, sum))
		return io.NopCloser(bytes.NewReader(body)), err
	}
	f, err := os.CreateTemp("", "pressrun-call-*")
	if err != nil {
		return nil, fmt.Errorf("keep the body of a call: %w", err)
	}
	_ = os.Remove(f.Name()) // it has no name from here on, so that a crash leaves nothing of it
	if _, err := io.Copy(io.MultiWriter(f, sum), in); err != nil {
		f.Close()
		return nil, err
	}
	_, err = f.Seek(0, io.SeekStart)
	return f, err
}

// change does it, and notes in the audit log that it was done.
func (a *API) change(c *call, rt route) (said, error) {
	done, err := rt.serve(c)
	if err != nil {
		return said{}, err
	}
	if done.act != "" {
		if err := a.note(c, done.act, done.what, done.detail); err != nil {
			return said{}, err
		}
	}
	return done.said()
}

// note writes into the audit log what a program did.
func (a *API) note(c *call, act, what, detail string) error {
	return a.Staff.Note(context.WithoutCancel(c.Context()), staff.Entry{
		Name: digest.ProgramNamed(c.token.Name), Act: act, What: what, Detail: detail, At: c.now,
	})
}

// A calling is the row of a call that may come again.
type calling struct {
	token   int64
	key     string
	hash    []byte
	process string
}

// claim writes the row down, or returns the answer that is in it. A call that another
// process, or another connection, is at is refused, and so is another call under its key.
func (row calling) claim(c *call, d Database) (known said, err error) {
	err = d.Update(c.Context(), func(tx *sql.Tx) error {
		if _, err := tx.Exec(`DELETE FROM api_call WHERE started < ?1`, c.now.Add(-keepCalls).Unix()); err != nil {
			return err
		}
		var hash []byte
		var started int64
		var process string
		err := tx.QueryRow(`SELECT hash, started, process, first, status, body, location FROM api_call WHERE token_id = ?1 AND key = ?2`,
			row.token, row.key).Scan(&hash, &started, &process, &c.first, &known.status, &known.body, &known.location)
		if errors.Is(err, sql.ErrNoRows) {
			_, err = tx.Exec(`INSERT INTO api_call (token_id, key, hash, started, process) VALUES (?1, ?2, ?3, ?4, ?5)`,
				row.token, row.key, row.hash, c.now.Unix(), row.process)
			return err
		}
		if err != nil {
			return err
		}
		switch age := c.now.Sub(time.Unix(started, 0)); {
		case !bytes.Equal(hash, row.hash):
			return otherCall.because("Another call came under this key less than a day ago; nothing was changed.")
		case known.status > 0:
			known.replayed = true
			return nil
		case process != "" && age < giveUp:
			p := underWay.because("Ask again for its answer in a few seconds.")
			p.retry = 5 * time.Second
			return p
		}
		_, err = tx.Exec(`UPDATE api_call SET started = ?3, process = ?4 WHERE token_id = ?1 AND key = ?2`,
			row.token, row.key, c.now.Unix(), row.process)
		return err
	})
	return known, err
}

// refresh says that the call is still under way.
func (row calling) refresh(ctx context.Context, d Database, now time.Time) error {
	return d.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE api_call SET started = ?3 WHERE token_id = ?1 AND key = ?2 AND process = ?4 AND status = 0`, row.token, row.key, now.Unix(), row.process)
		return err
	})
}

// release lets a call that failed be tried again. What its first try decided stays decided.
func (row calling) release(ctx context.Context, d Database) error {
	return d.Update(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec(`DELETE FROM api_call WHERE token_id = ?1 AND key = ?2 AND first = 0`, row.token, row.key); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE api_call SET process = '' WHERE token_id = ?1 AND key = ?2`, row.token, row.key)
		return err
	})
}

func (row calling) keep(ctx context.Context, d Database, done said) error {
	return d.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE api_call SET status = ?3, body = ?4, location = ?5 WHERE token_id = ?1 AND key = ?2`,
			row.token, row.key, done.status, done.body, done.location)
		return err
	})
}
