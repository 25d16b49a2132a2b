package subscribers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A life is what a few readers do in some weeks, and what must come of it. It knows nothing
// of states: only who said no, and who said yes since by an act of their own.
type life struct {
	*rapid.T
	s   *Store
	now time.Time

	no      map[string]map[string]bool // address → edition they left
	silent  map[string]bool            // address that left all, bounced, complained, was erased or moved away
	banned  map[string]bool            // address that an operator suppressed
	signups map[string][]LetterDue     // address → letters to confirm that went out
	done    map[int64]bool             // sign-ups that can do nothing any more
	changes []LetterDue
	sent    map[string][]time.Time // address → unanswered letters to confirm, with reminders
	notes   map[string]time.Time
}

func lives() (emails, editions []string) {
	return []string{"anna@example.org", "Berta@example.org"}, []string{"daily", "weekly"}
}

// TestWhoSaidNoIsWrittenToOnlyAfterTheirOwnYes is the promise of this package: whatever
// happens, in whatever order, only the owner of an address takes back that they left,
// bounced, complained or asked to be forgotten.
func TestWhoSaidNoIsWrittenToOnlyAfterTheirOwnYes(t *testing.T) {
	s := openStore(t)
	rapid.Check(t, func(r *rapid.T) {
		if err := s.db.Update(r.Context(), wipe); err != nil {
			r.Fatal(err)
		}
		l := &life{
			T: r, s: s, now: testNow, no: map[string]map[string]bool{}, silent: map[string]bool{}, banned: map[string]bool{},
			signups: map[string][]LetterDue{}, done: map[int64]bool{}, sent: map[string][]time.Time{}, notes: map[string]time.Time{},
		}
		steps := map[string]func(*rapid.T){
			"":             l.check,
			"sign up":      l.signUp,
			"confirm":      l.confirm,
			"time":         l.pass,
			"leave":        l.leave,
			"leave all":    l.leaveAll,
			"undo":         l.undo,
			"undo all":     l.undoAll,
			"pause":        l.pause,
			"suppress":     l.suppress,
			"erase":        l.erase,
			"import":       l.bring,
			"change":       l.change,
			"confirm move": l.confirmChange,
		}
		for range 3 { // thirty steps each, or so
			r.Repeat(steps)
		}
	})
}

// wipe empties the tables for the next run: to migrate a database takes longer than a run.
func (l *life) email() (string, Address) {
	emails, _ := lives()
	a, err := ParseAddress(rapid.SampledFrom(emails).Draw(l.T, "address"))
	if err != nil {
		l.Fatal(err)
	}
	return a.Key(), a
}

func (l *life) editions() []string {
	_, editions := lives()
	return rapid.SampledFrom([][]string{editions[:1], editions[1:], editions}).Draw(l.T, "editions")
}

// reader returns the reader with some address, or skips the step.
func (l *life) reader() (string, Reader) {
	key, a := l.email()
	r, err := l.s.Find(l.Context(), a)
	if errors.Is(err, ErrNotFound) {
		l.Skip("nobody")
	} else if err != nil {
		l.Fatal(err)
	}
	return key, r
}

func (l *life) subscription() (string, Subscription) {
	key, r := l.reader()
	if len(r.Subscriptions) == 0 {
		l.Skip("none")
	}
	return key, rapid.SampledFrom(r.Subscriptions).Draw(l.T, "subscription")
}

func (l *life) signUp(*rapid.T) {
	_, a := l.email()
	l.must(l.s.Subscribe(l.Context(), Signup{Address: a, Editions: l.editions(), Method: MethodForm}, l.now))
	l.post()
}

// post sends what is due, and checks that it is not too much (W5).
func (l *life) post() {
	due, err := l.s.LettersDue(l.Context(), l.now, 100)
	l.must(err)
	for _, d := range due {
		if d.Kind == LetterChange {
			l.changes = append(l.changes, d)
			continue
		}
		r, err := l.s.Get(l.Context(), d.SubscriberID)
		l.must(err)
		key := strings.ToLower(r.Email)
		switch d.Kind {
		case LetterConfirm, LetterRemind:
			if l.banned[key] {
				l.Fatalf("a letter to %s, which an operator suppressed", key)
			}
			sent := append(l.sent[key], l.now)
			if n := len(sent); n > 3 || (n > 1 && sent[n-1].Sub(sent[n-2]) < 24*time.Hour) {
				l.Fatalf("letters to %s at %v", key, sent)
			}
			l.sent[key] = sent
			if d.Kind == LetterConfirm {
				l.signups[key] = append(l.signups[key], d)
			}
		case LetterAlready:
			if last, ok := l.notes[key]; ok && l.now.Sub(last) < 30*24*time.Hour {
				l.Fatalf("two notes to %s", key)
			}
			l.notes[key] = l.now
		}
	}
	l.must(l.s.LettersHanded(l.Context(), due, l.now))
}

func (l *life) confirm(*rapid.T) {
	key, _ := l.email()
	if len(l.signups[key]) == 0 {
		l.Skip("no letter")
	}
	d := rapid.SampledFrom(l.signups[key]).Draw(l.T, "letter")
	info, err := l.s.Signup(l.Context(), d.Ref, l.now)
	l.must(err)
	r, err := l.s.Confirm(l.Context(), d.Ref, l.now)
	if !l.must(err, ErrTokenExpired, ErrSuppressed) {
		return
	}
	if l.done[d.Ref] {
		return // pressed again: no new yes
	}
	if l.banned[key] {
		l.Fatalf("%s confirmed against an operator", key)
	}
	for _, letter := range l.signups[key] {
		l.done[letter.Ref] = true
	}
	l.silent[key] = false
	delete(l.sent, key)
	for _, n := range r.Subscriptions {
		if slices.Contains(info.Editions, n.Edition) && n.State == Confirmed {
			l.setNo(key, n.Edition, false)
		}
	}
}

func (l *life) pass(*rapid.T) {
	l.now = l.now.Add(rapid.SampledFrom([]time.Duration{time.Hour, 25 * time.Hour, 49 * time.Hour, 8 * 24 * time.Hour, 31 * 24 * time.Hour}).Draw(l.T, "time"))
	if rapid.Bool().Draw(l.T, "housekeeping") {
		_, err := l.s.Expire(l.Context(), l.now)
		l.must(err)
	}
	_, err := l.s.Wake(l.Context(), l.now)
	l.must(err)
	l.post()
}

func (l *life) leave(*rapid.T) {
	key, n := l.subscription()
	_, err := l.s.Unsubscribe(l.Context(), n.ID, MethodOneClick, l.now)
	l.must(err)
	l.setNo(key, n.Edition, true)
}

func (l *life) leaveAll(*rapid.T) {
	key, r := l.reader()
	l.must(l.s.UnsubscribeAll(l.Context(), r.ID, MethodPage, l.now))
	l.quit(key, r)
}

func (l *life) quit(key string, r Reader) {
	l.silent[key] = true
	for _, n := range r.Subscriptions {
		l.setNo(key, n.Edition, true)
	}
}

// undo is the reader's own act, too, as long as it is only that they left.
func (l *life) undo(*rapid.T) {
	key, n := l.subscription()
	reasons, err := l.s.Suppressions(l.Context(), addressOrFatal(l.T, key))
	l.must(err)
	_, err = l.s.Resubscribe(l.Context(), n.ID, MethodPage, l.now)
	if !l.must(err, ErrSuppressed) {
		return
	}
	for _, r := range reasons {
		if r.Reason != ReasonLeft {
			l.Fatalf("%s undid leaving while suppressed for %s", key, r.Reason)
		}
	}
	l.silent[key] = false
	l.setNo(key, n.Edition, false)
}

func (l *life) undoAll(*rapid.T) {
	key, r := l.reader()
	reasons, err := l.s.Suppressions(l.Context(), addressOrFatal(l.T, key))
	l.must(err)
	if !l.must(l.s.ResubscribeAll(l.Context(), r.ID, MethodPage, l.now), ErrSuppressed) {
		return
	}
	after, err := l.s.Get(l.Context(), r.ID)
	l.must(err)
	if !after.Suppressed {
		l.silent[key] = false
	}
	if len(reasons) == 0 {
		return
	}
	for i, n := range after.Subscriptions {
		if n.State != r.Subscriptions[i].State {
			l.setNo(key, n.Edition, false)
		}
	}
}

func (l *life) pause(*rapid.T) {
	_, n := l.subscription()
	if rapid.Bool().Draw(l.T, "end") {
		l.must(l.s.Resume(l.Context(), n.ID, l.now))
		return
	}
	l.must(l.s.Pause(l.Context(), n.ID, l.now.Add(26*time.Hour), l.now))
}

func (l *life) suppress(*rapid.T) {
	key, a := l.email()
	reason := rapid.SampledFrom([]Reason{ReasonBounce, ReasonBounce, ReasonComplaint, ReasonComplaint, ReasonOperator}).Draw(l.T, "reason")
	r, err := l.s.Find(l.Context(), a)
	known := l.must(err, ErrNotFound)
	l.must(l.s.Suppress(l.Context(), a, reason, "", l.now))
	l.silent[key] = true
	switch reason {
	case ReasonOperator:
		l.banned[key] = true
	case ReasonComplaint:
		for _, letter := range l.signups[key] {
			l.done[letter.Ref] = true // only a new sign-up counts (B8)
		}
		if known {
			l.quit(key, r)
		}
	}
}

func (l *life) erase(*rapid.T) {
	key, r := l.reader()
	l.must(l.s.Erase(l.Context(), r.ID, l.now))
	l.silent[key] = true
	delete(l.no, key) // its hash stands for all of it
	delete(l.sent, key)
	delete(l.notes, key)
}

// bring imports, whole files and single readers.
func (l *life) bring(*rapid.T) {
	edition := l.editions()[0]
	if rapid.Bool().Draw(l.T, "one") {
		_, a := l.email()
		_, err := l.s.Add(l.Context(), NewSubscriber{Address: a}, edition, testEvidence, l.now)
		var not *NotAdded
		if err != nil && !errors.As(err, &not) {
			l.Fatal(err)
		}
		return
	}
	emails, _ := lives()
	file := "email,status\n"
	statuses := make([]string, len(emails))
	for i, email := range emails {
		statuses[i] = rapid.SampledFrom([]string{"subscribed", "subscribed", "unsubscribed", "pending"}).Draw(l.T, "status")
		file += fmt.Sprintf("%s,%s\n", email, statuses[i])
	}
	_, err := l.s.Import(l.Context(), strings.NewReader(file), ImportOptions{Edition: edition, Evidence: testEvidence, Now: l.now})
	l.must(err)
	for i, email := range emails {
		if statuses[i] == "unsubscribed" {
			l.setNo(strings.ToLower(email), edition, true)
		}
	}
}

func (l *life) change(*rapid.T) {
	_, r := l.reader()
	_, to := l.email()
	l.must(l.s.ChangeAddress(l.Context(), r.ID, to, l.now), ErrTooManyLetters, ErrSuppressed)
	l.post()
}

func (l *life) confirmChange(*rapid.T) {
	if len(l.changes) == 0 {
		l.Skip("no letter")
	}
	d := rapid.SampledFrom(l.changes).Draw(l.T, "letter")
	c, err := l.s.AddressChange(l.Context(), d.Ref, l.now)
	l.must(err)
	before, err := l.s.Get(l.Context(), d.SubscriberID)
	if !l.must(err, ErrNotFound) {
		return
	}
	if !l.must(l.s.ConfirmChange(l.Context(), d.Ref, l.now), ErrTokenExpired, ErrAddressTaken, ErrSuppressed) || c.State != SignupOpen {
		return
	}
	after, err := l.s.Get(l.Context(), d.SubscriberID)
	l.must(err)
	from, to := strings.ToLower(before.Email), strings.ToLower(after.Email)
	if from == to {
		l.silent[to] = false
		return
	}
	if l.banned[from] || l.banned[to] {
		l.Fatalf("%s moved to %s against an operator", from, to)
	}
	// What they refused goes with them; the address they left is left. An address is written
	// to by letter again as if it was new, which the counts of letters know.
	l.no[to], l.silent[to] = l.no[from], false
	delete(l.no, from)
	l.silent[from] = true
	for _, key := range []string{from, to} {
		l.signups[key] = nil
	}
}
