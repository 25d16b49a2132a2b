package publish_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/subscribers"
)

// A follower is a reader as the promise sees them: what they are owed.
type follower struct {
	subscription int64
	choices      subscribers.Choices
	active       bool   // confirmed, and neither paused nor gone
	had          int64  // day number of the last issue they had, or of the last before they joined
	joined       bool   // there was an issue before they came, or they had one
	owed         []item // since then
	got          []string
}

// An item is a story with the day it was published on.
type item struct {
	name, topic string
	day         int64
}

var offered = []string{"World", "Culture", "Sport"}

// due says, apart from the code under test, whether a day is one of the reader's.
func (f *follower) due(day time.Time, n int64) bool {
	weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
	if !f.joined {
		return f.choices.Frequency != subscribers.Weekdays || !weekend
	}
	switch f.choices.Frequency {
	case subscribers.Weekdays:
		return n > f.had && !weekend
	case subscribers.Weekly:
		for d := f.had + 1; d <= n; d++ { // is the weekday among the days since?
			if time.Unix(d*24*60*60, 0).UTC().Weekday() == f.choices.Weekday {
				return true
			}
		}
		return false
	}
	return true
}

// TestNoStoryTwiceAndNoneLost lets readers do as they like for sixty days of a daily
// edition: choose, pause, leave and come back, while some mails are refused.
func TestNoStoryTwiceAndNoneLost(t *testing.T) {
	seeds := []uint64{1, 2, 3}
	if testing.Short() {
		seeds = seeds[:1]
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { sixtyDays(t, rand.New(rand.NewPCG(seed, 0))) })
	}
}

func sixtyDays(t *testing.T, r *rand.Rand) {
	p := newPress(t)
	start := time.Date(2026, 9, 1, 4, 0, 0, 0, time.UTC) // seven in Riyadh
	p.Before = func(ctx context.Context, now time.Time) error { _, err := p.readers.Wake(ctx, now); return err }
	p.edition(start.Add(-time.Hour), func(e *digest.Edition) { e.Rules = digest.Rules{Apart: true, Offer: offered, Max: 5} })
	p.source("https://paper.example/feed")
	sources, err := p.Store.Sources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var followers []*follower
	twice, letters := 0, 0
	for day := range 60 {
		now := start.AddDate(0, 0, day)
		n := (now.Unix() + 3*60*60) / (24 * 60 * 60)
		for _, f := range followers {
			p.live(r, f, now.Add(-time.Minute))
		}
		for len(followers) < 12 && r.IntN(3) == 0 {
			followers = append(followers, p.joins(r, len(followers), now.Add(-2*time.Minute), day > 0, n-1))
		}
		stories := p.writes(r, sources[0], now, day)
		issue, err := p.Publish(t.Context(), "daily", now, now, nil)
		if err != nil {
			t.Fatal(err)
		}
		mails := p.read(issue)
		for i, f := range followers {
			if issue.State == digest.IssueSkipped {
				continue // its stories roll on; there are none today
			}
			for _, s := range stories {
				f.owed = append(f.owed, item{s.name, s.topic, n})
			}
			body, has := mails[f.subscription]
			if !f.active || !f.due(now, n) {
				if has {
					t.Errorf("day %d: reader %d (%+v) got a mail out of turn", day, i, f.choices)
				}
				continue
			}
			var want []string
			for _, s := range f.owed {
				if n-s.day < 31 && (len(f.choices.Topics) == 0 || slices.Contains(f.choices.Topics, s.topic)) {
					want = append(want, s.name)
				}
			}
			got := storyNames.FindAllString(body, -1)
			slices.Sort(got)
			got = slices.Compact(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("day %d: reader %d (%+v, had day %d) got %q, is owed %q", day, i, f.choices, f.had, got, want)
			}
			if has {
				letters++
			}
			if has && r.IntN(15) == 0 { // it did not leave: all of it is owed with the next
				p.exec(fmt.Sprintf(`UPDATE delivery SET state = 'refused', reason = 'its time was over' WHERE issue_id = %d
					AND subscriber_id = (SELECT subscriber_id FROM subscription WHERE id = %d)`, issue.ID, f.subscription))
				continue
			}
			for _, name := range got {
				if slices.Contains(f.got, name) {
					twice++
				}
			}
			f.got, f.owed, f.had, f.joined = append(f.got, got...), nil, n, true
		}
	}
	if twice > 0 || letters < 100 {
		t.Errorf("%d stories came twice in %d letters", twice, letters)
	}
	t.Logf("%d readers, %d letters", len(followers), letters)
}

var storyNames = regexp.MustCompile(`S\d\d-\d`)

// joins adds a reader who is owed what is published from now on.
func (p *press) joins(r *rand.Rand, i int, now time.Time, before bool, had int64) *follower {
	p.Helper()
	a, err := subscribers.ParseAddress(fmt.Sprintf("reader%d@readers.example", i))
	if err != nil {
		p.Fatal(err)
	}
	reader, err := p.readers.Add(p.Context(), subscribers.NewSubscriber{Address: a, Language: "en"}, "daily", "a test", now)
	if err != nil {
		p.Fatal(err)
	}
	f := &follower{subscription: reader.Subscriptions[0].ID, active: true, joined: before, had: had, choices: reader.Subscriptions[0].Choices}
	p.chooses(r, f, now)
	return f
}

func (p *press) chooses(r *rand.Rand, f *follower, now time.Time) {
	p.Helper()
	f.choices = subscribers.Choices{
		Frequency: []subscribers.Frequency{subscribers.Each, subscribers.Daily, subscribers.Weekdays, subscribers.Weekly, subscribers.Weekly}[r.IntN(5)],
		Weekday:   time.Weekday(r.IntN(7)), Hour: -1,
	}
	for _, topic := range offered {
		if r.IntN(3) == 0 {
			f.choices.Topics = append(f.choices.Topics, topic)
		}
	}
	slices.Sort(f.choices.Topics)
	if err := p.readers.SetChoices(p.Context(), f.subscription, f.choices, now); err != nil {
		p.Fatal(err)
	}
}

// live lets a day go by in a reader's life.
func (p *press) live(r *rand.Rand, f *follower, now time.Time) {
	p.Helper()
	var err error
	switch n := r.IntN(40); {
	case n < 3:
		if f.active {
			p.chooses(r, f, now)
		}
	case n < 5 && f.active:
		err = p.readers.Pause(p.Context(), f.subscription, now.AddDate(0, 0, 300), now)
		f.active = false
	case n < 12 && !f.active:
		err = p.readers.Resume(p.Context(), f.subscription, now)
		f.active = true
	}
	if err != nil {
		p.Fatal(err)
	}
}

// writes gives the paper's stories of a day, on some days none.
func (p *press) writes(r *rand.Rand, src digest.Source, now time.Time, day int) (stories []item) {
	p.Helper()
	var articles []digest.Article
	for i := range r.IntN(5) {
		s := item{name: fmt.Sprintf("S%02d-%d", day, i), topic: offered[r.IntN(len(offered))]}
		stories = append(stories, s)
		articles = append(articles, digest.Article{
			GUID: s.name, URL: "https://paper.example/" + s.name, Title: "Story " + s.name, Section: s.topic, Language: "en",
			Published: now.Add(-time.Duration(i+1) * time.Minute), DateFrom: digest.DateFeed, Summary: "Words.",
		})
	}
	if _, err := p.Store.PutArticles(p.Context(), src, articles, false, now.Add(-time.Minute)); err != nil {
		p.Fatal(err)
	}
	return stories
}

// read returns the text of each mail of an issue, by subscription, as it would be sent.
func (p *press) read(issue digest.Issue) map[int64]string {
	p.Helper()
	mails := map[int64]string{}
	err := p.db.View(p.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT n.id, m.data FROM delivery d JOIN message m ON m.id = d.message_id
			JOIN subscription n ON n.subscriber_id = d.subscriber_id WHERE d.issue_id = ?1`, issue.ID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id int64
			var data []byte
			if err := rows.Scan(&id, &data); err != nil {
				return err
			}
			m := new(message.Message)
			if err := m.UnmarshalBinary(data); err != nil {
				return err
			}
			token := strings.Repeat("t", subscribers.TokenLen)
			e, err := m.For(message.Recipient{ID: id, Address: "r@readers.example", Date: issue.Slot, MessageID: "m", Return: "r"}, []string{token, token})
			if err != nil {
				return err
			}
			mails[id] = textPart(p.T, e.Bytes())
		}
		return rows.Err()
	})
	if err != nil {
		p.Fatal(err)
	}
	return mails
}

// textPart returns the text of a mail, decoded.
func textPart(t *testing.T, data []byte) string {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := bytes.Cut(body, []byte("\r\n\r\n"))
	part, _, _ = bytes.Cut(part, []byte("\r\n--"))
	var r io.Reader = quotedprintable.NewReader(bytes.NewReader(part))
	if bytes.Contains(bytes.ToLower(body[:min(len(body), 400)]), []byte("base64")) {
		r = base64.NewDecoder(base64.StdEncoding, bytes.NewReader(part))
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
