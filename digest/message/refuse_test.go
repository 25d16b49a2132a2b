package message

import (
	"fmt"
	"net/mail"
	"strings"
	"testing"
	"time"
	"unicode"
)

// What would write into a header is an error for readers and content alike (F19).
func TestInjectionIsRefused(t *testing.T) {
	hostile := []string{
		"a\r\nBcc: x@example.org", "a\nBcc: x@example.org", "a\rb", "a\x00b", "a\x1bb", "a\x7fb", "a\u0085b",
		"a\u2028b", "a\u2029b", "a\u202eb", "a\u2066b", "a\xc0\x8ab", "a\xe0\x80\x8ab", "a\xffb",
	}
	m := newMessage(t, daily())
	for _, s := range hostile {
		for what, change := range map[string]func(*Recipient, []string){
			"name":         func(r *Recipient, _ []string) { r.Name = s },
			"address":      func(r *Recipient, _ []string) { r.Address = s + "@example.org" },
			"domain":       func(r *Recipient, _ []string) { r.Address = "a@example.org" + s },
			"quoted local": func(r *Recipient, _ []string) { r.Address = `"` + s + `"@example.org` },
			"message id":   func(r *Recipient, _ []string) { r.MessageID = s },
			"return path":  func(r *Recipient, _ []string) { r.Return = s },
			"value":        func(_ *Recipient, v []string) { v[0] = (s + strings.Repeat("x", 26))[:26] },
			"body value":   func(_ *Recipient, v []string) { v[1] = (s + strings.Repeat("x", 22))[:22] },
		} {
			r, v := reader(1), values(1)
			change(&r, v)
			_, err := m.For(r, v)
			checkSentence(t, fmt.Sprintf("%s %q", what, s), err)
		}
		for what, change := range map[string]func(*Content){
			"from name":       func(c *Content) { c.From.Name = s },
			"from":            func(c *Content) { c.From.Address = s + "@example.org" },
			"reply name":      func(c *Content) { c.ReplyTo.Name = s },
			"reply":           func(c *Content) { c.ReplyTo.Address = "a@example.org" + s },
			"list name":       func(c *Content) { c.ListName = s },
			"list id":         func(c *Content) { c.ListID = s + ".example.org" },
			"domain":          func(c *Content) { c.Domain = s + ".example.org" },
			"bounce domain":   func(c *Content) { c.BounceDomain = s + ".example.org" },
			"language":        func(c *Content) { c.Language = s },
			"help":            func(c *Content) { c.ListHelp = "https://example.org/" + s },
			"archive":         func(c *Content) { c.ListArchive = "https://example.org/" + s },
			"unsubscribe":     func(c *Content) { c.ListUnsubscribe += s },
			"unsubscribe tag": func(c *Content) { c.UnsubscribeMail = s + c.UnsubscribeMail },
			"feedback id":     func(c *Content) { c.FeedbackID = s + c.FeedbackID },
			"placeholder":     func(c *Content) { c.Slots = append(c.Slots, Slot{s, 3}) },
		} {
			c := daily()
			change(&c)
			_, err := New(c)
			checkSentence(t, fmt.Sprintf("%s %q", what, s), err)
		}
		if !strings.ContainsAny(s, "\u2028\u2029\u202e\u2066") { // these a title may lose
			c := daily()
			c.Subject = s
			_, err := New(c)
			checkSentence(t, fmt.Sprintf("subject %q", s), err)
		}
	}
}

func TestBadContentIsRefused(t *testing.T) {
	for what, change := range map[string]func(*Content){
		"no sender":             func(c *Content) { c.From = mail.Address{} },
		"no domain":             func(c *Content) { c.Domain = "" },
		"sender beyond ASCII":   func(c *Content) { c.From.Address = "نشرة@example.org" },
		"emoji in sender":       func(c *Content) { c.From.Name = "Daily 📰" },
		"domain without dot":    func(c *Content) { c.Domain = "localhost" },
		"very long domain":      func(c *Content) { c.Domain = strings.Repeat("label.", 40) + "org" },
		"no subject":            func(c *Content) { c.Subject = " " },
		"no text":               func(c *Content) { c.Text = nil },
		"NUL in the text":       func(c *Content) { c.Text = []byte("a\x00b") },
		"Latin-1 HTML":          func(c *Content) { c.HTML = []byte("caf\xe9") },
		"two equal slots":       func(c *Content) { c.Slots = append(c.Slots, c.Slots[0]) },
		"slot inside of a slot": func(c *Content) { c.Slots = append(c.Slots, Slot{"READER", 4}) },
		"slot without size":     func(c *Content) { c.Slots[1].Size = 0 },
		"huge slot":             func(c *Content) { c.Slots[1].Size = 5000 },
		"empty placeholder":     func(c *Content) { c.Slots[1].Placeholder = "" },
		"same URL for everyone": func(c *Content) { c.ListUnsubscribe = "https://news.example.org/u" },
		"http":                  func(c *Content) { c.ListUnsubscribe = "http://news.example.org/u/" + readerToken },
		"Arabic URL":            func(c *Content) { c.ListHelp = "https://news.example.org/مساعدة" },
		"relative URL":          func(c *Content) { c.ListArchive = "/issues" },
		"mail but no URL":       func(c *Content) { c.ListUnsubscribe = "" },
		"five feedback fields":  func(c *Content) { c.FeedbackID = "a:b:c:d:examplenews" },
		"feedback twice":        func(c *Content) { c.FeedbackID = "daily:daily:examplenews" },
		"feedback sender":       func(c *Content) { c.FeedbackID = "daily:news" },
		"over a megabyte":       func(c *Content) { c.Text = []byte(strings.Repeat("0123456789\n", 100_000)) },
	} {
		c := daily()
		change(&c)
		_, err := New(c)
		checkSentence(t, what, err)
	}
	c := daily()
	c.ListUnsubscribe = "http://127.0.0.1:8080/u/" + readerToken
	if _, err := New(c); err != nil {
		t.Errorf("http on this machine: %v", err)
	}
}

func TestBadRecipientsAreRefused(t *testing.T) {
	m := newMessage(t, daily())
	for what, change := range map[string]func(*Recipient, *[]string){
		"no address":        func(r *Recipient, _ *[]string) { r.Address = "" },
		"no @":              func(r *Recipient, _ *[]string) { r.Address = "reader" },
		"one label":         func(r *Recipient, _ *[]string) { r.Address = "a@b" },
		"address literal":   func(r *Recipient, _ *[]string) { r.Address = "a@[127.0.0.1]" },
		"IP as domain":      func(r *Recipient, _ *[]string) { r.Address = "a@127.0.0.1" },
		"two addresses":     func(r *Recipient, _ *[]string) { r.Address = "a@example.org,b@example.org" },
		"angle brackets":    func(r *Recipient, _ *[]string) { r.Address = "<a@example.org>" },
		"space":             func(r *Recipient, _ *[]string) { r.Address = "a b@example.org" },
		"no-break space":    func(r *Recipient, _ *[]string) { r.Address = "a\u00a0b@example.org" },
		"dots":              func(r *Recipient, _ *[]string) { r.Address = "a..b@example.org" },
		"long local part":   func(r *Recipient, _ *[]string) { r.Address = strings.Repeat("a", 65) + "@example.org" },
		"long label":        func(r *Recipient, _ *[]string) { r.Address = "a@" + strings.Repeat("a", 64) + ".org" },
		"long address":      func(r *Recipient, _ *[]string) { r.Address = "a@" + strings.Repeat("abc.", 63) + "org" },
		"underscore":        func(r *Recipient, _ *[]string) { r.Address = "a@b_c.org" },
		"trailing dot":      func(r *Recipient, _ *[]string) { r.Address = "a@example.org." },
		"bad IDN":           func(r *Recipient, _ *[]string) { r.Address = "a@\u200d.example" },
		"long name":         func(r *Recipient, _ *[]string) { r.Name = strings.Repeat("n", 1001) },
		"no date":           func(r *Recipient, _ *[]string) { r.Date = time.Time{} },
		"no message id":     func(r *Recipient, _ *[]string) { r.MessageID = "" },
		"message id with @": func(r *Recipient, _ *[]string) { r.MessageID = "a@b" },
		"no return path":    func(r *Recipient, _ *[]string) { r.Return = "" },
		"value missing":     func(_ *Recipient, v *[]string) { *v = (*v)[:1] },
		"value too short":   func(_ *Recipient, v *[]string) { (*v)[0] = "short" },
		"value closes URI":  func(_ *Recipient, v *[]string) { (*v)[0] = ">" + (*v)[0][1:] },
		"value with space":  func(_ *Recipient, v *[]string) { (*v)[0] = "a b" + (*v)[0][3:] },
	} {
		r, v := reader(1), values(1)
		change(&r, &v)
		_, err := m.For(r, v)
		checkSentence(t, what, err)
	}
}

// checkSentence wants an error that says what to do and is safe to print.
func checkSentence(t *testing.T, what string, err error) {
	t.Helper()
	switch {
	case err == nil:
		t.Errorf("%s: no error", what)
	case !strings.Contains(err.Error(), ": ") || len(strings.Fields(err.Error())) < 6:
		t.Errorf("%s: %q is no sentence that says what to do", what, err)
	case strings.ContainsFunc(err.Error(), unicode.IsControl):
		t.Errorf("%s: %q has control characters", what, err)
	}
}
