package digest

import (
	"fmt"
	"strings"
	"time"
)

// A Holiday is a date on which an edition does not go out.
type Holiday struct {
	Date string `json:"date"` // "2027-03-20", or "12-25" for every year
	Name string `json:"name,omitempty"`
}

// aDate and aYearlyDate are how a Holiday writes them.
const (
	aDate       = "2006-01-02"
	aYearlyDate = "01-02"
)

// widestHoliday is the most days that ParseHolidays makes of one range.
const widestHoliday = 60

// ParseHolidays reads a date with its name, "2027-03-20 Eid al-Fitr" or "12-25 Christmas",
// or several days in a row, "2027-03-19..2027-03-23 Eid al-Fitr".
func ParseHolidays(s string) ([]Holiday, error) {
	when, name, _ := strings.Cut(strings.TrimSpace(s), " ")
	name = OneLine(name)
	from, to, several := strings.Cut(when, "..")
	if !several {
		h := Holiday{from, name}
		return []Holiday{h}, h.check()
	}
	first, err := time.Parse(aDate, from)
	last, err2 := time.Parse(aDate, to)
	switch {
	case err != nil || err2 != nil:
		return nil, fmt.Errorf("the dates %q cannot be read; write them like 2027-03-19..2027-03-23", when)
	case last.Before(first) || last.Sub(first) > widestHoliday*24*time.Hour:
		return nil, fmt.Errorf("the dates %q are not up to %d days in a row; write the earlier one first, and pause the edition for longer", when, widestHoliday)
	}
	var all []Holiday
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		all = append(all, Holiday{day.Format(aDate), name})
	}
	return all, nil
}

func (h Holiday) check() error {
	if _, err := time.Parse(aDate, h.Date); err == nil {
		return nil
	}
	if _, err := time.Parse(aDate, "2024-"+h.Date); err == nil { // a leap year
		return nil
	}
	return fmt.Errorf("the date %q cannot be read; write 2027-03-20, or 12-25 for every year", h.Date)
}

// String is what ParseHolidays reads.
func (h Holiday) String() string { return strings.TrimSpace(h.Date + " " + h.Name) }

// Rests returns a sentence that says why the edition does not go out on the date of t in
// its zone, "" when it does.
func (s Schedule) Rests(t time.Time) string {
	zone, err := s.Location()
	if err != nil {
		return ""
	}
	return s.rests(t.In(zone))
}

func (s Schedule) rests(t time.Time) string {
	if len(s.Holidays) == 0 {
		return ""
	}
	date, yearly := t.Format(aDate), t.Format(aYearlyDate)
	for _, h := range s.Holidays {
		if h.Date != date && h.Date != yearly {
			continue
		}
		if h.Name == "" {
			return "it does not go out on " + t.Format("2 January 2006")
		}
		return "it does not go out on " + t.Format("2 January 2006") + ": " + h.Name
	}
	return ""
}
