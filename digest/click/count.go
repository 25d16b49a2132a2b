package click

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Count adds hits, in the order they came. Either all of them are counted, or none.
func (s *Store) Count(ctx context.Context, hits []Hit) error {
	if len(hits) == 0 {
		return nil
	}
	err := s.db.Update(ctx, func(tx *sql.Tx) error {
		c := counting{tx: tx, salts: map[int64][]byte{}, visits: map[visitKey]*visit{}, clicks: map[[2]int64]*tally{}, ages: map[[2]int64]int64{}}
		for _, h := range hits {
			if err := c.count(h); err != nil {
				return err
			}
		}
		return c.save()
	})
	if err != nil {
		return fmt.Errorf("count clicks: %w", err)
	}
	return nil
}

// A counting is one transaction: what it read, and what it will write.
type counting struct {
	tx     *sql.Tx
	salts  map[int64][]byte
	visits map[visitKey]*visit
	clicks map[[2]int64]*tally // by issue and story
	ages   map[[2]int64]int64  // by issue and step
}

type visitKey struct {
	day     int64
	visitor [16]byte
}

type tally struct{ people, unsure, machines int64 }

func (t *tally) add(v verdict, n int64) {
	switch v {
	case people:
		t.people += n
	case unsure:
		t.unsure += n
	case machines:
		t.machines += n
	}
}

func (c *counting) count(h Hit) error {
	v, err := c.visit(h)
	if err != nil {
		return err
	}
	before, empty := v.verdict, len(v.trail) == 0
	fresh := v.add(h)
	settled := v.trail
	if fresh {
		settled = v.trail[:len(v.trail)-1]
		c.tell(v, v.trail[len(v.trail)-1], v.verdict, 1)
	}
	if empty && fresh {
		c.of(v.issue, 0).add(v.verdict, 1)
	}
	if before == v.verdict || empty {
		return nil
	}
	c.of(v.issue, 0).add(before, -1) // what passed for a person is none
	c.of(v.issue, 0).add(v.verdict, 1)
	for _, s := range settled {
		c.tell(v, s, before, -1)
		c.tell(v, s, v.verdict, 1)
	}
	return nil
}

// tell counts a story, n times, for those of a verdict.
func (c *counting) tell(v *visit, s step, by verdict, n int64) {
	c.of(v.issue, s.story).add(by, n)
	if by == people {
		c.ages[[2]int64{v.issue, int64(s.age)}] += n
	}
}

func (c *counting) of(issue, story int64) *tally {
	key := [2]int64{issue, story}
	if c.clicks[key] == nil {
		c.clicks[key] = &tally{}
	}
	return c.clicks[key]
}

// visit finds who a hit comes from among the visitors of its day.
func (c *counting) visit(h Hit) (*visit, error) {
	day := dayOf(h.At)
	salt, err := c.salt(day)
	if err != nil {
		return nil, err
	}
	key := visitKey{day, visitor(salt, h)}
	if v := c.visits[key]; v != nil {
		return v, nil
	}
	v := &visit{issue: h.Issue}
	var trail []byte
	err = c.tx.QueryRow(`SELECT verdict, canary, trail FROM click_visit WHERE day = ?1 AND visitor = ?2`, day, key.visitor[:]).
		Scan(&v.verdict, &v.canary, &trail)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	v.trail = readTrail(trail)
	c.visits[key] = v
	return v, nil
}

// salt returns that of a day, which begins with its first visit: all before it are forgotten.
func (c *counting) salt(day int64) ([]byte, error) {
	if salt := c.salts[day]; salt != nil {
		return salt, nil
	}
	fresh := make([]byte, 32)
	rand.Read(fresh) // never fails
	res, err := c.tx.Exec(`INSERT INTO click_salt (day, salt) VALUES (?1, ?2) ON CONFLICT (day) DO NOTHING`, day, fresh)
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err != nil {
		return nil, err
	} else if n == 1 {
		if err := forget(c.tx, day); err != nil {
			return nil, err
		}
	}
	var salt []byte
	err = c.tx.QueryRow(`SELECT salt FROM click_salt WHERE day = ?1`, day).Scan(&salt)
	c.salts[day] = salt
	return salt, err
}

// visitor hashes where a hit comes from and by what program: of IPv6 the part that is a
// household's or an office's.
func visitor(salt []byte, h Hit) (sum [16]byte) {
	from := h.From.Unmap()
	if from.Is6() {
		if p, err := from.Prefix(64); err == nil {
			from = p.Addr()
		}
	}
	mac := hmac.New(sha256.New, salt)
	fmt.Fprintf(mac, "%d %s %s", h.Issue, from.WithZone(""), h.Agent)
	copy(sum[:], mac.Sum(nil))
	return sum
}

func (c *counting) save() error {
	for key, v := range c.visits {
		_, err := c.tx.Exec(`INSERT INTO click_visit (day, visitor, issue_id, verdict, canary, trail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
			ON CONFLICT (day, visitor) DO UPDATE SET verdict = excluded.verdict, canary = excluded.canary, trail = excluded.trail`,
			key.day, key.visitor[:], v.issue, string(v.verdict), v.canary, writeTrail(v.trail))
		if err != nil {
			return err
		}
	}
	for key, t := range c.clicks {
		if *t == (tally{}) {
			continue
		}
		_, err := c.tx.Exec(`INSERT INTO click (issue_id, story_id, people, unsure, machines) VALUES (?1, ?2, ?3, ?4, ?5)
			ON CONFLICT (issue_id, story_id) DO UPDATE SET people = people + excluded.people, unsure = unsure + excluded.unsure,
			machines = machines + excluded.machines`, key[0], key[1], t.people, t.unsure, t.machines)
		if err != nil {
			return err
		}
	}
	for key, n := range c.ages {
		if n == 0 {
			continue
		}
		_, err := c.tx.Exec(`INSERT INTO click_age (issue_id, step, people) VALUES (?1, ?2, ?3)
			ON CONFLICT (issue_id, step) DO UPDATE SET people = people + excluded.people`, key[0], key[1], n)
		if err != nil {
			return err
		}
	}
	return nil
}

// A trail is stored as three numbers a step: story, milliseconds since 1970, age.
func writeTrail(trail []step) (b []byte) {
	b = []byte{}
	for _, s := range trail {
		b = binary.AppendVarint(b, s.story)
		b = binary.AppendVarint(b, s.at.UnixMilli())
		b = binary.AppendVarint(b, int64(s.age))
	}
	return b
}

func readTrail(b []byte) (trail []step) {
	for len(b) > 0 {
		var n [3]int64
		for i := range n {
			var size int
			if n[i], size = binary.Varint(b); size <= 0 {
				return trail
			}
			b = b[size:]
		}
		trail = append(trail, step{n[0], time.UnixMilli(n[1]), int(n[2])})
	}
	return trail
}
