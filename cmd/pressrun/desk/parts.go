package desk

import (
	"context"
	"slices"
	"time"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/templates"
)

// shownDomains is how many domains of an issue are shown by name.
const shownDomains = 10

// parts says what the attempts of an issue ended in; of one that is under way also how the
// relays stand.
func (d *Desk) parts(ctx context.Context, run outbox.Run, now time.Time) (view templates.DeskParts, err error) {
	parts, err := d.Queue.Parts(ctx, run.IssueID, now)
	if err != nil {
		return view, err
	}
	named, others := outbox.Fold(parts.Domains, shownDomains)
	for _, p := range named {
		view.Domains = append(view.Domains, d.part(p))
	}
	if len(named) > 0 { // of an issue from before domains were counted there is nothing to tell
		view.Others = d.part(others)
	}
	for _, p := range parts.Relays {
		if p.Name != "" { // else it was counted by domain only
			view.Relays = append(view.Relays, d.part(p))
		}
	}
	if openRun(run) && len(view.Relays) > 0 && d.Outside.Standings != nil {
		view.Relays = d.stand(view.Relays, d.Outside.Standings(now))
	}
	return view, nil
}

// fewReaders are so few that their domain could be one person's own.
const fewReaders = 5

// discreet takes away what could tell of one reader: domains of few, and what was said of
// an address.
func discreet(view *templates.DeskParts) {
	large := view.Domains[:0]
	for _, p := range view.Domains {
		if p.Size() < fewReaders {
			view.Others.Taken += p.Taken
			view.Others.PutOff += p.PutOff
			view.Others.Refused += p.Refused
			view.Others.Doubtful += p.Doubtful
			continue
		}
		p.Said = ""
		large = append(large, p)
	}
	view.Domains = large
	for i := range view.Relays {
		view.Relays[i].Said = ""
	}
}

// stand says how each relay stands, and adds those that have had no mail of the issue.
func (d *Desk) stand(rows []templates.DeskPart, standings []Standing) []templates.DeskPart {
	for _, s := range standings {
		i := slices.IndexFunc(rows, func(p templates.DeskPart) bool { return p.Name == s.Name })
		if i < 0 {
			i, rows = len(rows), append(rows, templates.DeskPart{Name: s.Name})
		}
		rows[i].Stands = d.standing(s)
	}
	return rows
}

func (d *Desk) part(p outbox.Part) templates.DeskPart {
	return templates.DeskPart{
		Name: p.Name, Taken: p.Taken, PutOff: p.PutOff, Refused: p.Refused, Doubtful: p.Doubtful, Said: p.Said, Rest: d.inZone(p.Rest),
	}
}

func (d *Desk) standing(s Standing) *templates.DeskStanding {
	return &templates.DeskStanding{Mode: s.Mode, Why: s.Why, From: d.inZone(s.From), Till: d.inZone(s.Till)}
}
