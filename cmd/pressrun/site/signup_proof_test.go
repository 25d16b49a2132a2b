package site

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pressrun/pressrun/subscribers"
)

// Whenever a form was made, its token says so, never as older than it is.
func TestTokenTellsWhenItsFormWasMade(t *testing.T) {
	keys, err := subscribers.NewKeys([]byte("0123456789abcdef0123456789abcdef"))
	ok(t, err)
	s := &Site{Keys: keys}
	rapid.Check(t, func(t *rapid.T) {
		made := time.UnixMilli(rapid.Int64Range(1_700_000_000_000, 3_400_000_000_000).Draw(t, "made"))
		is := stamp{made: made, wait: rapid.Bool().Draw(t, "wait"), tag: rapid.Uint32Range(0, 1<<tagBits-1).Draw(t, "tag")}
		got, known := s.unseal(s.seal(is, formFor), made.Add(time.Minute))
		if early := got.made.Sub(made); !known || early < 0 || early >= tick {
			t.Fatalf("made at %v, read as %v", made, got.made)
		}
		if got.wait != is.wait || got.tag != is.tag {
			t.Fatalf("%+v became %+v", is, got)
		}
		if _, known := s.unseal(s.seal(is, formFor), made.Add(formFor+time.Second)); known {
			t.Fatal("it is good for ever")
		}
	})
}
