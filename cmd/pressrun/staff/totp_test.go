package staff

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// codeFor is what an authenticator program shows that was given the offer.
func codeFor(t *testing.T, s *Store, e Editor, offer string, at time.Time) string {
	t.Helper()
	secret, err := s.offered(e.ID, offer)
	ok(t, err)
	return codeOf(secret, stepOf(at))
}

// The vectors of RFC 6238 appendix B, of whose eight digits ours are the last six.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	secret := []byte("12345678901234567890")
	for at, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		if got := codeOf(secret, stepOf(time.Unix(at, 0))); got != want[2:] {
			t.Errorf("at %d the code is %s, not %s", at, got, want[2:])
		}
	}
}

func TestCodeIsTakenOnceAndNearItsTime(t *testing.T) {
	s, ctx := open(t), t.Context()
	e := hire(t, s, "mona@paper.example", Owner).Editor
	book, offer := s.ProposeCodes(e, "The: Wire")
	is(t, s.ProveCodes(ctx, e, offer, "000000", now), ErrCode)
	is(t, s.ProveCodes(ctx, Editor{ID: e.ID + 1}, offer, codeFor(t, s, e, offer, now), now), ErrCode) // another's offer
	ok(t, s.ProveCodes(ctx, e, offer, codeFor(t, s, e, offer, now), now))

	u, err := url.Parse(book.URI)
	ok(t, err)
	if got := u.Query().Get("secret"); got != strings.ReplaceAll(book.Key, " ", "") || u.Query().Get("issuer") != "The  Wire" || u.Path != "/The  Wire:mona@paper.example" {
		t.Errorf("the program is told %s", book.URI)
	}
	login := func(code string, at time.Time) error {
		_, err := s.Login(ctx, "mona@paper.example", password, code, home, at)
		return err
	}
	code := func(at time.Time) string { return codeFor(t, s, e, offer, at) }
	is(t, login("", now), ErrCode)
	is(t, login(code(now), now), ErrCode) // it proved the program already
	later := now.Add(5 * time.Minute)
	is(t, login(code(later.Add(-2*totpStep)), later), ErrCode)
	is(t, login(code(later.Add(2*totpStep)), later), ErrCode)
	ok(t, login(code(later.Add(-totpStep)), later)) // a clock that is a little slow
	ok(t, login(code(later)[:3]+" "+code(later)[3:], later))
	is(t, login(code(later), later), ErrCode)
	ok(t, login(arabic(code(later.Add(totpStep))), later))
	is(t, login(code(later), later), ErrCode) // an older one than was used

	_, err = s.Login(ctx, "mona@paper.example", "wrong", code(later.Add(time.Hour)), home, later.Add(time.Hour))
	is(t, err, ErrLogin) // a right code alone opens nothing
}

func arabic(digits string) string {
	return strings.Map(func(r rune) rune { return r - '0' + '٠' }, digits)
}

func TestWrongCodesAreLimitedAndAMissingOneIsNoFailure(t *testing.T) {
	s, ctx := open(t), t.Context()
	e := hire(t, s, "mona@paper.example", Owner).Editor
	_, offer := s.ProposeCodes(e, "Paper")
	ok(t, s.ProveCodes(ctx, e, offer, codeFor(t, s, e, offer, now), now))
	later := now.Add(time.Hour)
	for range failuresEditor + 5 {
		_, err := s.Login(ctx, e.Email, password, "", home, later)
		is(t, err, ErrCode)
	}
	for range failuresEditor {
		_, err := s.Login(ctx, e.Email, password, "12345", home, later)
		is(t, err, ErrCode)
	}
	_, err := s.Login(ctx, e.Email, password, codeFor(t, s, e, offer, later), home, later)
	is(t, err, ErrBusy)
}

func TestCodesAreDroppedWithACodeOnly(t *testing.T) {
	s, ctx := open(t), t.Context()
	e := hire(t, s, "mona@paper.example", Owner).Editor
	_, offer := s.ProposeCodes(e, "Paper")
	ok(t, s.ProveCodes(ctx, e, offer, codeFor(t, s, e, offer, now), now))
	other, second := s.ProposeCodes(e, "Paper")
	if other.Key == "" {
		t.Fatal("no key")
	}
	is(t, s.ProveCodes(ctx, e, second, codeFor(t, s, e, second, now), now), ErrCode) // the first stays
	later := now.Add(time.Hour)
	is(t, s.DropCodes(ctx, e, "000000", home, later), ErrCode)
	is(t, s.DropCodes(ctx, e, codeFor(t, s, e, second, later), home, later), ErrCode)
	ok(t, s.DropCodes(ctx, e, codeFor(t, s, e, offer, later), home, later))
	_, err := s.Login(ctx, e.Email, password, "", home, later)
	ok(t, err)
}
