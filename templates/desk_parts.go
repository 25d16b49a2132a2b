package templates

import (
	"strconv"
	"time"
)

// A DeskParts says what the attempts of an issue ended in, by domain and by relay, the
// largest first. It is shown where anything has a name.
type DeskParts struct {
	Domains, Relays []DeskPart
	Others          DeskPart // domains that are not named, together
}

// Any reports whether there is anything to show.
func (p DeskParts) Any() bool { return len(p.Domains)+len(p.Relays) > 0 }

// Rows are the domains, and the others below them where there are any.
func (p DeskParts) Rows() []DeskPart {
	if p.Others.Size() == 0 {
		return p.Domains
	}
	return append(p.Domains[:len(p.Domains):len(p.Domains)], p.Others)
}

// A DeskPart is a row of them.
type DeskPart struct {
	Name                             string // "" for the others
	Taken, PutOff, Refused, Doubtful int64
	Said                             string        // the last answer that was no "yes"
	Rest                             time.Time     // until then nothing goes to the domain; zero: it may
	Stands                           *DeskStanding // of a relay, nil where that is not known
}

// Size is how many attempts there were.
func (p DeskPart) Size() int64 { return p.Taken + p.PutOff + p.Refused + p.Doubtful }

// A DeskSlice is a piece of a bar, in percent of its length.
type DeskSlice struct{ Kind, From, Length string }

// Bar is how the attempts divide.
func (p DeskPart) Bar() (slices []DeskSlice) {
	from, all := 0.0, float64(max(p.Size(), 1))
	for _, s := range []struct {
		kind string
		n    int64
	}{{"taken", p.Taken}, {"put-off", p.PutOff}, {"refused", p.Refused}, {"doubtful", p.Doubtful}} {
		if s.n == 0 {
			continue
		}
		length := float64(s.n) * 100 / all
		slices = append(slices, DeskSlice{s.kind, strconv.FormatFloat(from, 'f', 2, 64), strconv.FormatFloat(length, 'f', 2, 64)})
		from += length
	}
	return slices
}
