package outbox

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"math/bits"
	"slices"
	"time"
)

// A Part is how far an issue came with the readers of one domain, or through one relay. It
// counts what attempts ended in: a copy that was put off twice and then taken counts three
// times.
type Part struct {
	Name     string    `json:"name"` // of the domain or relay, "" for all that have no row of their own
	Taken    int64     `json:"taken"`
	PutOff   int64     `json:"put_off"`
	Refused  int64     `json:"refused"`  // for good
	Doubtful int64     `json:"in_doubt"` // nobody knows whether they arrived
	Said     string    `json:"said,omitempty"`
	SaidAt   time.Time `json:"said_at,omitzero"`     // of the last answer that was no "yes"; zero for none
	Rest     time.Time `json:"rests_until,omitzero"` // until then nothing goes to the domain; zero: it asked for none
}

// Size is how many attempts there were.
func (p Part) Size() int64 { return p.Taken + p.PutOff + p.Refused + p.Doubtful }

// PartsIn returns parts with their times as a zone has them.
func PartsIn(zone *time.Location, parts []Part) (shown []Part) {
	for _, p := range parts {
		p.SaidAt, p.Rest = p.SaidAt.In(zone), p.Rest.In(zone)
		shown = append(shown, p)
	}
	return shown
}

func (p *Part) add(o Part) {
	p.Taken += o.Taken
	p.PutOff += o.PutOff
	p.Refused += o.Refused
	p.Doubtful += o.Doubtful
	if o.SaidAt.After(p.SaidAt) {
		p.Said, p.SaidAt = o.Said, o.SaidAt
	}
}

// Parts are those of one issue, the largest first and those without a name last.
type Parts struct{ Domains, Relays []Part }

const (
	byDomain = "domain"
	byRelay  = "relay"
)

// Parts returns how an issue came along by domain and by relay.
func (q *Queue) Parts(ctx context.Context, issueID int64, now time.Time) (p Parts, err error) {
	err = q.db.View(ctx, func(tx *sql.Tx) error {
		if p.Domains, err = partsOf(tx, issueID, byDomain, now); err != nil {
			return err
		}
		p.Relays, err = partsOf(tx, issueID, byRelay, now)
		return err
	})
	if err != nil {
		return Parts{}, fmt.Errorf("read the parts of issue %d: %w", issueID, err)
	}
	return p, nil
}

func partsOf(tx *sql.Tx, issueID int64, kind string, now time.Time) (parts []Part, err error) {
	err = each(tx, `SELECT p.name, p.taken, p.put_off, p.refused, p.doubtful, p.said, p.said_at, coalesce(r.until, 0)
		FROM part p LEFT JOIN domain_rest r ON r.domain = p.name AND p.kind = 'domain' AND r.until > ?3
		WHERE p.issue_id = ?1 AND p.kind = ?2`, []any{issueID, kind, now.Unix()}, func(rows *sql.Rows) error {
		var p Part
		var said, until int64
		err := rows.Scan(&p.Name, &p.Taken, &p.PutOff, &p.Refused, &p.Doubtful, &p.Said, &said, &until)
		if said > 0 {
			p.SaidAt = time.Unix(said, 0)
		}
		if until > 0 {
			p.Rest = time.Unix(until, 0)
		}
		parts = append(parts, p)
		return err
	})
	slices.SortFunc(parts, largerPart)
	return parts, err
}

// largerPart puts the largest first, and what has no name last.
func largerPart(a, b Part) int {
	if (a.Name == "") != (b.Name == "") {
		return cmp.Compare(b.Name, a.Name)
	}
	return cmp.Or(cmp.Compare(b.Size(), a.Size()), cmp.Compare(a.Name, b.Name))
}

// Fold keeps the names of the first most parts, and of domains that rest, and puts the
// others together with what has none.
func Fold(parts []Part, most int) (named []Part, others Part) {
	for i, p := range parts {
		if p.Name != "" && (i < most || !p.Rest.IsZero()) {
			named = append(named, p)
			continue
		}
		others.add(p)
	}
	others.Said, others.SaidAt = "", time.Time{} // one of many says nothing about the others
	return named, others
}

// A partKey names a row.
type partKey struct {
	issueID    int64
	kind, name string
}

// savePart adds to a row, in the transaction that writes down what it counts.
func savePart(tx *sql.Tx, k partKey, p Part) error {
	said := int64(0)
	if !p.SaidAt.IsZero() {
		said = p.SaidAt.Unix()
	}
	_, err := tx.Exec(`INSERT INTO part (issue_id, kind, name, taken, put_off, refused, doubtful, said, said_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (issue_id, kind, name) DO UPDATE SET
			taken = taken + ?4, put_off = put_off + ?5, refused = refused + ?6, doubtful = doubtful + ?7,
			said = CASE WHEN ?9 > 0 THEN ?8 ELSE said END, said_at = max(said_at, ?9)`,
		k.issueID, k.kind, k.name, p.Taken, p.PutOff, p.Refused, p.Doubtful, p.Said, said)
	return err
}

// saveTaken adds to rows of which nothing but Taken grows, as nearly always.
func saveTaken(tx *sql.Tx, keys []partKey, parts []*Part) error {
	for len(keys) > 0 {
		n := 1 << (bits.Len(uint(len(keys))) - 1) // a power of two: few different statements
		args := make([]any, 0, 4*n)
		for i, k := range keys[:n] {
			args = append(args, k.issueID, k.kind, k.name, parts[i].Taken)
		}
		_, err := tx.Exec(`INSERT INTO part (issue_id, kind, name, taken) VALUES `+placeholders(n, 4, 1)+`
			ON CONFLICT (issue_id, kind, name) DO UPDATE SET taken = taken + excluded.taken`, args...)
		if err != nil {
			return err
		}
		keys, parts = keys[n:], parts[n:]
	}
	return nil
}
