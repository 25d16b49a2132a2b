package subscribers

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressrun/pressrun/subscribers/db"
)

var testNow = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

const testEvidence = "signed up at the reader fair in May 2026"

func openStore(t testing.TB) *Store {
	t.Helper()
	d, err := db.Open(context.Background(), filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Migrate(context.Background(), Schema()); err != nil {
		t.Fatal(err)
	}
	return NewStore(d, testKeys(t, secretA))
}

// numbered gives n readers whose addresses are in no order, as in a real file.
func numbered(t testing.TB, n int) iter.Seq[NewSubscriber] {
	return func(yield func(NewSubscriber) bool) {
		for i := range n {
			a, err := ParseAddress(fmt.Sprintf("reader.%x@mail%d.example.org", uint64(i)*0x9e3779b97f4a7c15, i%50))
			if err != nil {
				t.Fatal(err)
			}
			if !yield(NewSubscriber{Address: a, Name: "Reader Someone", Language: []string{"en", "ar", "en"}[i%3]}) {
				return
			}
		}
	}
}

func BenchmarkAddMany(b *testing.B) {
	for b.Loop() {
		s := openStore(b)
		const n = 200_000
		start := time.Now()
		if _, err := s.AddMany(context.Background(), numbered(b, n), "daily", testEvidence, testNow, nil); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(n/time.Since(start).Seconds(), "readers/s")
	}
}
