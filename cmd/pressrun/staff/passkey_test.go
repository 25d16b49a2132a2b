package staff

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// passkey adds one to an editor's account.
func passkey(t *testing.T, s *Store, session Session, name string, counter uint32) Passkey {
	t.Helper()
	k, err := s.AddPasskey(t.Context(), session, Passkey{Name: name, Credential: []byte(name), PublicKey: []byte("key of " + name), Counter: counter}, now)
	ok(t, err)
	return k
}

func TestPasskeyIsKeptAndFoundByItsHolder(t *testing.T) {
	s, ctx := open(t), t.Context()
	mona, tom := hire(t, s, "mona@paper.example", Owner), hire(t, s, "tom@paper.example", Writer)
	handle, err := s.Handle(ctx, mona.Editor.ID)
	ok(t, err)
	again, err := s.Handle(ctx, mona.Editor.ID)
	ok(t, err)
	toms, err := s.Handle(ctx, tom.Editor.ID)
	ok(t, err)
	if len(handle) != 32 || !bytes.Equal(handle, again) || bytes.Equal(handle, toms) {
		t.Fatalf("the handles are %x, %x and %x", handle, again, toms)
	}
	phone := passkey(t, s, mona, " Phone\n", 0)
	e, all, err := s.Holder(ctx, handle)
	ok(t, err)
	if e.Email != "mona@paper.example" || e.Passkeys != 1 || len(all) != 1 || all[0].Name != "Phone" || !all[0].LastSeen.IsZero() {
		t.Errorf("the holder is %+v with %+v", e, all)
	}
	session, err := s.LoginByPasskey(ctx, e, phone, now)
	ok(t, err)
	if session.Editor.Email != "mona@paper.example" {
		t.Errorf("it is the session of %+v", session.Editor)
	}
	if all, err = s.Passkeys(ctx, e.ID); err != nil || !all[0].LastSeen.Equal(now) {
		t.Errorf("it was last used at %v, %v", all[0].LastSeen, err)
	}
	_, _, err = s.Holder(ctx, []byte("nobody"))
	is(t, err, ErrPasskey)
	_, _, err = s.Holder(ctx, nil)
	is(t, err, ErrPasskey)
	// Another's passkey opens nothing, and cannot be removed or taken over.
	_, err = s.LoginByPasskey(ctx, tom.Editor, phone, now)
	is(t, err, ErrPasskey)
	_, err = s.RemovePasskey(ctx, tom.Editor.ID, phone.ID)
	is(t, err, ErrPasskey)
	_, err = s.AddPasskey(ctx, tom, phone, now)
	is(t, err, ErrPasskey)
	name, err := s.RemovePasskey(ctx, mona.Editor.ID, phone.ID)
	ok(t, err)
	if name != "Phone" {
		t.Errorf("%q was removed", name)
	}
	_, err = s.LoginByPasskey(ctx, e, phone, now)
	is(t, err, ErrPasskey)
}

func TestCounterThatDoesNotGrowIsACopy(t *testing.T) {
	s, ctx := open(t), t.Context()
	mona := hire(t, s, "mona@paper.example", Owner)
	k := passkey(t, s, mona, "Key", 7)
	for _, c := range []struct {
		counter uint32
		want    error
	}{{8, nil}, {8, ErrPasskey}, {7, ErrPasskey}, {0, ErrPasskey}, {12, nil}} {
		k.Counter = c.counter
		_, err := s.LoginByPasskey(ctx, mona.Editor, k, now)
		is(t, err, c.want)
	}
	k = passkey(t, s, mona, "Phone that does not count", 0)
	for range 2 {
		_, err := s.LoginByPasskey(ctx, mona.Editor, k, now)
		ok(t, err)
	}
}

func TestPasskeyIsAddedSoonAfterALoginOnly(t *testing.T) {
	s, ctx := open(t), t.Context()
	mona := hire(t, s, "mona@paper.example", Owner)
	seen, err := s.Session(ctx, mona.Cookie, now.Add(time.Minute))
	ok(t, err)
	k := Passkey{Name: "Phone", Credential: []byte("1"), PublicKey: []byte("k")}
	_, err = s.AddPasskey(ctx, seen, k, now.Add(FreshTerm))
	is(t, err, ErrStale)
	_, err = s.AddPasskey(ctx, seen, k, now.Add(FreshTerm-time.Second))
	ok(t, err)
	k.Name = " "
	_, err = s.AddPasskey(ctx, seen, k, now)
	is(t, err, ErrPasskeyName)
}

func TestPasskeysAreNotWithoutNumberAndEndWithAReset(t *testing.T) {
	s, ctx := open(t), t.Context()
	mona := hire(t, s, "mona@paper.example", Owner)
	for i := range maxPasskeys {
		passkey(t, s, mona, fmt.Sprint("Key ", i), 0)
	}
	_, err := s.AddPasskey(ctx, mona, Passkey{Name: "One more", Credential: []byte("x"), PublicKey: []byte("k")}, now)
	is(t, err, ErrPasskeys)
	_, err = s.Reset(ctx, mona.Editor.ID, now)
	ok(t, err)
	all, err := s.Passkeys(ctx, mona.Editor.ID)
	ok(t, err)
	if len(all) != 0 {
		t.Errorf("%d passkeys outlive the reset", len(all))
	}
}

// Whoever sits at the desk while its editor is reset leaves no key behind.
func TestPasskeyOfASessionThatWasEndedIsNotAdded(t *testing.T) {
	s, ctx := open(t), t.Context()
	session := hire(t, s, "mona@paper.example", Owner)
	k := passkey(t, s, session, "phone", 0)
	_, err := s.Reset(ctx, session.Editor.ID, now)
	ok(t, err)
	k.Credential = []byte("another")
	_, err = s.AddPasskey(ctx, session, k, now)
	is(t, err, ErrPasskey)
	if e, err := s.Editor(ctx, "mona@paper.example"); err != nil || e.Passkeys != 0 {
		t.Errorf("%+v, %v", e, err)
	}
}
