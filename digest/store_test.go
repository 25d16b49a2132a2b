package digest

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressrun/pressrun/subscribers/db"
)

// A stage is a store on a database file, with one source and one edition.
type stage struct {
	*testing.T
	*Store
	path    string
	source  Source
	edition Edition
}

const feedURL = "https://paper.example/feed"

func newStage(t *testing.T, rules Rules) *stage {
	t.Helper()
	st := &stage{T: t, path: filepath.Join(t.TempDir(), "pressrun.db")}
	st.Store = st.connect()
	var err error
	if st.source, err = st.PutSource(t.Context(), Source{URL: feedURL}); err != nil {
		t.Fatal(err)
	}
	st.edition = st.addEdition("daily", rules)
	return st
}

// connect opens the database once more, as another process does.
func (st *stage) connect() *Store {
	st.Helper()
	d, err := db.Open(st.Context(), st.path)
	if err != nil {
		st.Fatal(err)
	}
	st.Cleanup(func() { d.Close() })
	if err := d.Migrate(st.Context(), Schema()); err != nil {
		st.Fatal(err)
	}
	return NewStore(d)
}

func (st *stage) addEdition(slug string, rules Rules) Edition {
	st.Helper()
	e, err := st.PutEdition(st.Context(), Edition{
		Slug: slug, Name: "The " + slug, Languages: []string{"en"}, Rules: rules, Doubt: DoubtResend,
		Schedule: Schedule{Cron: "0 7 * * *", Zone: "Asia/Riyadh"},
	}, morning.AddDate(0, 0, -10))
	if err != nil {
		st.Fatal(err)
	}
	return e
}

// addSource adds another source, which gives nothing yet.
func (st *stage) addSource(url string) Source {
	st.Helper()
	src, err := st.PutSource(st.Context(), Source{URL: url})
	if err != nil {
		st.Fatal(err)
	}
	return src
}

// gives saves what a source has now and returns how much of it is new.
func (st *stage) gives(src Source, now time.Time, articles ...Article) int {
	st.Helper()
	added, err := st.PutArticles(st.Context(), src, articles, false, now)
	if err != nil {
		st.Fatal(err)
	}
	return added
}

func (st *stage) candidates(e Edition, now time.Time) []Candidate {
	st.Helper()
	cands, err := st.Candidates(st.Context(), e, now)
	if err != nil {
		st.Fatal(err)
	}
	return cands
}

// publish makes the issue due at slot of what there is, and posts it.
func (st *stage) publish(e Edition, slot time.Time) Issue {
	st.Helper()
	sel := Select(e, st.candidates(e, slot), slot)
	issue, _, err := st.CreateIssue(st.Context(), e, slot, sel, slot)
	if err != nil {
		st.Fatal(err)
	}
	if err := st.Post(st.Context(), issue.ID); err != nil {
		st.Fatal(err)
	}
	return issue
}

func (st *stage) count(query string, args ...any) (n int) {
	st.Helper()
	if err := st.db.View(st.Context(), func(tx *sql.Tx) error { return tx.QueryRow(query, args...).Scan(&n) }); err != nil {
		st.Fatal(err)
	}
	return n
}

// titles of the stories that are in.
func titles(issue Issue) (all []string) {
	for _, s := range issue.Stories {
		if s.In {
			all = append(all, s.Title)
		}
	}
	return all
}

// story is an article of the morning's paper: it was published n minutes ago.
func story(n int) Article {
	return Article{
		GUID: fmt.Sprintf("tag:paper.example,2026:%d", n), URL: fmt.Sprintf("https://paper.example/news/%d", n),
		Title: fmt.Sprintf("Story number %d", n), Summary: fmt.Sprintf("What happened in <em>story %d</em>, told in enough words to know it by.", n),
		Author: "Mona Haddad", Section: "City", Topics: []string{"City", "Rivers"}, Language: "en",
		Image:     Image{URL: fmt.Sprintf("https://paper.example/%d.jpg", n), Alt: "A river", Width: 1200, Height: 800},
		Words:     420,
		Published: morning.Add(-time.Duration(n) * time.Minute), DateFrom: DateFeed,
	}
}

func (st *stage) exec(query string, args ...any) {
	st.Helper()
	if err := st.db.Update(st.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
		st.Fatal(err)
	}
}
