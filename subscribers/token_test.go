package subscribers

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func testKeys(t testing.TB, secret string, former ...string) *Keys {
	t.Helper()
	var old [][]byte
	for _, f := range former {
		old = append(old, []byte(f))
	}
	k, err := NewKeys([]byte(secret), old...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const secretA, secretB = "the first secret of a test", "the second secret of a test"

func TestTokenOpensForItsPurposeOnly(t *testing.T) {
	k := testKeys(t, secretA)
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.Int64().Draw(t, "id")
		for p := range purposes {
			token := k.Token(p, id)
			if len(token) != TokenLen {
				t.Fatalf("token of %s has %d characters, want %d", p, len(token), TokenLen)
			}
			if token != k.Token(p, id) {
				t.Fatalf("two tokens for the same %s", p)
			}
			for q := range purposes {
				got, err := k.Open(q, token)
				switch {
				case p == q && (err != nil || got != id):
					t.Fatalf("Open(%s) = %d, %v; want %d", q, got, err, id)
				case p != q && !errors.Is(err, ErrToken):
					t.Fatalf("a token for %s opens for %s as %d, %v", p, q, got, err)
				}
			}
		}
	})
}

func TestTokenChangedInOneCharacterIsRefused(t *testing.T) {
	k := testKeys(t, secretA)
	token := k.Token(Unsubscribe, 4711)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=\n\r ."
	for i := range token {
		for _, c := range alphabet {
			if changed := token[:i] + string(c) + token[i+1:]; changed != token {
				if id, err := k.Open(Unsubscribe, changed); !errors.Is(err, ErrToken) {
					t.Fatalf("character %d as %q opens as %d, %v", i, c, id, err)
				}
			}
		}
	}
	for n := range len(token) {
		if _, err := k.Open(Unsubscribe, token[:n]); !errors.Is(err, ErrToken) {
			t.Errorf("cut to %d characters: %v", n, err)
		}
	}
	for _, s := range []string{token + "A", token + "=", token + "\n", "\n" + token, strings.ToLower(token), strings.Repeat("A", TokenLen), strings.Repeat("\n", TokenLen), strings.Repeat("é", TokenLen/2)} {
		if _, err := k.Open(Unsubscribe, s); !errors.Is(err, ErrToken) {
			t.Errorf("Open(%q): %v", s, err)
		}
	}
}

func TestTokenShowsNeitherIdNorOrder(t *testing.T) {
	k := testKeys(t, secretA)
	starts := map[string]bool{}
	for id := range int64(1000) {
		token := k.Token(Unsubscribe, id)
		starts[token[:4]] = true
		starts[token[TokenLen-4:]] = true
	}
	if len(starts) < 1990 {
		t.Errorf("1000 tokens in a row share starts or ends: %d of 2000 are different", len(starts))
	}
}

func TestTokenSurvivesChangeOfSecret(t *testing.T) {
	old, rotated, other := testKeys(t, secretA), testKeys(t, secretB, secretA), testKeys(t, secretB)
	token := old.Token(Unsubscribe, 7)
	if id, err := rotated.Open(Unsubscribe, token); err != nil || id != 7 {
		t.Errorf("after the change: %d, %v", id, err)
	}
	if _, err := other.Open(Unsubscribe, token); !errors.Is(err, ErrToken) {
		t.Errorf("with another secret: %v", err)
	}
	if rotated.Token(Unsubscribe, 7) != other.Token(Unsubscribe, 7) {
		t.Error("new tokens are not made with the new secret")
	}
}

func TestTokenExpires(t *testing.T) {
	k := testKeys(t, secretA)
	until := time.Date(2026, 11, 25, 6, 0, 0, 0, time.UTC)
	token := k.TokenUntil(Confirm, 9, until)
	if len(token) != TokenLen {
		t.Errorf("%d characters, want %d", len(token), TokenLen)
	}
	if id, err := k.OpenAt(Confirm, token, until.Add(-time.Second)); err != nil || id != 9 {
		t.Errorf("a second before: %d, %v", id, err)
	}
	if id, err := k.OpenAt(Confirm, token, until); !errors.Is(err, ErrTokenExpired) || id != 0 {
		t.Errorf("at its end: %d, %v", id, err)
	}
	if id, err := k.Open(Confirm, token); !errors.Is(err, ErrTokenExpired) || id != 0 {
		t.Errorf("Open without a time: %d, %v", id, err)
	}
	if id, err := k.OpenAt(Unsubscribe, k.Token(Unsubscribe, 9), until.AddDate(50, 0, 0)); err != nil || id != 9 {
		t.Errorf("an unsubscribe token after 50 years: %d, %v", id, err)
	}
	longAgo := k.TokenUntil(Confirm, 9, time.Time{})
	if _, err := k.OpenAt(Confirm, longAgo, until); !errors.Is(err, ErrTokenExpired) {
		t.Errorf("an expiry before 1970: %v", err)
	}
}

func TestTokensFromManyGoroutinesAreTheSame(t *testing.T) {
	k := testKeys(t, secretA)
	want := make([]string, 200)
	for i := range want {
		want[i] = testKeys(t, secretA).Token(Unsubscribe, int64(i))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i, w := range want {
				if got := k.Token(Unsubscribe, int64(i)); got != w {
					t.Errorf("token %d differs between goroutines", i)
				}
				if id, err := k.Open(Unsubscribe, w); err != nil || id != int64(i) {
					t.Errorf("Open = %d, %v", id, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestShortSecretIsRefused(t *testing.T) {
	if _, err := NewKeys([]byte("short")); err == nil {
		t.Error("a secret of five bytes was taken")
	}
	if _, err := NewKeys(bytes.Repeat([]byte{1}, 32), nil); err == nil {
		t.Error("an empty former secret was taken")
	}
}

func BenchmarkToken(b *testing.B) {
	k := testKeys(b, secretA)
	b.ReportAllocs()
	for i := range b.N {
		k.Token(Unsubscribe, int64(i))
	}
}

func BenchmarkOpenToken(b *testing.B) {
	k := testKeys(b, secretA)
	token := k.Token(Unsubscribe, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Open(Unsubscribe, token); err != nil {
			b.Fatal(err)
		}
	}
}
