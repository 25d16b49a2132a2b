package message

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func newSealer(t testing.TB, key string) *Sealer {
	t.Helper()
	s, err := NewSealer([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealedNamesOpenAgain(t *testing.T) {
	s := newSealer(t, "a secret that only the tests have")
	form := regexp.MustCompile(`^(b-)?[a-z2-7]{26}$`)
	seen := map[string]bool{}
	for _, id := range []int64{0, 1, 2, 3, 255, 256, 1 << 40, math.MaxInt64} {
		for name, kind := range map[string]Kind{s.MessageID(id): KindMessage, s.Return(id): KindReturn} {
			if !form.MatchString(name) || strings.HasPrefix(name, "b-") != (kind == KindReturn) {
				t.Errorf("%q has the wrong form (B1)", name)
			}
			if seen[name] {
				t.Errorf("%q was there before", name)
			}
			seen[name] = true
			for _, received := range []string{name, strings.ToUpper(name)} {
				if k, got, ok := s.Open(received); !ok || k != kind || got != id {
					t.Errorf("Open(%q) = %c, %d, %v, want %c, %d", received, k, got, ok, kind, id)
				}
			}
		}
	}
}

// The same key gives the same names after a restart: what is on its way must be known.
func TestSealedNamesAreForEver(t *testing.T) {
	s := newSealer(t, "a secret that only the tests have")
	if got, want := s.MessageID(123), "6vfjqfic3m64r4yanwhnmd73xq"; got != want {
		t.Errorf("MessageID(123) = %q, was %q", got, want)
	}
	if got, want := s.Return(123), "b-gvfybyqukzka446m367j4rfzma"; got != want {
		t.Errorf("Return(123) = %q, was %q", got, want)
	}
}

func TestForeignNamesDoNotOpen(t *testing.T) {
	s, other := newSealer(t, "a secret that only the tests have"), newSealer(t, "another secret of the tests")
	id := s.MessageID(7)
	foreign := []string{
		"", "b-", "postmaster", other.MessageID(7), other.Return(7),
		"b-" + id, strings.TrimPrefix(s.Return(7), "b-"), // the one taken for the other
		id[:25], id + "a", id[:25] + "=", id[:25] + "1", s.Return(7) + "@bounce.example.org", strings.Repeat("a", 26),
	}
	for i := range id { // every other letter at every place, the last one's spare bits too
		for _, c := range "abcdefghijklmnopqrstuvwxyz234567" {
			if byte(c) != id[i] {
				foreign = append(foreign, id[:i]+string(c)+id[i+1:])
			}
		}
	}
	for _, name := range foreign {
		if kind, id, ok := s.Open(name); ok {
			t.Errorf("Open(%q) = %c, %d", name, kind, id)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.StringMatching(`(b-)?[a-z2-7]{26}`)).Draw(t, "name")
		if kind, id, ok := s.Open(name); ok {
			t.Errorf("Open(%q) = %c, %d", name, kind, id)
		}
	})
}

func TestShortSecretIsRefused(t *testing.T) {
	_, err := NewSealer([]byte("too short"))
	checkSentence(t, "short secret", err)
}

func BenchmarkSealer(b *testing.B) {
	s := newSealer(b, "a secret that only the tests have")
	for b.Loop() {
		s.Return(123)
	}
}
