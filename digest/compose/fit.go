package compose

import (
	"fmt"
	"html/template"
	"sort"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/templates"
)

// The size budget (H2): Gmail cuts a letter off near 102 kB, and with it the link to
// leave.
const (
	maxHTML    = 90_000  // bytes
	maxEncoded = 100_000 // bytes of the HTML part as it is encoded in the mail
)

// fit renders the letter, and where it is too big takes away, from the last story up,
// first excerpts, then pictures, then stories; never the footer. It says what it took.
func (c *Composer) fit(l templates.Letter, stories []digest.Story) (templates.Email, string, error) {
	n := len(stories)
	var failed error
	render := func(step int) templates.Email {
		lead, sections, kept := setStories(stories, step)
		l.Lead, l.Sections, l.More = lead, sections, n-kept
		email, err := c.Templates.Email(l)
		if err != nil {
			failed = err
		}
		return email
	}
	email := render(0)
	if failed != nil || fits(email.HTML) {
		return email, "", failed
	}
	steps := 3*n - 1 // the lead itself stays
	step := 1 + sort.Search(steps-1, func(i int) bool { return failed != nil || fits(render(i+1).HTML) })
	if email = render(step); failed != nil {
		return email, "", failed
	}
	if !fits(email.HTML) {
		return email, "", fmt.Errorf("the letter has %d bytes even with one story; the templates leave no room for news below %d", len(email.HTML), maxHTML)
	}
	excerpts, pictures, left := min(step, n), min(max(step-n, 0), n), max(step-2*n, 0)
	return email, fmt.Sprintf("to stay below the size that mail programs cut off, %d excerpts, %d pictures and %d stories were left out", excerpts, pictures, left), nil
}

// setStories sets the stories as a letter has them, with so many trimming steps done.
func setStories(stories []digest.Story, steps int) (lead *templates.Story, sections []templates.Section, kept int) {
	n := len(stories)
	kept = n - max(steps-2*n, 0)
	for i, s := range stories[:kept] {
		fromTail := n - i // 1 for the last
		t := templates.Story{
			Title: s.Title, URL: s.URL, Author: s.Author, Section: s.Section, Language: s.Language, Minutes: minutes(s.Words),
			Summary: template.HTML(s.Summary), Text: digest.PlainText(s.Summary), // sanitised when it was fetched
			Image: templates.Image(s.Image),
		}
		if fromTail <= steps {
			t.Summary, t.Text = "", ""
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

func fits(html []byte) bool {
	return len(html) <= maxHTML && encodedSize(html) <= maxEncoded
}

// encodedSize is about the size of a part in the encoding that is smaller for it, with
// line ends.
func encodedSize(b []byte) int {
	quoted := 0
	for _, c := range b {
		if c == '=' || c > '~' {
			quoted += 2
		}
	}
	return min((len(b)+quoted)*78/75, (len(b)+2)/3*4*78/76)
}
