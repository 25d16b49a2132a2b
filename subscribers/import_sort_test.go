package subscribers

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// However little fits into memory, the records come back whole, by key and then number.
func TestSorter(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		s := newSorter(dir)
		defer s.close()
		s.most = rapid.IntRange(1, 200).Draw(rt, "bytes in memory")
		type record struct {
			Key     string
			Number  int64
			Payload string
		}
		var want, got []record
		keys := rapid.SliceOf(rapid.StringN(0, 5, 12)).Draw(rt, "keys")
		for i, key := range keys {
			r := record{key, int64(i), fmt.Sprint(key, "!", i)}
			want = append(want, r)
			if err := s.add(r.Key, r.Number, []byte(r.Payload)); err != nil {
				rt.Fatal(err)
			}
		}
		slices.SortStableFunc(want, func(a, b record) int {
			switch {
			case a.Key < b.Key:
				return -1
			case a.Key > b.Key:
				return 1
			}
			return 0
		})
		err := s.each(func(key string, number int64, payload []byte) error {
			got = append(got, record{key, number, string(payload)})
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatal(diff)
		}
		if err := s.close(); err != nil {
			rt.Fatal(err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			rt.Fatalf("%v is left, %v", left, err)
		}
	})
}
