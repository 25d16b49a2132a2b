package staff

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/subscribers/db"
)

var (
	now  = time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)
	home = netip.MustParseAddr("192.0.2.7")
)

const password = "nine berths are open"

func open(t *testing.T) *Store {
	t.Helper()
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "pressrun.db"))
	ok(t, err)
	t.Cleanup(func() { d.Close() })
	ok(t, d.Migrate(t.Context(), Schema()))
	s := NewStore(d, []byte("0123456789abcdef0123456789abcdef"))
	s.cost = cost{memory: 64, rounds: 1, threads: 1} // tests have no secrets
	return s
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("the error is %v, not %v", err, want)
	}
}

// hire lets somebody in who has chosen the password.
func hire(t *testing.T, s *Store, email string, r Role) Session {
	t.Helper()
	token, err := s.Invite(t.Context(), "Mona Haddad", email, r, now)
	ok(t, err)
	session, err := s.Accept(t.Context(), token, password, now)
	ok(t, err)
	return session
}

func TestLinkOpensOnceAndWithinTwoDays(t *testing.T) {
	s, ctx := open(t), t.Context()
	token, err := s.Invite(ctx, " Mona\n Haddad ", "Mona@Paper.example", Owner, now)
	ok(t, err)
	for range 3 { // looking uses nothing up
		e, err := s.Invited(ctx, token, now.Add(47*time.Hour))
		ok(t, err)
		if e.Name != "Mona Haddad" || e.Email != "mona@paper.example" || e.Joined {
			t.Fatalf("invited is %+v", e)
		}
	}
	_, err = s.Accept(ctx, token, "too short", now)
	is(t, err, ErrPassword)
	_, err = s.Accept(ctx, token, password, now.Add(LinkTerm))
	is(t, err, ErrLink)
	session, err := s.Accept(ctx, token, password, now.Add(LinkTerm-time.Second))
	ok(t, err)
	if session.Editor.Role != Owner || !session.Editor.Joined {
		t.Errorf("the session is that of %+v", session.Editor)
	}
	_, err = s.Accept(ctx, token, password, now)
	is(t, err, ErrLink)
	_, err = s.Accept(ctx, "", password, now)
	is(t, err, ErrLink)
}

func TestNewerLinkEndsTheOlder(t *testing.T) {
	s, ctx := open(t), t.Context()
	first, err := s.Invite(ctx, "Mona", "mona@paper.example", Owner, now)
	ok(t, err)
	second, err := s.Invite(ctx, "Mona", "mona@paper.example", Owner, now)
	ok(t, err)
	_, err = s.Invited(ctx, first, now)
	is(t, err, ErrLink)
	_, err = s.Invited(ctx, second, now)
	ok(t, err)
}

func TestLoginTakesTheRightPasswordOnly(t *testing.T) {
	s, ctx := open(t), t.Context()
	hire(t, s, "mona@paper.example", Owner)
	for _, c := range []struct {
		email, password string
		want            error
	}{
		{"mona@paper.example", password, nil},
		{" MONA@paper.example ", password, nil},
		{"mona@paper.example", password + " ", ErrLogin},
		{"mona@paper.example", "", ErrLogin},
		{"nobody@paper.example", password, ErrLogin},
		{"nobody@paper.example", "", ErrLogin},
		{"mona@paper.example", strings.Repeat("x", 100_000), ErrLogin},
	} {
		_, err := s.Login(ctx, c.email, c.password, "", home, now)
		is(t, err, c.want)
	}
}

func TestPasswordIsTheSameFromEveryKeyboard(t *testing.T) {
	s, ctx := open(t), t.Context()
	token, err := s.Invite(ctx, "Mona", "mona@paper.example", Owner, now)
	ok(t, err)
	_, err = s.Accept(ctx, token, "caf\u00e9 in the harbour", now)
	ok(t, err)
	_, err = s.Login(ctx, "mona@paper.example", "cafe\u0301 in the harbour", "", home, now)
	ok(t, err)
}

func TestSessionEndsWithTimeLogoutAndRemoval(t *testing.T) {
	s, ctx := open(t), t.Context()
	hire(t, s, "owner@paper.example", Owner)
	login := func() Session {
		session, err := s.Login(ctx, "mona@paper.example", password, "", home, now)
		ok(t, err)
		return session
	}
	lives := func(x Session, at time.Time) bool {
		_, err := s.Session(ctx, x.Cookie, at)
		if err != nil {
			is(t, err, ErrSession)
		}
		return err == nil
	}
	mona := hire(t, s, "mona@paper.example", Writer)
	a, b := login(), login()
	if a.Cookie == b.Cookie || a.Cookie == mona.Cookie || a.CSRF == b.CSRF {
		t.Fatal("two sessions have the same name")
	}
	if !lives(a, now.Add(SessionTerm-time.Second)) || lives(a, now.Add(SessionTerm)) {
		t.Error("a session does not last 14 days")
	}
	ok(t, s.Logout(ctx, a.Cookie))
	if lives(a, now) || !lives(b, now) {
		t.Error("logging out ends the wrong session")
	}
	ok(t, s.LogoutAll(ctx, mona.Editor.ID))
	if lives(b, now) || lives(mona, now) {
		t.Error("a session outlives a logout everywhere")
	}
	c := login()
	ok(t, s.Remove(ctx, mona.Editor.ID))
	if lives(c, now) {
		t.Error("a session outlives its editor")
	}
	_, err := s.Login(ctx, "mona@paper.example", password, "", home, now)
	is(t, err, ErrLogin)
	if lives(Session{}, now) {
		t.Error("an empty cookie is a session")
	}
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	s, ctx := open(t), t.Context()
	old := hire(t, s, "mona@paper.example", Owner)
	_, err := s.ChangePassword(ctx, old.Editor, "wrong", "ten berths are closed", home, now)
	is(t, err, ErrLogin)
	_, err = s.ChangePassword(ctx, old.Editor, password, "short", home, now)
	is(t, err, ErrPassword)
	fresh, err := s.ChangePassword(ctx, old.Editor, password, "ten berths are closed", home, now)
	ok(t, err)
	_, err = s.Session(ctx, old.Cookie, now)
	is(t, err, ErrSession)
	_, err = s.Session(ctx, fresh.Cookie, now)
	ok(t, err)
	_, err = s.Login(ctx, "mona@paper.example", password, "", home, now)
	is(t, err, ErrLogin)
}

func TestLoginsThatGoWrongAreLimited(t *testing.T) {
	s, ctx := open(t), t.Context()
	hire(t, s, "mona@paper.example", Owner)
	hire(t, s, "tom@paper.example", Writer)
	try := func(email, word, from string, at time.Time) error {
		_, err := s.Login(ctx, email, word, "", netip.MustParseAddr(from), at)
		return err
	}
	for range failuresEditor { // each from elsewhere
		is(t, try("mona@paper.example", "wrong", "198.51.100.1", now), ErrLogin)
	}
	is(t, try("mona@paper.example", password, "203.0.113.9", now), ErrBusy) // for one editor
	ok(t, try("tom@paper.example", password, "198.51.100.1", now))          // others still come in
	for i := range failuresFrom - failuresEditor {
		is(t, try("tom"+strings.Repeat("x", i+1)+"@paper.example", "wrong", "198.51.100.1", now), ErrLogin)
	}
	is(t, try("tom@paper.example", password, "198.51.100.1", now), ErrBusy) // from one place
	ok(t, try("tom@paper.example", password, "198.51.100.2", now))
	later := now.Add(failureSpan + time.Second)
	ok(t, try("mona@paper.example", password, "198.51.100.1", later))

	for i := range failuresFrom { // an IPv6 network is one place, whatever its addresses
		is(t, try(strings.Repeat("y", i+1)+"@paper.example", "wrong", "2001:db8::"+string(rune('1'+i%9)), later), ErrLogin)
	}
	is(t, try("tom@paper.example", password, "2001:db8::ffff", later), ErrBusy)
	ok(t, try("tom@paper.example", password, "2001:db8:0:1::1", later))
}

func TestNobodyIsTheOnlyOwnerAndLeaves(t *testing.T) {
	s, ctx := open(t), t.Context()
	mona := hire(t, s, "mona@paper.example", Owner).Editor
	tom := hire(t, s, "tom@paper.example", Writer).Editor
	is(t, s.Remove(ctx, mona.ID), ErrLastOwner)
	is(t, s.SetRole(ctx, mona.ID, Viewer), ErrLastOwner)
	_, err := s.Invite(ctx, "Mona", mona.Email, Writer, now)
	is(t, err, ErrLastOwner)
	ok(t, s.SetRole(ctx, mona.ID, Owner))
	ok(t, s.SetRole(ctx, tom.ID, Owner))
	ok(t, s.Remove(ctx, mona.ID))
	is(t, s.Remove(ctx, tom.ID), ErrLastOwner)
	is(t, s.Remove(ctx, mona.ID), ErrNoEditor) // gone already
	all, err := s.Editors(ctx)
	ok(t, err)
	if len(all) != 1 || all[0].Email != "tom@paper.example" {
		t.Errorf("the editors are %+v", all)
	}
	token, err := s.Invite(ctx, "Mona", mona.Email, Viewer, now) // and comes back
	ok(t, err)
	back, err := s.Accept(ctx, token, password, now)
	ok(t, err)
	if back.Editor.ID != mona.ID || back.Editor.Role != Viewer {
		t.Errorf("back is %+v", back.Editor)
	}
}

func TestResetEndsEverythingBefore(t *testing.T) {
	s, ctx := open(t), t.Context()
	mona := hire(t, s, "mona@paper.example", Owner)
	_, offer := s.ProposeCodes(mona.Editor, "Paper")
	ok(t, s.ProveCodes(ctx, mona.Editor, offer, codeFor(t, s, mona.Editor, offer, now), now))
	token, err := s.Reset(ctx, mona.Editor.ID, now)
	ok(t, err)
	_, err = s.Session(ctx, mona.Cookie, now)
	is(t, err, ErrSession)
	_, err = s.Login(ctx, "mona@paper.example", password, "", home, now)
	is(t, err, ErrLogin)
	_, err = s.Accept(ctx, token, "ten berths are closed", now)
	ok(t, err)
	_, err = s.Login(ctx, "mona@paper.example", "ten berths are closed", "", home, now)
	ok(t, err)
}

func TestRoleCovers(t *testing.T) {
	for _, c := range []struct {
		have, least Role
		want        bool
	}{
		{Owner, Owner, true}, {Owner, Viewer, true}, {Writer, Owner, false}, {Writer, Writer, true}, {Writer, Viewer, true},
		{Viewer, Writer, false}, {Viewer, Viewer, true}, {"", Viewer, false}, {"root", Viewer, false}, {Owner, "", false}, {"", "", false},
	} {
		if got := c.have.Covers(c.least); got != c.want {
			t.Errorf("%q covers %q: %v", c.have, c.least, got)
		}
	}
}

func TestNewEditorsAreRefusedWhatCannotBe(t *testing.T) {
	s := open(t)
	for _, c := range []struct{ name, email, role string }{
		{"", "a@paper.example", "owner"}, {strings.Repeat("a", 81), "a@paper.example", "owner"},
		{"A", "a", "owner"}, {"A", "A <a@paper.example>", "owner"}, {"A", "a@paper.example\r\nBcc: b@paper.example", "owner"},
		{"A", "a@paper.example", "root"}, {"A", "a@paper.example", ""},
	} {
		if _, err := s.Invite(t.Context(), c.name, c.email, Role(c.role), now); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

func TestAuditIsAppendedAndNeverChanged(t *testing.T) {
	s, ctx := open(t), t.Context()
	for i, act := range []string{"login", "send", "pause"} {
		ok(t, s.Note(ctx, Entry{Editor: 1, Name: "Mona", Act: act, What: "daily", Detail: strings.Repeat("x", 3000), At: now.Add(time.Duration(i) * time.Minute)}))
	}
	got, err := s.Audit(ctx, 0, 2)
	ok(t, err)
	want := []Entry{{ID: 3, Act: "pause"}, {ID: 2, Act: "send"}}
	short := func(e Entry) Entry { return Entry{ID: e.ID, Act: e.Act} }
	if d := cmp.Diff(want, []Entry{short(got[0]), short(got[1])}); d != "" {
		t.Error(d)
	}
	if n := len(got[0].Detail); n != maxDetail {
		t.Errorf("a detail has %d letters", n)
	}
	got, err = s.Audit(ctx, 2, 2)
	ok(t, err)
	if len(got) != 1 || got[0].Act != "login" || !got[0].At.Equal(now) {
		t.Errorf("the page before is %+v", got)
	}
	for _, statement := range []string{`UPDATE audit SET name = 'nobody'`, `DELETE FROM audit`, `INSERT OR REPLACE INTO audit VALUES (1, 0, 0, '', '', '', '')`} {
		err := s.db.Update(context.Background(), func(tx *sql.Tx) error { _, err := tx.Exec(statement); return err })
		if err == nil {
			t.Errorf("%s went through", statement)
		}
	}
}

func TestTokensAreKeptAsHashesAndEnd(t *testing.T) {
	s, ctx := open(t), t.Context()
	token, err := s.MintToken(ctx, "Newsroom screen", []Scope{Send, Read, Read}, now.Add(time.Hour), now)
	ok(t, err)
	got, err := s.Token(ctx, token, now)
	ok(t, err)
	if d := cmp.Diff([]Scope{Read, Send}, got.Scopes); d != "" || got.Allows(Write) || !got.Allows(Send) {
		t.Errorf("%s %+v", d, got)
	}
	for what, bad := range map[string]string{"cut": token[:len(token)-1], "empty": "", "its hash": string(hashOf(token)), "other letters": strings.ToUpper(token)} {
		_, err := s.Token(ctx, bad, now)
		if !errors.Is(err, ErrToken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = s.Token(ctx, token, now.Add(time.Hour))
	is(t, err, ErrToken)
	ok(t, s.Revoke(ctx, got.ID))
	_, err = s.Token(ctx, token, now)
	is(t, err, ErrToken)
	for _, scopes := range [][]Scope{nil, {"root"}, {Read, "root"}} {
		if _, err := s.MintToken(ctx, "X", scopes, time.Time{}, now); err == nil {
			t.Errorf("%v made a token", scopes)
		}
	}
}

// Whoever reads a copy of the database finds nothing in it that opens the desk.
func TestDatabaseHoldsNothingThatOpens(t *testing.T) {
	s, ctx := open(t), t.Context()
	session := hire(t, s, "mona@paper.example", Owner)
	link, err := s.Invite(ctx, "Tom", "tom@paper.example", Writer, now)
	ok(t, err)
	token, err := s.MintToken(ctx, "Screen", []Scope{Read}, time.Time{}, now)
	ok(t, err)
	book, offer := s.ProposeCodes(session.Editor, "Paper")
	ok(t, s.ProveCodes(ctx, session.Editor, offer, codeFor(t, s, session.Editor, offer, now), now))
	secret, err := s.offered(session.Editor.ID, offer)
	ok(t, err)
	var all strings.Builder
	ok(t, s.db.View(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"editor", "editor_link", "editor_session", "api_token"} {
			rows, err := tx.Query(`SELECT * FROM ` + table)
			if err != nil {
				return err
			}
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				cells := make([]sql.RawBytes, len(columns))
				at := make([]any, len(columns))
				for i := range cells {
					at[i] = &cells[i]
				}
				if err := rows.Scan(at...); err != nil {
					return err
				}
				for _, c := range cells {
					all.Write(c)
				}
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		return nil
	}))
	if !strings.Contains(all.String(), "mona@paper.example") {
		t.Fatal("the tables were not read")
	}
	for what, s := range map[string]string{
		"password": password, "cookie": session.Cookie, "CSRF token": session.CSRF, "link": link, "token": token,
		"secret": string(secret), "key": strings.ReplaceAll(book.Key, " ", ""),
	} {
		if strings.Contains(all.String(), s) {
			t.Errorf("the %s stands in the database", what)
		}
	}
}
