package subscribers

import (
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func form(t testing.TB, email string, editions ...string) Signup {
	t.Helper()
	return Signup{
		Address: address(t, email), Editions: editions, Language: "ar", Form: "f00d",
		Page: "https://example.org/news?utm_source=x#form", IP: netip.MustParseAddr("198.51.100.77"), Method: MethodForm,
	}
}

func signUp(t testing.TB, s *Store, g Signup, now time.Time) {
	t.Helper()
	if err := s.Subscribe(t.Context(), g, now); err != nil {
		t.Fatal(err)
	}
}

// post takes all letters that are due, as the postman does, and returns them.
// want fails unless the letters that are due now are of these kinds.
func confirm(t testing.TB, s *Store, signupID int64, now time.Time) Reader {
	t.Helper()
	r, err := s.Confirm(t.Context(), signupID, now)
	if err != nil {
		t.Fatal(err)
	}
	checkConsistent(t, s)
	return r
}

func count(t testing.TB, s *Store, query string, args ...any) (n int) {
	t.Helper()
	if err := s.db.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow(query, args...).Scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSignUpConfirmWelcome(t *testing.T) {
	s := openStore(t)
	g := form(t, "Mona@Example.org", "weekly", "daily", "daily")
	g.Name, g.Format = "Mona حداد", Text
	g.Choices = Choices{Topics: []string{"Sport", "culture", "sport"}, Frequency: Weekly, Weekday: time.Friday, Hour: 7, Zone: "Asia/Riyadh"}
	signUp(t, s, g, testNow)
	select {
	case <-s.Wanted():
	default:
		t.Error("nobody knocked for the letter")
	}
	if len(recipients(t, s, "daily")) > 0 {
		t.Fatal("a recipient before confirming")
	}
	letter := want(t, s, testNow, "confirm")[0]
	wantLetter := LetterDue{Kind: LetterConfirm, Ref: letter.Ref, SubscriberID: letter.SubscriberID, Language: "ar", Format: Text, Editions: []string{"daily", "weekly"}, Expires: testNow.Add(SignupFor)}
	if diff := cmp.Diff(wantLetter, letter); diff != "" {
		t.Error(diff)
	}
	if got := addressee(t, s, LetterConfirm, letter.Ref); got != "Mona@example.org||0" {
		t.Errorf("addressee %q; nothing a stranger typed may be in it", got)
	}
	want(t, s, testNow)

	info, err := s.Signup(t.Context(), letter.Ref, testNow)
	if diff := cmp.Diff(SignupInfo{ID: letter.Ref, State: SignupOpen, Editions: []string{"daily", "weekly"}, Language: "ar", Hint: "M…@example.org", Expires: letter.Expires}, info); diff != "" || err != nil {
		t.Error(diff, err)
	}

	later := testNow.Add(time.Hour)
	r := confirm(t, s, letter.Ref, later)
	choices := Choices{Topics: []string{"culture", "Sport"}, Frequency: Weekly, Weekday: time.Friday, Hour: 7, Zone: "Asia/Riyadh"}
	wantReader := Reader{
		Subscriber: Subscriber{ID: r.ID, Email: "Mona@example.org", Name: "Mona حداد", Language: "ar", Format: Text, Created: testNow},
		Subscriptions: []Subscription{
			{ID: r.Subscriptions[0].ID, SubscriberID: r.ID, Edition: "daily", State: Confirmed, Choices: choices, Created: testNow, Confirmed: later, Since: later},
			{ID: r.Subscriptions[1].ID, SubscriberID: r.ID, Edition: "weekly", State: Confirmed, Choices: choices, Created: testNow, Confirmed: later, Since: later},
		},
	}
	if diff := cmp.Diff(wantReader, r); diff != "" {
		t.Error(diff)
	}
	consents, _ := s.Consents(t.Context(), r.ID)
	if len(consents) != 2 {
		t.Fatalf("%d rows of evidence, want 2", len(consents))
	}
	wantConsent := Consent{
		ID: consents[0].ID, SubscriptionID: r.Subscriptions[0].ID, Edition: "daily", Act: Give, Method: MethodForm, At: later, Recorded: later,
		SignupID: letter.Ref, Asked: testNow, Form: "f00d", Language: "ar", Page: "https://example.org/news", IP: "198.51.100.0/24",
	}
	if diff := cmp.Diff(wantConsent, consents[0]); diff != "" {
		t.Error(diff)
	}
	welcomes := want(t, s, later, "welcome", "welcome")
	if got := addressee(t, s, LetterWelcome, welcomes[0].Ref); got != fmt.Sprintf("Mona@example.org|Mona حداد|%d", r.Subscriptions[0].ID) {
		t.Errorf("addressee %q", got)
	}

	// A second press of the button changes nothing, even after leaving.
	again := confirm(t, s, letter.Ref, later.Add(time.Hour))
	if diff := cmp.Diff(r, again); diff != "" {
		t.Error(diff)
	}
	if _, err := s.Unsubscribe(t.Context(), r.Subscriptions[0].ID, MethodOneClick, later.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if again = confirm(t, s, letter.Ref, later.Add(3*time.Hour)); again.Subscriptions[0].State != Unsubscribed {
		t.Error("an old link brought back who left")
	}
	if consents, _ := s.Consents(t.Context(), r.ID); len(consents) != 3 {
		t.Errorf("%d rows of evidence, want 3", len(consents))
	}
	want(t, s, later.Add(60*24*time.Hour)) // nor a reminder
	if info, _ := s.Signup(t.Context(), letter.Ref, later); info.State != SignupConfirmed {
		t.Errorf("state %q", info.State)
	}
}

// addressee returns the row of the view as email|name|subscription, "" for none.
func TestSubscribeRefusesABadForm(t *testing.T) {
	s := openStore(t)
	for about, change := range map[string]func(*Signup){
		"address":     func(g *Signup) { g.Address = Address{} },
		"edition":     func(g *Signup) { g.Editions = nil },
		`"Daily !"`:   func(g *Signup) { g.Editions = []string{"Daily !"} },
		"name":        func(g *Signup) { g.Name = "A\r\nBcc: x@y.org" },
		"language":    func(g *Signup) { g.Language = "Klingonish" },
		"format":      func(g *Signup) { g.Format = "pdf" },
		"method":      func(g *Signup) { g.Method = MethodOperator },
		"version":     func(g *Signup) { g.Form = strings.Repeat("x", 65) },
		"frequency":   func(g *Signup) { g.Choices.Frequency = "hourly" },
		"weekday":     func(g *Signup) { g.Choices = Choices{Frequency: Weekly, Weekday: 7} },
		"hour":        func(g *Signup) { g.Choices = Choices{Frequency: Daily, Hour: 24} },
		"zone":        func(g *Signup) { g.Choices.Zone = "../../etc/passwd" },
		"line break":  func(g *Signup) { g.Choices.Topics = []string{"a\nb"} },
		"topics":      func(g *Signup) { g.Choices.Topics = make([]string, 51) },
		"a topic has": func(g *Signup) { g.Choices.Topics = []string{strings.Repeat("ن", 81)} },
	} {
		g := form(t, "anna@example.org", "daily")
		change(&g)
		if err := s.Subscribe(t.Context(), g, testNow); err == nil || !strings.Contains(err.Error(), about) {
			t.Errorf("%v, want something about %s", err, about)
		}
	}
	if n := count(t, s, `SELECT count(*) FROM subscriber`); n > 0 {
		t.Errorf("%d were added", n)
	}
}

func TestSignUpAgain(t *testing.T) {
	month := 31 * 24 * time.Hour
	left := func(t *testing.T, s *Store, r Reader) {
		if _, err := s.Unsubscribe(t.Context(), r.Subscriptions[0].ID, MethodOneClick, testNow); err != nil {
			t.Fatal(err)
		}
	}
	suppressed := func(reason Reason) func(*testing.T, *Store, Reader) {
		return func(t *testing.T, s *Store, r Reader) {
			if err := s.Suppress(t.Context(), address(t, r.Email), reason, "", testNow); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		before   func(*testing.T, *Store, Reader)
		editions []string
		first    []string // letters at once
		daily    []string // each of the next 40 days, while they sign up each day
	}{
		"confirmed":          {nil, []string{"daily"}, []string{"already"}, []string{"already"}},
		"confirmed, another": {nil, []string{"daily", "weekly"}, []string{"confirm"}, []string{"confirm", "confirm"}},
		"left":               {left, []string{"daily"}, []string{"confirm"}, []string{"confirm", "confirm"}},
		"left all": {func(t *testing.T, s *Store, r Reader) {
			if err := s.UnsubscribeAll(t.Context(), r.ID, MethodPage, testNow); err != nil {
				t.Fatal(err)
			}
		}, []string{"daily"}, []string{"confirm"}, []string{"confirm", "confirm"}},
		"complained": {suppressed(ReasonComplaint), []string{"daily"}, []string{"confirm"}, []string{"confirm", "confirm"}},
		"bounced":    {suppressed(ReasonBounce), []string{"daily"}, []string{"confirm"}, []string{"confirm"}},
		"operator":   {suppressed(ReasonOperator), []string{"daily"}, nil, nil},
		"erased": {func(t *testing.T, s *Store, r Reader) {
			if err := s.Erase(t.Context(), r.ID, testNow); err != nil {
				t.Fatal(err)
			}
		}, []string{"daily"}, []string{"confirm"}, []string{"confirm", "confirm"}},
		"paused": {func(t *testing.T, s *Store, r Reader) {
			if err := s.Pause(t.Context(), r.Subscriptions[0].ID, testNow.Add(2*month), testNow); err != nil {
				t.Fatal(err)
			}
		}, []string{"daily"}, []string{"confirm"}, []string{"confirm", "confirm"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t)
			r := add(t, s, "anna@example.org", "daily")
			if c.before != nil {
				c.before(t, s, r)
			}
			before := recipients(t, s, "daily")
			now := testNow.Add(time.Minute)
			for range 3 { // many at once are one
				signUp(t, s, form(t, "ANNA@example.org", c.editions...), now)
			}
			letters := want(t, s, now, c.first...)
			var daily []string
			for day := 1; day <= 40; day++ {
				at := now.Add(time.Duration(day) * 24 * time.Hour)
				if _, err := s.Expire(t.Context(), at); err != nil {
					t.Fatal(err)
				}
				signUp(t, s, form(t, "anna@example.org", c.editions...), at)
				letters = append(letters, post(t, s, at)...)
			}
			daily = kinds(letters[len(c.first):])
			if diff := cmp.Diff(c.daily, daily); diff != "" {
				t.Error("letters in 40 days:", diff)
			}
			if diff := cmp.Diff(before, recipients(t, s, "daily")); diff != "" {
				t.Error("something changed before confirming:", diff)
			}
			checkConsistent(t, s)
		})
	}
}

func TestConfirmingBringsBack(t *testing.T) {
	for _, reason := range []Reason{ReasonLeft, ReasonBounce, ReasonComplaint, ReasonErased, ReasonOperator} {
		t.Run(string(reason), func(t *testing.T) {
			s := openStore(t)
			r := add(t, s, "anna@example.org", "daily")
			if err := s.Suppress(t.Context(), address(t, r.Email), reason, "", testNow); err != nil {
				t.Fatal(err)
			}
			now := testNow.Add(time.Hour)
			signUp(t, s, form(t, "anna@example.org", "daily"), now)
			letters := post(t, s, now)
			if reason == ReasonOperator {
				if len(letters) > 0 {
					t.Error("a letter to an address that an operator suppressed")
				}
				return
			}
			if len(recipients(t, s, "daily")) > 0 {
				t.Fatal("back without confirming")
			}
			got := confirm(t, s, letters[0].Ref, now.Add(time.Hour))
			if got.Suppressed || !got.Subscriptions[0].Since.Equal(now.Add(time.Hour)) || len(recipients(t, s, "daily")) != 1 {
				t.Errorf("not back as of now: %+v", got)
			}
			if found, _ := s.Suppressions(t.Context(), address(t, r.Email)); len(found) > 0 {
				t.Errorf("still %v", found)
			}
		})
	}
}

func TestTheLatestSignUpIsConfirmed(t *testing.T) {
	s := openStore(t)
	signUp(t, s, form(t, "anna@example.org", "daily"), testNow)
	first := want(t, s, testNow, "confirm")[0]
	// Within a day there is no second letter: the first one's link confirms the later form.
	second := form(t, "anna@example.org", "weekly")
	second.Choices = Choices{Frequency: Weekly, Weekday: time.Monday, Hour: -1}
	signUp(t, s, second, testNow.Add(time.Hour))
	want(t, s, testNow.Add(time.Hour))
	if info, _ := s.Signup(t.Context(), first.Ref, testNow.Add(time.Hour)); !slices.Equal(info.Editions, []string{"weekly"}) {
		t.Errorf("the page shows %v", info.Editions)
	}
	// After a day there is one, and both links do the same.
	third := form(t, "anna@example.org", "weekly", "breaking")
	signUp(t, s, third, testNow.Add(25*time.Hour))
	want(t, s, testNow.Add(25*time.Hour), "confirm")
	r := confirm(t, s, first.Ref, testNow.Add(26*time.Hour))
	states := map[string]State{}
	for _, n := range r.Subscriptions {
		states[n.Edition] = n.State
		if n.Choices.Frequency != Each {
			t.Errorf("%s has the choices of an earlier form: %+v", n.Edition, n.Choices)
		}
	}
	if diff := cmp.Diff(map[string]State{"daily": Pending, "weekly": Confirmed, "breaking": Confirmed}, states); diff != "" {
		t.Error(diff)
	}
	want(t, s, testNow.Add(26*time.Hour), "welcome", "welcome")
	// What was never confirmed goes away.
	if _, err := s.Expire(t.Context(), testNow.Add(10*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if r, _ = s.Get(t.Context(), r.ID); len(r.Subscriptions) != 2 {
		t.Errorf("%+v", r.Subscriptions)
	}
}

func TestWhatIsLeftAfterSigningUpStaysLeft(t *testing.T) {
	s := openStore(t)
	r := add(t, s, "anna@example.org", "daily")
	signUp(t, s, form(t, "anna@example.org", "daily", "weekly"), testNow)
	letter := want(t, s, testNow, "confirm")[0]
	if _, err := s.Unsubscribe(t.Context(), r.Subscriptions[0].ID, MethodOneClick, testNow.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	got := confirm(t, s, letter.Ref, testNow.Add(2*time.Hour))
	if got.Subscriptions[0].State != Unsubscribed || got.Subscriptions[1].State != Confirmed {
		t.Errorf("%+v", got.Subscriptions)
	}
}

func TestSignUpBeforeAComplaintDoesNotCountAfterIt(t *testing.T) {
	s := openStore(t)
	add(t, s, "anna@example.org", "daily")
	signUp(t, s, form(t, "anna@example.org", "weekly"), testNow)
	letter := want(t, s, testNow, "confirm")[0]
	if err := s.Suppress(t.Context(), address(t, "anna@example.org"), ReasonComplaint, "", testNow.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Confirm(t.Context(), letter.Ref, testNow.Add(2*time.Hour)); !errors.Is(err, ErrTokenExpired) {
		t.Errorf("confirmed: %v", err)
	}
	if got := addressee(t, s, LetterConfirm, letter.Ref); got != "" {
		t.Errorf("the letter still goes to %s", got)
	}
	want(t, s, testNow.Add(72*time.Hour)) // no reminder
	checkConsistent(t, s)
}

func TestManySignUpsAtOnce(t *testing.T) {
	s := openStore(t)
	var wg sync.WaitGroup
	const n = 300
	for i := range n {
		wg.Go(func() {
			if err := s.Subscribe(t.Context(), form(t, fmt.Sprintf("reader%d@example.org", i%(n/2)), "daily"), testNow); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(post(t, s, testNow)); got != n/2 {
		t.Errorf("%d letters, want %d", got, n/2)
	}
	checkConsistent(t, s)
}

func BenchmarkSubscribeAtOnce(b *testing.B) {
	s := openStore(b)
	g := form(b, "anna@example.org", "daily")
	addresses := make([]Address, b.N)
	for i := range addresses {
		addresses[i] = address(b, fmt.Sprintf("reader%d@example.org", i))
	}
	var next sync.Mutex
	i := 0
	b.SetParallelism(64)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			next.Lock()
			one := g
			one.Address = addresses[i]
			i++
			next.Unlock()
			if err := s.Subscribe(b.Context(), one, testNow); err != nil {
				b.Error(err)
			}
		}
	})
}
