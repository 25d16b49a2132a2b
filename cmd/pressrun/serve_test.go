package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"
)

// aDayEarlier makes the edition's last slot one that nobody has served: everything that
// happened so far is moved back by a day.
func (h *house) aDayEarlier() {
	h.Helper()
	h.sql(`UPDATE issue SET slot = slot - 86400`)
	h.sql(`UPDATE edition SET added = added - 86400, since = since - 86400`)
}

// get returns a page and its status.
func get(t *testing.T, address string) (status int, page string) {
	t.Helper()
	res, err := http.Get(address)
	ok(t, err)
	return res.StatusCode, body(t, res)
}

// oneClick does what a mail program does with the link of List-Unsubscribe (RFC 8058).
func oneClick(t *testing.T, link *url.URL) int {
	t.Helper()
	res, err := http.PostForm(link.String(), url.Values{"List-Unsubscribe": {"One-Click"}})
	ok(t, err)
	body(t, res)
	return res.StatusCode
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	ok(t, err)
	return string(b)
}

func TestServeCatchesUpOnceAndLetsReadersLeave(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 5)
	h.aDayEarlier()
	h.aDayEarlier() // two slots were missed, one issue makes up for them
	serve := h.start("serve")
	serve.says("listen=" + h.address())
	h.relay.wait(t, 5)
	eventually(t, func() bool { return h.status().State == "finished" })
	h.onceEach(5)
	if slot := h.status().Slot.In(time.FixedZone("Riyadh", 3*3600)); slot.Format("15:04") != "07:00" || time.Since(slot) > 24*time.Hour {
		t.Errorf("the issue is that of %v", slot)
	}

	// The web version is the letter, without anybody's tokens.
	site := "http://" + h.address()
	status, page := get(t, site+"/issues/daily/1")
	if status != 200 || strings.Contains(page, "/u/") || strings.Contains(page, "/p/") {
		t.Errorf("the web version (%d) is %s", status, page)
	}
	contains(t, page, ">Article 6</a>", ">Article 1</a>")
	status, page = get(t, site+"/issues/daily")
	contains(t, page, "/issues/daily/1")
	if status != 200 {
		t.Errorf("the archive answers %d", status)
	}

	// To look at the link changes nothing; one click does, and again does no harm.
	link := linkIn(t, h.relay.to(reader(1))[0].data)
	status, page = get(t, link.String())
	if said, _ := h.run(0, "subscribers", "show", reader(1)); status != 200 || !strings.Contains(said, "confirmed") {
		t.Errorf("looking at %s (%d, %s) made it %s", link, status, page, said)
	}
	for range 2 {
		if status := oneClick(t, link); status != 200 {
			t.Errorf("leaving is answered with %d", status)
		}
	}
	said, _ := h.run(0, "subscribers", "show", reader(1))
	contains(t, said, `(?m)^daily +unsubscribed`)
	forged := *link
	forged.Path = forged.Path[:len(forged.Path)-4] + "AAAA"
	if status := oneClick(t, &forged); status < 400 || status >= 500 {
		t.Errorf("a forged link is answered with %d", status)
	}

	serve.signal(syscall.SIGTERM)
	serve.ends(0)
	if strings.Contains(serve.stderr.String(), "ERROR") || strings.Contains(serve.stderr.String(), link.Path[4:]) {
		t.Errorf("the log is\n%s", &serve.stderr)
	}

	// The next issue goes to those who stayed.
	h.paper.publish(4)
	h.aDayEarlier()
	serve = h.start("serve")
	h.relay.wait(t, 9)
	eventually(t, func() bool { return h.status().Number == 2 && h.status().State == "finished" })
	if all := h.relay.to(reader(1)); len(all) != 1 || len(h.relay.taken()) != 9 {
		t.Errorf("who left got %d mails; there are %d in all", len(all), len(h.relay.taken()))
	}
	h.run(0, "verify")
	serve.signal(syscall.SIGINT)
	serve.ends(0)
}

func TestServeWritesDownWhyItSkips(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 3)
	h.run(0, "editions", "set", "daily", "--min", "7")
	h.aDayEarlier()
	serve := h.start("serve")
	serve.says("issue edition=daily number=0 .*state=skipped")
	said, _ := h.run(0, "status")
	contains(t, said, "(?m)^1 +daily +–.* 07:00 \\+03 +skipped .*too few stories: 6 of 7")
	serve.signal(syscall.SIGTERM)
	serve.ends(0)
	if n := len(h.relay.taken()); n != 0 {
		t.Errorf("%d mails went out", n)
	}
}

func TestTwoServesSendOnceAndTheSecondTakesOver(t *testing.T) {
	t.Parallel()
	const readers = 40
	h := openHouse(t, t.TempDir(), readers, slow(5*time.Millisecond))
	h.aDayEarlier()
	first := h.start("serve")
	h.with("PRESSRUN_SITE_LISTEN", freePort(t))
	second := h.start("serve")
	h.relay.wait(t, readers)
	eventually(t, func() bool { return h.status().State == "finished" })
	h.onceEach(readers)

	// The one that looks at the clock ends; the other serves the next slot.
	if at := h.sql(`SELECT pid FROM lease WHERE name = 'scheduler'`); fmt.Sprint(at) == fmt.Sprintf("[%d]", second.cmd.Process.Pid) {
		first, second = second, first
	}
	h.paper.publish(4)
	h.aDayEarlier()
	first.signal(syscall.SIGTERM)
	first.ends(0)
	h.relay.wait(t, 2*readers)
	eventually(t, func() bool { return h.status().Number == 2 && h.status().State == "finished" })
	for address, copies := range h.relay.byReader() {
		if len(copies) != 2 {
			t.Errorf("%s got %d mails of two issues", address, len(copies))
		}
	}
	second.signal(syscall.SIGTERM)
	second.ends(0)
	h.run(0, "verify")
}

func TestServeDrainsAndGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	const readers = 60
	h := openHouse(t, t.TempDir(), readers, slow(20*time.Millisecond))
	h.aDayEarlier()
	serve := h.start("serve")
	h.relay.wait(t, 8)
	serve.signal(syscall.SIGTERM)
	serve.ends(0)
	sent := len(h.relay.taken())
	if got := h.deliveries(); sent == readers || got["sent"] != sent || got["queued"] != readers-sent {
		t.Errorf("the relay has %d mails, the ledger says %v", sent, got)
	}
	serve = h.start("serve")
	h.relay.wait(t, readers)
	eventually(t, func() bool { return h.status().State == "finished" })
	h.onceEach(readers)
	serve.signal(syscall.SIGTERM)
	serve.ends(0)
	h.run(0, "verify")
}

func TestSendByHandBesideServe(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 5)
	serve := h.start("serve")
	serve.says("msg=serving")
	eventually(t, func() bool { return len(h.sql(`SELECT name FROM lease WHERE name = 'sender'`)) == 1 })
	said, warned := h.run(0, "send", "daily", "--yes")
	contains(t, said, "Issue 1 of daily: 5 prepared, 5 sent")
	contains(t, warned, "another process sends")
	h.onceEach(5)
	serve.signal(syscall.SIGTERM)
	serve.ends(0)
}

func TestServeNeedsItsAddressForItself(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 0)
	serve := h.start("serve")
	serve.says("msg=serving")
	_, said := h.run(1, "serve")
	contains(t, said, "serve the readers' pages: .*address already in use; choose another address in site.listen")
	serve.signal(syscall.SIGTERM)
	serve.ends(0)
}
