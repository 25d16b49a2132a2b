package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
)

// A Search looks for readers by a part of their address.
type Search struct {
	Part string
	// After is the Next of the page before.
	After string
	Limit int // of readers on a page; 50 if 0
	// Look is how many addresses are looked through for a page, at most; 100,000 if 0. A
	// million take too long for a page.
	Look int
}

// A Found is a page of readers.
type Found struct {
	Readers []Reader
	// Next is where the next page goes on, "" when all addresses were looked through.
	Next string
}

// Where a search has come to: with the addresses that begin with the part, which are found
// at once, or with those that have it elsewhere. An address follows.
const (
	beginning = "^"
	elsewhere = "~"
)

// Search returns readers whose address has a part in it: first those that begin with it,
// then the others, by the alphabet. A page may have fewer than the limit and a next one all
// the same.
func (s *Store) Search(ctx context.Context, q Search) (f Found, err error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	if q.Look <= 0 {
		q.Look = 100_000
	}
	q.Part = lowerASCII(q.Part)
	if q.After == "" {
		q.After = beginning
	}
	err = s.db.View(ctx, func(tx *sql.Tx) (err error) {
		if after, ok := strings.CutPrefix(q.After, beginning); ok {
			// One bound on each side, else the index serves another one than the nearest.
			// U+10FFFF comes after whatever an address may have.
			f.Readers, err = readers(ctx, tx, `WHERE lower(s.email) >= ?1 AND lower(s.email) < ?2 ORDER BY lower(s.email) LIMIT ?3`,
				max(after+"\x00", q.Part), q.Part+"\U0010FFFF", q.Limit)
			if n := len(f.Readers); err != nil || n == q.Limit {
				if err == nil {
					f.Next = beginning + lowerASCII(f.Readers[n-1].Email)
				}
				return err
			}
			q.After = elsewhere
		}
		return within(ctx, tx, q, &f)
	})
	if err != nil {
		return f, fmt.Errorf("search subscribers: %w", err)
	}
	return f, nil
}

// within looks through a stretch of the addresses for those that have the part elsewhere
// than at their beginning.
func within(ctx context.Context, tx *sql.Tx, q Search, f *Found) error {
	after := strings.TrimPrefix(q.After, elsewhere)
	end := "" // the last address that this page looks at
	err := tx.QueryRowContext(ctx, `SELECT lower(email) FROM subscriber WHERE lower(email) > ?1 ORDER BY lower(email) LIMIT 1 OFFSET ?2`,
		after, q.Look-1).Scan(&end)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	until := end
	if until == "" {
		until = "\U0010FFFF"
	}
	room := q.Limit - len(f.Readers)
	// The || keeps the order from being read off the index, address by address, of everybody.
	more, err := readers(ctx, tx, `
		WHERE s.id IN (SELECT id FROM subscriber WHERE lower(email) > ?1 AND lower(email) <= ?2 AND instr(lower(email), ?3) > 1
			ORDER BY lower(email) LIMIT ?4)
		ORDER BY lower(s.email) || ''`, after, until, q.Part, room)
	if err != nil {
		return err
	}
	f.Readers = append(f.Readers, more...)
	if len(more) == room {
		end = lowerASCII(more[room-1].Email)
	}
	if end != "" {
		f.Next = elsewhere + end
	}
	return nil
}

// Latest returns up to n readers who came last, the newest first: those before one, or the
// newest of all when before is 0.
func (s *Store) Latest(ctx context.Context, before int64, n int) (page []Reader, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		page, err = readers(ctx, tx, `WHERE s.id < ?1 ORDER BY s.id DESC LIMIT ?2`, before, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list subscribers: %w", err)
	}
	return page, nil
}
