package site

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestDoorSlowsDownWhatMachinesDo(t *testing.T) {
	home := netip.MustParseAddr("203.0.113.7")
	distinct := func(i int) (netip.Addr, string) {
		return netip.AddrFrom4([4]byte{198, byte(i >> 8), byte(i), 1}), fmt.Sprintf("reader%d@domain%d.example", i, i)
	}
	for _, c := range []struct {
		name   string
		limits Limits
		comes  func(i int) (netip.Addr, string)
		slowAt int // the first that is let in slowly, 0 for none
		never  int // the first that is not let in
	}{
		{"people", Limits{Surge: 100}, distinct, 0, 0},
		{"one network", Limits{Network: 4, NetworkHour: 8}, func(i int) (netip.Addr, string) {
			_, to := distinct(i)
			return netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}), to
		}, 5, 9},
		{"one network of IPv6", Limits{Network: 4, NetworkHour: 8}, func(i int) (netip.Addr, string) {
			_, to := distinct(i)
			return netip.MustParseAddr(fmt.Sprintf("2001:db8:1:1::%x", i+1)), to
		}, 5, 9},
		{"a proxy that does not say for whom", Limits{Network: 4, NetworkHour: 8}, func(i int) (netip.Addr, string) {
			_, to := distinct(i)
			return netip.MustParseAddr("10.0.0.1"), to
		}, 5, 0},
		{"an unknown visitor", Limits{Network: 4, NetworkHour: 8}, func(i int) (netip.Addr, string) {
			_, to := distinct(i)
			return netip.Addr{}, to
		}, 0, 0},
		{"one domain", Limits{Domain: 6}, func(i int) (netip.Addr, string) {
			from, _ := distinct(i)
			return from, fmt.Sprintf("reader%d@example.org", i)
		}, 7, 0},
		{"everywhere at once", Limits{Surge: 12}, distinct, 13, 0},
		{"no limits", noLimits, func(int) (netip.Addr, string) { return home, "mona@example.org" }, 0, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDoor(c.limits, slog.New(slog.DiscardHandler))
			for i := range 20 {
				time.Sleep(100 * time.Millisecond)
				from, to := c.comes(i)
				v, _ := d.ask(from, address(t, to), time.Now())
				want := freely
				if c.slowAt > 0 && i+1 >= c.slowAt {
					want = slowly
				}
				if c.never > 0 && i+1 >= c.never {
					want = never
				}
				if v != want {
					t.Errorf("%s: number %d gets verdict %d, want %d", c.name, i+1, v, want)
				}
			}
		})
	}
}

func TestDoorKnowsOneMailboxInItsSpellings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(Limits{Address: 2}, slog.New(slog.DiscardHandler))
		for i, c := range []struct {
			to    string
			often bool
		}{
			{"mona.haddad@example.org", false}, {"MonaHaddad+news@example.org", false}, {"mona.had.dad@example.org", true},
			{"other@example.org", false}, {"monahaddad@other.example", false},
		} {
			if _, often := d.ask(netip.Addr{}, address(t, c.to), time.Now()); often != c.often {
				t.Errorf("number %d, %s: too often is %v", i, c.to, often)
			}
		}
		time.Sleep(48 * time.Hour)
		if _, often := d.ask(netip.Addr{}, address(t, "monahaddad@example.org"), time.Now()); often {
			t.Error("two days later it is still too often")
		}
	})
}

func TestSurgeIsToldOfOnceAndWhenItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		d := newDoor(Limits{Surge: 30}, slog.New(slog.NewTextHandler(&log, nil)))
		come := func(n int, every time.Duration) {
			for i := range n {
				time.Sleep(every)
				d.ask(netip.AddrFrom4([4]byte{198, byte(i >> 8), byte(i), 1}), address(t, fmt.Sprintf("r%d@d%d.example", i, i)), time.Now())
			}
		}
		come(100, 10*time.Second)
		if d.surging(time.Now()) || log.Len() > 0 {
			t.Errorf("six a minute are a surge: %s", &log)
		}
		come(200, 100*time.Millisecond)
		if !d.surging(time.Now()) {
			t.Fatal("ten a second are no surge")
		}
		time.Sleep(9 * time.Minute)
		if !d.surging(time.Now()) {
			t.Error("the surge was over before it was quiet for long")
		}
		time.Sleep(2 * time.Minute)
		if d.surging(time.Now()) {
			t.Error("the surge is not over")
		}
		if text := log.String(); strings.Count(text, "level=WARN") != 1 || strings.Count(text, "the surge of sign-ups is over") != 1 || strings.Contains(text, "198.") || strings.Contains(text, "example") {
			t.Errorf("the log says\n%s", text)
		}
	})
}

func TestSurgeAsksForWorkOrAWaitForThisAddress(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	l.site.door.surge(time.Now())
	if form := l.get(t, l.URL+"/subscribe"); !strings.Contains(form.text, `data-pieces="16" data-bits="11"`) {
		t.Errorf("the form asks for no work:\n%s", form.text)
	}
	// With work on the first form there is no second page.
	form := l.filled("works@example.org")
	form.Set("work", solve(form.Get("token"), "works@example.org"))
	accepted(t, l.send(t, form))
	// The same work is good for no other address.
	form.Set("email", "another@example.org")
	a := l.send(t, form)
	if !strings.Contains(a.text, "The button appears in a few seconds") {
		t.Fatalf("work for another address: %d\n%s", a.StatusCode, a.text)
	}
	// Who cannot work waits. Too early a press shows the page again and the time goes on.
	next := carried(a)
	early := l.send(t, next)
	if !strings.Contains(early.text, "The button appears") || carried(early).Get("token") != next.Get("token") {
		t.Errorf("pressed too early: %d\n%s", early.StatusCode, early.text)
	}
	waited := func(email string) string {
		return l.site.seal(stamp{made: time.Now().Add(-11 * time.Second), wait: true, tag: tagOf(address(t, email))}, waitFor)
	}
	next.Set("token", waited("somebody.else@example.org"))
	if a := l.send(t, next); a.StatusCode != 200 {
		t.Errorf("another address's wait is taken: %d", a.StatusCode)
	}
	next.Set("token", waited("another@example.org"))
	accepted(t, l.send(t, next))
	// Or the page works by itself.
	next = carried(l.send(t, l.filled("page@example.org")))
	next.Set("work", solve(next.Get("token"), "page@example.org"))
	accepted(t, l.send(t, next))
	if got := strings.Count(l.dumpTable(t, "signup"), "\n"); got != 3 {
		t.Errorf("%d sign-ups were written down, want 3", got)
	}
	for _, rubbish := range []string{"", ".", strings.Repeat("1.", 15) + "1", strings.Repeat("9", 5000)} {
		form := l.filled("rubbish@example.org", "work", rubbish)
		if a := l.send(t, form); a.StatusCode != 200 {
			t.Errorf("work of %.20q is taken: %d", rubbish, a.StatusCode)
		}
	}
}

func TestLimitsHoldForFormsAndPrograms(t *testing.T) {
	l := openLobby(t, Signups{Limits: Limits{Network: 2, NetworkHour: 4}})
	from := []string{"X-Forwarded-For", "203.0.113.9"}
	for i := range 2 {
		accepted(t, l.send(t, l.filled(fmt.Sprintf("r%d@example.org", i)), from...))
	}
	if a := l.send(t, l.filled("r3@example.org"), from...); !strings.Contains(a.text, "The button appears") {
		t.Errorf("the third is answered %d", a.StatusCode)
	}
	program := l.ask(t, "POST", l.URL+"/api/subscribe", "application/json", `{"email": "r4@example.org", "editions": ["daily"]}`, from...)
	if program.StatusCode != http.StatusTooManyRequests || !strings.Contains(program.text, workNeeded) || program.Header.Get("Retry-After") != "10" {
		t.Errorf("the fourth, a program, is answered %d %s", program.StatusCode, program.text)
	}
	if a := l.send(t, l.filled("r5@example.org"), from...); a.StatusCode != http.StatusTooManyRequests || !strings.Contains(a.text, "Too many at once") {
		t.Errorf("the fifth is answered %d\n%s", a.StatusCode, a.text)
	}
	if program := l.ask(t, "POST", l.URL+"/api/subscribe", "application/json", `{"email": "r6@example.org", "editions": ["daily"]}`, from...); program.StatusCode != http.StatusTooManyRequests || program.Header.Get("Retry-After") != "3600" {
		t.Errorf("the sixth, a program, is answered %d %s", program.StatusCode, program.text)
	}
	accepted(t, l.send(t, l.filled("r7@example.org"), "X-Forwarded-For", "198.51.100.1"))
}

func TestAddressThatIsAskedForTooOftenIsAnsweredLikeOthers(t *testing.T) {
	l := openLobby(t, Signups{Limits: Limits{Address: 1, Network: -1}})
	accepted(t, l.send(t, l.filled("mona@example.org")))
	was := l.dumpTable(t, "signup")
	accepted(t, l.send(t, l.filled("mo.na+2@example.org")))
	if l.dumpTable(t, "signup") != was {
		t.Error("it was written down all the same")
	}
}
