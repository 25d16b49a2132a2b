package compose

import (
	"bytes"
	"fmt"
	"html/template"
	"sort"
	"strings"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/templates"
)

// The size budget (H2): Gmail cuts a letter off near 102 kB, and with it the link to
// leave.
const (
	maxHTML    = 90_000  // bytes
	maxEncoded = 100_000 // bytes of the HTML part as it is encoded in the mail
)

// A fitted letter is within the size budget.
type fitted struct {
	mail  templates.Email
	whole []byte // the HTML before anything was taken away
	trims string // what was, "" for nothing
}

// fit renders the letter, and where it is too big takes away, from the last story up,
// first excerpts, then pictures, then stories; never the footer. It says what it took.
//
// through, if not nil, is where the letter's link to a story leads.
func (c *Composer) fit(l templates.Letter, stories []digest.Story, through func(digest.Story) string) (fitted, error) {
	n := len(stories)
	var failed error
	planned := l.Preheader // by an editor
	render := func(step int) templates.Email {
		kept := 0
		l.Lead, l.Sections, kept = setStories(stories, step, through)
		l.More = n - kept
		if planned == "" {
			l.Preheader = preheader(l)
		}
		email, err := c.Templates.Email(l)
		if err != nil {
			failed = err
		}
		return email
	}
	all := render(0)
	if failed != nil || c.fits(all.HTML) {
		return fitted{mail: all, whole: all.HTML}, failed
	}
	steps := 3*n - 1 // the lead itself stays
	step := 1 + sort.Search(steps-1, func(i int) bool { return failed != nil || c.fits(render(i+1).HTML) })
	if failed != nil {
		return fitted{}, failed
	}
	mail := render(step)
	if failed == nil && !c.fits(mail.HTML) {
		failed = fmt.Errorf("the letter has %d bytes even with one story; the templates leave no room for news below %d", len(mail.HTML), maxHTML)
	}
	return fitted{mail, all.HTML, trims(stories, step)}, failed
}

// setStories sets the stories as a letter has them, with so many trimming steps done.
func setStories(stories []digest.Story, steps int, through func(digest.Story) string) (lead *templates.Story, sections []templates.Section, kept int) {
	n := len(stories)
	kept = n - max(steps-2*n, 0)
	for i, s := range stories[:kept] {
		fromTail := n - i // 1 for the last
		t := templates.Story{
			Title: s.Title, URL: s.URL, Author: s.Author, Section: s.Section, Language: s.Language, Minutes: minutes(s.Words),
			Summary: template.HTML(s.Summary), Text: digest.PlainText(s.Summary), // sanitised when it was fetched
			Image: templates.Image(s.Image), Updated: s.Again,
		}
		if through != nil {
			t.Through = through(s)
		}
		for _, a := range s.Also {
			t.Also = append(t.Also, templates.Link{Title: plainWords.Replace(a.Title), URL: sameAddress.Replace(a.URL)})
		}
		if fromTail <= steps {
			t.Summary, t.Text, t.Also = "", "", nil
		}
		if fromTail <= steps-n {
			t.Image = templates.Image{}
		}
		if i == 0 {
			lead = &t
			continue
		}
		if len(sections) == 0 || sections[len(sections)-1].Name != s.Section {
			sections = append(sections, templates.Section{Name: s.Section})
		}
		last := &sections[len(sections)-1]
		last.Stories = append(last.Stories, t)
	}
	return lead, sections, kept
}

// trims says what so many steps took from the stories.
func trims(stories []digest.Story, steps int) string {
	n := len(stories)
	var excerpts, pictures int
	left := max(steps-2*n, 0)
	for i, s := range stories[:n-left] {
		fromTail := n - i
		if fromTail <= steps && s.Summary != "" {
			excerpts++
		}
		if fromTail <= steps-n && s.Image.URL != "" {
			pictures++
		}
	}
	return fmt.Sprintf("to stay below the size at which mail programs cut a letter off, this was left out: %s",
		strings.Join([]string{count(excerpts, "excerpt", "excerpts"), count(pictures, "picture", "pictures"), count(left, "story", "stories")}, ", "))
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// fits reports whether the HTML is within the budget with a reader's tokens in it.
func (c *Composer) fits(html []byte) bool {
	grown, breaks := 0, 0
	for _, p := range placeholders {
		n, size := bytes.Count(html, []byte(p)), c.TokenLen
		if p == stamp {
			size = message.StampSize
		}
		grown += n * (size - len(p))
		breaks += n * len("=\r\n=\r\n") // a value stands on a line of its own
	}
	return len(html)+grown <= maxHTML && encodedSize(html)+2*max(grown, 0)+breaks <= maxEncoded
}

// encodedSize is the size of a part, a little more at most, in the encoding that is
// shorter for it: lines of quoted-printable hold at least 73 characters, those of base64
// hold 57 bytes, and each ends with CRLF.
func encodedSize(b []byte) int {
	quoted, lines := 0, 0
	for line := range bytes.Lines(b) {
		n := len(line)
		for _, c := range line {
			if c == '=' || c > '~' {
				n += 2
			}
		}
		quoted += n + 1 + n/73*len("=\r\n")
		lines++
	}
	return min(quoted, (len(b)+lines+56)/57*(76+len("\r\n")))
}
