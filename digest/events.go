package digest

import (
	"slices"

	"github.com/pressrun/pressrun/digest/event"
)

// grouped are candidates with those of one event together.
type grouped struct {
	leads       []Candidate // each stands for an event, in the order they had
	below       []beneath
	also        map[int64][]Also // by the lead's ID
	suggestions []event.Suggestion
}

// A beneath is a candidate that is named below another.
type beneath struct {
	Candidate
	lead string // the other's headline
}

// events finds the candidates that tell of the same event. Of each event one stands for
// all: the one an editor put in, else the one most like the others.
func events(r Rules, plan Plan, cands []Candidate) grouped {
	g := grouped{also: map[int64][]Also{}}
	byID := map[int64]Candidate{}
	var items []event.Item
	for _, c := range cands {
		byID[c.ID] = c
		if !r.Apart && !slices.Contains(plan.Apart, c.ID) {
			items = append(items, event.Item{ID: c.ID, Title: c.Title, Summary: PlainText(c.Summary), Language: c.Language, At: c.Published})
		}
	}
	leadOf := map[int64]int64{}
	why := map[int64][]string{}
	found := event.Group(items)
	g.suggestions = found.Suggestions
	for _, e := range found.Events {
		lead := e.Lead
		for _, m := range e.Also {
			if plan.pins(m.ID) && !plan.pins(lead) {
				lead = m.ID
			}
		}
		for _, m := range append(e.Also, event.Member{ID: e.Lead}) {
			if m.ID != lead && !plan.pins(m.ID) {
				leadOf[m.ID], why[m.ID] = lead, m.Why
			}
		}
	}
	for _, pair := range plan.Joined {
		first, second := pair[0], pair[1]
		if up, is := leadOf[first]; is {
			first = up
		}
		if _, here := byID[first]; !here || first == second {
			continue
		}
		for id, lead := range leadOf { // what was below the second follows it
			if lead == second {
				leadOf[id] = first
			}
		}
		delete(leadOf, first)
		leadOf[second] = first
	}
	for _, c := range cands {
		lead, is := byID[leadOf[c.ID]]
		if !is {
			g.leads = append(g.leads, c)
			continue
		}
		g.below = append(g.below, beneath{c, lead.Title})
		g.also[lead.ID] = append(g.also[lead.ID], Also{ID: c.ID, Title: c.Title, URL: c.URL, Why: why[c.ID]})
	}
	return g
}
