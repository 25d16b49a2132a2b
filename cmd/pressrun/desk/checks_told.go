package desk

import (
	"context"
	"strings"

	"github.com/pressrun/pressrun/templates"
)

// A Checked is one of the checks before an issue is sent, for others than our pages.
type Checked struct {
	State  string // good, warn or bad
	Code   string // "nospf": what was found, for programs
	Text   string // the same as a sentence
	Do     string // what to do about it, "" where it is good
	Detail string // what else there is to say, such as the titles of stories
}

// Check checks an edition's next issue as its page does, in English: what needs nobody else,
// and if outside is true also relays, domain records and links.
func (d *Desk) Check(ctx context.Context, slug string, outside bool) ([]Checked, error) {
	b, err := d.openBoard(ctx, slug, false)
	if err != nil {
		return nil, err
	}
	found, err := d.ownChecks(ctx, b.Draft)
	if err != nil {
		return nil, err
	}
	if outside {
		found = append(found, d.outsideChecks(ctx, b.Draft)...)
	}
	say := func(p templates.DeskPhrase) string {
		if p.Word == "" {
			return ""
		}
		return d.Pages.Say("en", p.Word, p.Pairs...)
	}
	var all []Checked
	for _, c := range found {
		all = append(all, Checked{c.State, strings.TrimPrefix(c.What.Word, "proof."), say(c.What), say(c.Do), c.Detail})
	}
	return all, nil
}
