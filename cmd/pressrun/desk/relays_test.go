package desk

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// domains are those of a fleet's readers: two large ones, one that puts everybody off, one
// that wants no mail, and some small.
func domainOfReader(i int) string {
	switch {
	case i%10 < 5:
		return "large.example"
	case i%10 < 7:
		return "second.example"
	case i%10 < 8:
		return "busy.example"
	case i%10 < 9:
		return "closed.example"
	}
	return fmt.Sprintf("own%d.example", i%130)
}

// fleet gives the house readers at several domains and a sender with two relays, of which
// the second is down.
func (h *house) fleet(t *testing.T, readers int) {
	t.Helper()
	m := h.mailroom(t, 0, func(step, recipient string) (f sink.Fault) {
		switch {
		case step == "dot":
			f.Stall = 2 * time.Millisecond
		case step == "rcpt" && strings.HasSuffix(recipient, "@busy.example"):
			f.Reply = "450 4.7.28 Our system has detected an unusual rate of mail from your address"
		case step == "rcpt" && strings.HasSuffix(recipient, "@closed.example"):
			f.Reply = "550 5.7.1 we want none of your mail"
		}
		return f
	})
	added, err := h.readers.AddMany(t.Context(), func(yield func(subscribers.NewSubscriber) bool) {
		for i := range readers {
			address, err := subscribers.ParseAddress(fmt.Sprintf("reader%d@%s", i+1, domainOfReader(i)))
			ok(t, err)
			if !yield(subscribers.NewSubscriber{Address: address, Language: "en"}) {
				return
			}
		}
	}, "daily", "sample readers", time.Now(), nil)
	if err != nil || int(added) != readers {
		t.Fatalf("%d of %d readers added: %v", added, readers, err)
	}
	quiet := slog.New(slog.DiscardHandler)
	away := relay.Address{Scheme: "smtp", Host: "127.0.0.1", Port: 1}
	group := &relay.Group{Log: quiet, Members: []*relay.Member{
		{Name: "smtps://mail.wire.example:465", Priority: 1, Relay: m.relay},
		{Name: "smtp://backup.wire.example:587", Priority: 1, Relay: &relay.Pool{Address: away, Connections: 1, Hello: "wire.example", Log: quiet}},
	}}
	h.outside(group)
	h.sends(t, group, 3)
}

// outside is what the program would know of the relays of a group.
func (h *house) outside(group *relay.Group) {
	o := &h.desk.Outside
	o.DKIM = []string{"s2026._domainkey.wire.example"}
	o.Setup = func(_ context.Context, now time.Time) (Setup, error) {
		return Setup{File: "/etc/pressrun/pressrun.toml", Section: "[[relay]]\nurl = \"smtp://user:password@mail.example:587\"\n", Relays: []Relay{
			{Name: "smtps://mail.wire.example:465", Host: "mail.wire.example", Port: 465, TLS: "implicit", Login: "password", Connections: 4, Window: 1, Priority: 1,
				Rate: "10/second, 1000/hour", Warmup: "500/day from 2026-11-23", Uses: []Use{
					{Used: 1000, Most: 1000, Per: time.Hour, Next: now.Add(20 * time.Minute)}, {Used: 1420, Most: 2000, Per: 24 * time.Hour, Warms: true, Next: now}}},
			{Name: "smtp://backup.wire.example:587", Host: "backup.wire.example", Port: 587, TLS: "starttls", Login: "token", Connections: 2, Window: 4, Priority: 1},
		}, Limits: []DomainLimit{{Names: "gmail.com, googlemail.com", Connections: 4, Rate: "20/second"}}}, nil
	}
	o.Standings = func(now time.Time) (all []Standing) {
		for _, c := range group.Conditions(now) {
			all = append(all, Standing{Name: c.Name, Mode: string(c.Mode), Why: c.Why, From: c.From, Till: c.Till})
		}
		return all
	}
	o.TryRelay = func(_ context.Context, i int, mail *TestMail) Trial {
		switch {
		case i == 1:
			return Trial{Outcome: "refused", Failed: "connect", Steps: []string{"connect", "tls", "auth", "mail"}, Said: "connect: unavailable: connection refused"}
		case mail != nil:
			return Trial{Outcome: "mailed", Steps: []string{"connect", "tls", "auth", "mail", "sent"}, Said: mail.To + "|" + mail.Subject + "|" + mail.Text}
		}
		return Trial{Outcome: "good", Steps: []string{"connect", "tls", "auth", "mail"}}
	}
}

// sentFleet sends an issue to a fleet's readers, and waits until nothing is to do at once.
func (h *house) sentFleet(t *testing.T, readers int) (id int64) {
	t.Helper()
	h.fleet(t, readers)
	id = h.as(t, staff.Writer).sendNow(t)
	for range 400 {
		run, err := h.queue.Run(t.Context(), id)
		ok(t, err)
		if run.Complete && run.Counts[outbox.Queued]+run.Counts[outbox.Sending] == 0 {
			return id
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the issue does not get on")
	return 0
}

var marks = regexp.MustCompile(`<[^>]*>`)

// row is the words of the table's row that begins with a name.
func row(t *testing.T, page, name string) string {
	t.Helper()
	page = isolation.ReplaceAllString(page, "")
	_, rest, found := strings.Cut(page, `<tr><th scope="row">`+name)
	if !found {
		t.Errorf("%s has no row:\n%s", name, page)
	}
	rest, _, _ = strings.Cut(rest, "</tr>")
	return strings.Join(strings.Fields(marks.ReplaceAllString(rest, " ")), " ")
}

// The page of an issue on its way, its events, and its history tell the same of domains and
// relays.
func TestAnIssueIsShownByDomainAndRelay(t *testing.T) {
	h := newsroom(t)
	id := h.sentFleet(t, 130)
	c := h.as(t, staff.Writer)
	live := ""
	_, run := c.get(t, fmt.Sprintf("/desk/run/%d", id))
	_, history := c.get(t, fmt.Sprintf("/desk/history/%d", id))
	for _, page := range []string{run, history} {
		if got := row(t, page, "large.example"); got != "Taken: 65" {
			t.Errorf("the large domain: %q", got)
		}
		if got := row(t, page, "busy.example"); !strings.HasPrefix(got, "rests until ") || !strings.Contains(got, "Put off: ") || !strings.Contains(got, "450 4.7.28 Our system") {
			t.Errorf("the one that rests: %q", got)
		}
		if got := row(t, page, "closed.example"); got != "Taken: 0 Refused: 13 550 5.7.1 we want none of your mail" {
			t.Errorf("the one that wants nothing: %q", got)
		}
		if got := row(t, page, "All others"); got != "Taken: 7" {
			t.Errorf("the others: %q", got)
		}
		if got := row(t, page, "smtps://mail.wire.example:465"); !strings.HasPrefix(got, "takes mail Taken: 104 Put off: ") {
			t.Errorf("the relay: %q", got)
		}
		if got := row(t, page, "smtp://backup.wire.example:587"); !strings.HasPrefix(got, "left alone for a while") || !strings.Contains(got, "Taken: 0") || !strings.HasSuffix(got, "refused") {
			t.Errorf("the relay that is down: %q", got)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/desk/run/%d/events", h.URL, id), nil)
	ok(t, err)
	res, err := h.as(t, staff.Viewer).Do(req)
	ok(t, err)
	defer res.Body.Close()
	part := make([]byte, 1<<16)
	for !strings.Contains(live, "\n\n") {
		n, err := res.Body.Read(part)
		ok(t, err)
		live += string(part[:n])
	}
	if got := row(t, live, "closed.example"); !strings.Contains(got, "Refused: 13") {
		t.Errorf("the events say %q", got)
	}
	if strings.Contains(live, "/desk/relays") {
		t.Error("a viewer is led to where they may not go")
	}
	// Who may not see readers sees nothing that tells of one: no address, no domain of few,
	// no answer about a mailbox.
	viewer := h.as(t, staff.Viewer)
	_, run = viewer.get(t, fmt.Sprintf("/desk/run/%d", id))
	_, history = viewer.get(t, fmt.Sprintf("/desk/history/%d", id))
	for name, page := range map[string]string{"run": run, "events": live, "history": history} {
		has(t, page, "large.example")
		for _, private := range []string{"5.7.1 we want none", "4.7.28", "@large.example", "@closed.example", "@busy.example"} {
			if strings.Contains(page, private) {
				t.Errorf("%s tells a viewer %q", name, private)
			}
		}
	}
}

func TestRelaysPageSaysHowTheyStand(t *testing.T) {
	h := newsroom(t)
	c := h.as(t, staff.Writer)
	_, page := c.get(t, "/desk/relays")
	has(t, page, "There are no relays in the settings")
	h.outside(&relay.Group{})
	_, page = c.get(t, "/desk/relays")
	has(t, page, "Nobody sends mail now", "not known", "/etc/pressrun/pressrun.toml", "[[relay]]", "with a password", "with an access token (OAuth 2)", "from the first byte (TLS)",
		"required (STARTTLS)", "1,000 of 1,000 in the last hour", "full until", "1,420 of 2,000 in the last day", "as the warm-up has it today", "gmail.com, googlemail.com",
		"4 mails at a time", "20/second", "s2026._domainkey.wire.example", "No domain has asked for a rest", "Look up SPF, DKIM and DMARC")
	id := h.sentFleet(t, 30)
	for range 100 {
		if _, page = c.get(t, "/desk/relays"); strings.Contains(page, "left alone for a while") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	has(t, page, "takes mail", "left alone for a while", "since", "refused", "busy.example", "rests until")
	if strings.Contains(page, "Nobody sends mail") || id == 0 {
		t.Error("the sender is not seen")
	}
	if status, _ := h.as(t, staff.Viewer).get(t, "/desk/relays"); status != http.StatusForbidden {
		t.Errorf("a viewer gets %d", status)
	}
}

// Where another process sends, the page says so.
func TestRelaysPageSaysThatAnotherProcessSends(t *testing.T) {
	h := newsroom(t)
	h.outside(&relay.Group{})
	_, release, err := h.db.Acquire(t.Context(), "sender")
	ok(t, err)
	defer release()
	ok(t, h.db.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE lease SET pid = ?1 WHERE name = 'sender'`, os.Getppid())
		return err
	}))
	_, page := h.as(t, staff.Writer).get(t, "/desk/relays")
	has(t, page, fmt.Sprintf("Mail is sent by another process (number %d)", os.Getppid()), "not known")
}

func TestARelayIsTriedFromItsPage(t *testing.T) {
	h := newsroom(t)
	h.outside(&relay.Group{})
	other, c := h.as(t, staff.Owner), h.as(t, staff.Writer)
	c.get(t, "/desk/relays")
	try := func(n int, do string) (page string) {
		t.Helper()
		if status, to := c.post(t, fmt.Sprintf("/desk/relays/%d", n), "do", do); status != http.StatusSeeOther || to != fmt.Sprintf("/desk/relays#relay-%d", n) {
			t.Errorf("the test of relay %d answers %d %s", n, status, to)
		}
		_, page = c.get(t, "/desk/relays")
		return page
	}
	page := try(1, "test")
	has(t, page, "It answers, and takes mail from us.", "connected", "sender accepted")
	if strings.Contains(page, "failed") {
		t.Error("a step failed")
	}
	page = try(2, "test")
	has(t, page, "Nothing listens on that port.", "Look at the port in relay.url", "connection refused", "(failed)")
	page = try(1, "mail")
	has(t, page, "It took the mail.", "editor@wire.example|Test of a relay: smtps://mail.wire.example:465|This mail went out from The Evening Wire at ")
	if _, reloaded := c.get(t, "/desk/relays"); !strings.Contains(reloaded, "It took the mail.") {
		t.Error("a reload forgets the test")
	}
	if _, page := other.get(t, "/desk/relays"); strings.Contains(page, "It took the mail.") {
		t.Error("somebody else sees the test")
	}
	for _, wrong := range [][2]string{{"/desk/relays/3", "test"}, {"/desk/relays/0", "test"}, {"/desk/relays/x", "test"}, {"/desk/relays/1", "explode"}} {
		if status, _ := c.post(t, wrong[0], "do", wrong[1]); status != http.StatusNotFound {
			t.Errorf("%s %s answers %d", wrong[0], wrong[1], status)
		}
	}
	entries, err := h.staff.Audit(t.Context(), 0, 3)
	ok(t, err)
	var said []string
	for _, e := range entries {
		said = append(said, e.Act+" "+e.What+" "+e.Detail)
	}
	if got := strings.Join(said, "\n"); got != "relay-mail smtps://mail.wire.example:465 mailed\nrelay-test smtp://backup.wire.example:587 refused\nrelay-test smtps://mail.wire.example:465 good" {
		t.Errorf("the log has\n%s", got)
	}
}

func TestATestOfARelayIsShownForAWhile(t *testing.T) {
	var all trials
	mine, now := tried{"mine", 1}, time.Now()
	all.keep(mine, &templates.DeskRelayTrial{}, now)
	for of, want := range map[tried]bool{mine: true, {"mine", 2}: false, {"another", 1}: false} {
		if got := all.of(of, now.Add(trialTerm-1)) != nil; got != want {
			t.Errorf("%v is shown: %v", of, got)
		}
	}
	if all.of(mine, now.Add(trialTerm)) != nil {
		t.Error("it is shown forever")
	}
	if all.keep(tried{"another", 1}, nil, now.Add(trialTerm)); len(all.kept) != 1 {
		t.Errorf("%d are kept", len(all.kept))
	}
}

// Every outcome of a test has its sentence, and what to do.
func TestEveryOutcomeOfATestIsPutIntoWords(t *testing.T) {
	h := newsroom(t)
	for _, outcome := range []string{
		"good", "mailed", "host", "refused", "silent", "connect", "certificate", "tls", "login", "token", "sender", "quota", "leave", "mail", "doubt", "folder", "settings",
	} {
		does := outcome == "good" || outcome == "mailed" || h.desk.Pages.Has("relays.trial."+outcome+".do")
		if !h.desk.Pages.Has("relays.trial."+outcome) || !does {
			t.Errorf("%s is not in words", outcome)
		}
	}
	for _, mode := range []relay.Mode{relay.Up, relay.Resting, relay.Misfit, relay.Full, relay.Gone} {
		if !h.desk.Pages.Has("relays.mode." + string(mode)) {
			t.Errorf("%s is not in words", mode)
		}
	}
}

func TestRelaysAndDomainsFitPhones(t *testing.T) {
	h := newsroom(t)
	id := h.sentFleet(t, 300)
	for _, lang := range []string{"en", "ar"} {
		for name, path := range map[string]string{"run": fmt.Sprintf("/desk/run/%d", id), "past": fmt.Sprintf("/desk/history/%d", id), "relays": "/desk/relays"} {
			t.Run(name+" "+lang, func(t *testing.T) {
				ctx := browse(t)
				setCookie(t, ctx, h.URL, languageCookie, lang)
				h.comeIn(t, ctx, staff.Owner)
				h.look(t, ctx, name, lang, path)
			})
		}
	}
}
