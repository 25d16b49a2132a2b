package staff

import (
	"slices"
	"testing"
	"time"
)

const issuer = "https://login.paper.example"

// account is one that the provider has verified.
func account(subject, email string) Account {
	return Account{Issuer: issuer, Subject: subject, Email: email, Verified: true, Name: "Mona Haddad"}
}

func TestAccountLetsInWhoIsAnEditorAlready(t *testing.T) {
	s, ctx := open(t), t.Context()
	hire(t, s, "mona@paper.example", Owner)
	if _, err := s.Invite(ctx, "Tom Reyes", "tom@paper.example", Writer, now); err != nil {
		t.Fatal(err) // who has not used the link yet is an editor too
	}
	for _, c := range []struct {
		name string
		a    Account
		want error
	}{
		{"an editor", account("1", "Mona@Paper.example"), nil},
		{"one with a link", account("2", "tom@paper.example"), nil},
		{"a stranger", account("3", "eve@paper.example"), ErrAccount},
		{"not verified", Account{Issuer: issuer, Subject: "4", Email: "mona@paper.example"}, ErrUnverified},
		{"no address", Account{Issuer: issuer, Subject: "5", Verified: true}, ErrUnverified},
		{"no subject", Account{Issuer: issuer, Email: "mona@paper.example", Verified: true}, ErrAccount},
		{"a Kelvin sign for a k", account("6", "\u212aim@paper.example"), ErrUnverified},
		{"two addresses in one", account("7", `"mona@paper.example"@evil.example`), ErrUnverified},
		{"a name beside it", account("8", "Mona <mona@paper.example>"), ErrUnverified},
	} {
		t.Run(c.name, func(t *testing.T) {
			session, fresh, err := s.LoginBy(ctx, c.a, Welcome{}, now)
			is(t, err, c.want)
			if fresh || (err == nil) != (session.Cookie != "") {
				t.Errorf("fresh %v, session %+v", fresh, session)
			}
		})
	}
	all, err := s.Editors(ctx)
	ok(t, err)
	if len(all) != 2 || !all[1].Account || !all[1].Joined || all[1].Password {
		t.Errorf("the editors are %+v", all)
	}
}

func TestAccountIsKnownAgainWhateverItsAddressIs(t *testing.T) {
	s, ctx := open(t), t.Context()
	hire(t, s, "mona@paper.example", Owner)
	hire(t, s, "tom@paper.example", Writer)
	in := func(a Account) (string, error) {
		session, _, err := s.LoginBy(ctx, a, Welcome{}, now)
		return session.Editor.Email, err
	}
	_, err := in(account("mona", "mona@paper.example"))
	ok(t, err)
	_, err = in(account("tom", "tom@paper.example"))
	ok(t, err)

	// Tom takes Mona's address at the provider, and stays Tom here.
	who, err := in(account("tom", "mona@paper.example"))
	ok(t, err)
	if who != "tom@paper.example" {
		t.Errorf("Tom came in as %s", who)
	}
	// Somebody new who has it is not Mona either.
	_, err = in(account("eve", "mona@paper.example"))
	is(t, err, ErrOther)
	// Mona is Mona without any address, verified or not.
	who, err = in(Account{Issuer: issuer, Subject: "mona"})
	ok(t, err)
	if who != "mona@paper.example" {
		t.Errorf("Mona came in as %q", who)
	}
	// A subject is only good together with its issuer.
	a := account("mona", "eve@paper.example")
	a.Issuer = "https://other.example"
	_, err = in(a)
	is(t, err, ErrAccount)
	// A new link lets another account be known.
	mona, err := s.Editor(ctx, "mona@paper.example")
	ok(t, err)
	_, err = s.Reset(ctx, mona.ID, now)
	ok(t, err)
	_, err = in(account("mona-2", "mona@paper.example"))
	ok(t, err)
	_, err = in(Account{Issuer: issuer, Subject: "mona"})
	is(t, err, ErrUnverified)
}

func TestDomainsLetNewEditorsIn(t *testing.T) {
	s, ctx := open(t), t.Context()
	hire(t, s, "owner@paper.example", Owner)
	w := Welcome{Domains: []string{"paper.example"}, Role: Viewer}
	session, fresh, err := s.LoginBy(ctx, account("sara", "Sara@Paper.Example"), w, now)
	ok(t, err)
	if e := session.Editor; !fresh || e.Email != "sara@paper.example" || e.Name != "Mona Haddad" || e.Role != Viewer || !e.Joined {
		t.Errorf("fresh %v, the editor is %+v", fresh, e)
	}
	_, fresh, err = s.LoginBy(ctx, account("sara", "sara@elsewhere.example"), w, now)
	ok(t, err)
	if fresh {
		t.Error("she became an editor twice")
	}
	nameless := account("lee", "lee@paper.example")
	nameless.Name = "\n"
	session, _, err = s.LoginBy(ctx, nameless, w, now)
	ok(t, err)
	if session.Editor.Name != "lee" {
		t.Errorf("the name is %q", session.Editor.Name)
	}
	for _, c := range []struct {
		email string
		w     Welcome
		want  error
	}{
		{"x@sub.paper.example", w, ErrAccount},
		{"x@evilpaper.example", w, ErrAccount},
		{"x@paper.example.evil.example", w, ErrAccount},
		{"x@paper.example", Welcome{}, ErrAccount},
		{"x@paper.example", Welcome{Domains: w.Domains, Role: Owner}, ErrAccount},
		{"x@paper.example", Welcome{Domains: w.Domains, Role: "root"}, ErrAccount},
	} {
		_, _, err := s.LoginBy(ctx, account("x", c.email), c.w, now)
		is(t, err, c.want)
	}
}

func TestRemovedEditorStaysOutByEveryDoor(t *testing.T) {
	s, ctx := open(t), t.Context()
	hire(t, s, "owner@paper.example", Owner)
	tom := hire(t, s, "tom@paper.example", Writer)
	w := Welcome{Domains: []string{"paper.example"}, Role: Writer}
	_, _, err := s.LoginBy(ctx, account("tom", "tom@paper.example"), w, now)
	ok(t, err)
	k := passkey(t, s, tom, "Phone", 0)
	ok(t, s.Remove(ctx, tom.Editor.ID))
	for _, a := range []Account{
		account("tom", "tom@paper.example"),   // as he was
		account("tom", "other@paper.example"), // under an address that the rule would let in
		account("tom-2", "tom@paper.example"), // with another account
	} {
		_, _, err := s.LoginBy(ctx, a, w, now)
		is(t, err, ErrAccount)
	}
	_, err = s.LoginByPasskey(ctx, tom.Editor, k, now)
	is(t, err, ErrPasskey)
	// Let in again, he is known by his account, and his passkey is gone.
	_, err = s.Invite(ctx, "Tom", "tom@paper.example", Viewer, now)
	ok(t, err)
	session, _, err := s.LoginBy(ctx, account("tom", "tom@paper.example"), w, now)
	ok(t, err)
	if session.Editor.ID != tom.Editor.ID || session.Editor.Passkeys != 0 {
		t.Errorf("he is %+v", session.Editor)
	}
}

func TestLinkAloneOpensWhereNoPasswordsAreInUse(t *testing.T) {
	s, ctx := open(t), t.Context()
	mona := hire(t, s, "mona@paper.example", Owner)
	token, err := s.Reset(ctx, mona.Editor.ID, now)
	ok(t, err)
	session, err := s.AcceptWithout(ctx, token, now)
	ok(t, err)
	if session.Editor.Email != "mona@paper.example" || session.Editor.Joined {
		t.Errorf("the session is that of %+v", session.Editor)
	}
	_, err = s.AcceptWithout(ctx, token, now)
	is(t, err, ErrLink)
	_, err = s.Login(ctx, "mona@paper.example", "", "", home, now)
	is(t, err, ErrLogin)
}

func TestWaysInAreNamed(t *testing.T) {
	for _, c := range []struct {
		e         Editor
		passwords bool
		want      []Way
	}{
		{Editor{}, true, nil},
		{Editor{Password: true}, true, []Way{ByPassword}},
		{Editor{Password: true, TOTP: true, Passkeys: 2, Account: true}, true, []Way{ByCode, ByPasskey, ByAccount}},
		{Editor{Password: true, TOTP: true, Passkeys: 2}, false, []Way{ByPasskey}},
	} {
		if got := c.e.Ways(c.passwords); !slices.Equal(got, c.want) {
			t.Errorf("%+v comes in by %v, not %v", c.e, got, c.want)
		}
	}
}

func TestFailuresWithoutPasswordsCountForTheirNetwork(t *testing.T) {
	s, ctx := open(t), t.Context()
	hire(t, s, "mona@paper.example", Owner)
	for range failuresFrom {
		ok(t, s.Busy(ctx, home, now))
		ok(t, s.Failed(ctx, home, now))
	}
	is(t, s.Busy(ctx, home, now), ErrBusy)
	_, err := s.Login(ctx, "mona@paper.example", password, "", home, now)
	is(t, err, ErrBusy)
	ok(t, s.Busy(ctx, home, now.Add(failureSpan+time.Second)))
}

// A reset forgets the account, and not whose it was: who is removed afterwards does not come
// in again under another address, and it opens no other editor.
func TestForgottenAccountOpensForItsEditorOnly(t *testing.T) {
	s, ctx := open(t), t.Context()
	hire(t, s, "mona@paper.example", Owner)
	tom := hire(t, s, "tom@paper.example", Writer).Editor
	hire(t, s, "uri@paper.example", Writer)
	welcome := Welcome{Domains: []string{"paper.example"}, Role: Writer}
	in := func(a Account) (string, error) {
		session, _, err := s.LoginBy(ctx, a, welcome, now)
		return session.Editor.Email, err
	}
	_, err := in(account("1", "tom@paper.example"))
	ok(t, err)
	_, err = s.Reset(ctx, tom.ID, now)
	ok(t, err)
	if e, err := s.Editor(ctx, "tom@paper.example"); err != nil || e.Account {
		t.Errorf("after a reset: %+v, %v", e, err)
	}
	for _, other := range []string{"uri@paper.example", "new@paper.example"} {
		_, err = in(account("1", other))
		is(t, err, ErrOther)
	}
	if who, err := in(account("1", "tom@paper.example")); err != nil || who != "tom@paper.example" {
		t.Errorf("by the same address: %q, %v", who, err)
	}
	_, err = s.Reset(ctx, tom.ID, now)
	ok(t, err)
	if who, err := in(account("2", "tom@paper.example")); err != nil || who != "tom@paper.example" { // another account of theirs
		t.Errorf("by another account: %q, %v", who, err)
	}
	_, err = s.Reset(ctx, tom.ID, now)
	ok(t, err)
	ok(t, s.Remove(ctx, tom.ID))
	for _, a := range []Account{account("1", "new@paper.example"), account("2", "tom@paper.example")} {
		_, err = in(a)
		is(t, err, ErrAccount)
	}
	all, err := s.Editors(ctx)
	ok(t, err)
	if len(all) != 2 {
		t.Errorf("the editors are %+v", all)
	}
}
