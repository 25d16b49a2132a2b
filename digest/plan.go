package digest

import "slices"

// A Plan is what editors want of the next issue of an edition beyond its rules. It is used
// up by that issue. The zero value leaves all to the rules.
type Plan struct {
	// Version counts the changes: one who saves must have seen the last one.
	Version int `json:"-"`

	Lead   int64          `json:"lead,omitempty"`   // article that leads
	Order  []int64        `json:"order,omitempty"`  // articles that come first, in this order
	Pinned []int64        `json:"pinned,omitempty"` // articles that are in whatever the rules say
	Hidden []int64        `json:"hidden,omitempty"` // articles that are out
	Apart  []int64        `json:"apart,omitempty"`  // articles that are no part of a common event
	Joined [][2]int64     `json:"joined,omitempty"` // pairs of which the second goes below the first
	Edits  map[int64]Edit `json:"edits,omitempty"`  // other words for an article, in this issue only

	Subject   string `json:"subject,omitempty"`   // in place of the lead's headline
	Preheader string `json:"preheader,omitempty"` // the line that inboxes show after it
	Note      string `json:"note,omitempty"`      // from the editor, above the stories; plain text
}

// An Edit is what an editor wrote in an article's place; "" leaves it as it is.
type Edit struct {
	Title   string `json:"title,omitempty"`
	Summary string `json:"summary,omitempty"` // plain text
}

// IsZero reports whether the plan changes nothing.
func (p Plan) IsZero() bool {
	return p.Lead == 0 && len(p.Order)+len(p.Pinned)+len(p.Hidden)+len(p.Apart)+len(p.Joined)+len(p.Edits) == 0 &&
		p.Subject == "" && p.Preheader == "" && p.Note == ""
}

// Pin returns the plan with an article in, whatever the rules say.
func (p Plan) Pin(id int64) Plan {
	if !slices.Contains(p.Pinned, id) {
		p.Pinned = append(slices.Clone(p.Pinned), id)
	}
	p.Hidden = slices.DeleteFunc(slices.Clone(p.Hidden), func(other int64) bool { return other == id })
	return p
}

func (p Plan) pins(id int64) bool { return slices.Contains(p.Pinned, id) || p.Lead == id }

// rank is the place an editor gave an article, after all of them when they gave none.
func (p Plan) rank(id int64) int {
	if i := slices.Index(p.Order, id); i >= 0 {
		return i
	}
	return len(p.Order)
}
