package outbox

import (
	"database/sql"
	"time"

	"github.com/pressrun/pressrun/digest/relay"
)

// An ending is what an attempt counts as in the parts of an issue.
type ending uint8

const (
	uncounted ending = iota // no attempt was made
	taken
	putOff
	refused
	doubtful
)

// endingOf says what an attempt that failed counts as.
func endingOf(err *relay.Error, v verdict) ending {
	switch {
	case !v.Counted:
		return uncounted
	case err.Uncertain:
		return doubtful
	case v.State == Refused:
		return refused
	}
	return putOff
}

func (p *Part) count(e ending) {
	switch e {
	case taken:
		p.Taken++
	case putOff:
		p.PutOff++
	case refused:
		p.Refused++
	case doubtful:
		p.Doubtful++
	}
}

// mostSaid is how much of an answer is kept, in bytes.
const mostSaid = 240

// countParts adds the outcomes of a commit to the parts of their issues: gathered first, so
// that a domain costs one statement however many of its readers were served.
func (s *Sender) countParts(tx *sql.Tx, tried []*outcome, now time.Time) error {
	changed := map[partKey]*Part{}
	note := func(k partKey, o *outcome) {
		p := changed[k]
		if p == nil {
			p = &Part{}
			changed[k] = p
		}
		p.count(o.ending)
		if o.err != nil && o.err.Reply.Code != 0 {
			p.Said, p.SaidAt = clip(discreet(o.err.Reply.String(), o.Address), mostSaid), now
		}
	}
	for _, o := range tried {
		if o.ending == uncounted || o.IssueID == letters {
			continue
		}
		name, err := s.named.of(tx, o.IssueID, domainOf(o.Address))
		if err != nil {
			return err
		}
		note(partKey{o.IssueID, byDomain, name}, o)
		note(partKey{o.IssueID, byRelay, o.relay}, o)
	}
	return saveParts(tx, changed)
}

func saveParts(tx *sql.Tx, changed map[partKey]*Part) error {
	var keys []partKey
	var parts []*Part
	for k, p := range changed {
		if k.name == "" && k.kind == byDomain {
			p.Said, p.SaidAt = "", time.Time{} // one of many says nothing about the others
		}
		if p.Size() == p.Taken {
			keys, parts = append(keys, k), append(parts, p)
		} else if err := savePart(tx, k, *p); err != nil {
			return err
		}
	}
	return saveTaken(tx, keys, parts)
}

// clip shortens a text to at most so many bytes, between two letters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && text[most]&0xC0 == 0x80 {
		most--
	}
	return text[:most] + "…"
}

// mostNames is how many domains of an issue have a row of their own while it is sent. In
// a list of readers anywhere the large ones are among the first that come.
const mostNames = 300

// names are the domains that have a row of their own, by issue, as far as they were asked
// for.
type names map[int64]*namesOfRun

type namesOfRun struct {
	known  map[string]bool
	closed bool // no other domain gets a row
}

// of returns the name of the row in which a domain of an issue is counted: its own, or ""
// once there are enough. A domain that has none never gets one, so that a row with a name
// has all of its domain.
func (n names) of(tx *sql.Tx, issueID int64, domain string) (string, error) {
	run := n[issueID]
	if run == nil {
		var err error
		if run, err = namesIn(tx, issueID); err != nil {
			return "", err
		}
		n[issueID] = run
	}
	switch {
	case run.known[domain]:
		return domain, nil
	case run.closed || len(run.known) >= mostNames:
		return "", nil
	}
	run.known[domain] = true
	return domain, nil
}

func namesIn(tx *sql.Tx, issueID int64) (*namesOfRun, error) {
	run := &namesOfRun{known: map[string]bool{}}
	err := each(tx, `SELECT name FROM part WHERE issue_id = ?1 AND kind = 'domain'`, []any{issueID}, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		if name == "" {
			run.closed = true
		} else {
			run.known[name] = true
		}
		return err
	})
	return run, err
}

// doubtfulParts counts deliveries that a killed sender left as sending with their domains.
// Through which relay they went nobody knows any more.
func doubtfulParts(tx *sql.Tx, issueID int64) error {
	if issueID == letters {
		return nil
	}
	r := &runningRun{issueID: issueID}
	if err := tx.QueryRow(`SELECT edition FROM run WHERE issue_id = ?1`, issueID).Scan(&r.edition); err != nil {
		return err
	}
	left, err := scanClaims(r, Sending, func() (*sql.Rows, error) {
		return tx.Query(`SELECT `+claimColumns+` FROM delivery WHERE issue_id = ?1 AND state = 'sending'`, issueID)
	})
	if err != nil || len(left) == 0 {
		return err
	}
	if err := address(tx, r, left); err != nil {
		return err
	}
	named, changed := names{}, map[string]*Part{}
	for _, c := range left {
		if c.Address == "" { // the reader has left meanwhile
			continue
		}
		name, err := named.of(tx, issueID, domainOf(c.Address))
		if err != nil {
			return err
		}
		if changed[name] == nil {
			changed[name] = &Part{}
		}
		changed[name].count(doubtful)
	}
	for name, p := range changed {
		if err := savePart(tx, partKey{issueID, byDomain, name}, *p); err != nil {
			return err
		}
	}
	return nil
}
