package site

import (
	"cmp"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pressrun/pressrun/templates"
)

// The zones of the IANA database that have people living in them, by the name that is
// usual in each country: its file zone.tab, which is in the public domain.
//
//go:embed preferences_zones.txt
var zoneNames string

// zoneGroups are the time zones by the part of the world, as they are called in a language,
// with what they differ by from UTC now. One that a reader has and the list has not is
// there too.
func (s *Site) zoneGroups(lang, has string, now time.Time) (groups []templates.ZoneGroup) {
	ids := strings.Fields(zoneNames)
	if has != "" && !slices.Contains(ids, has) {
		ids = append(ids, has)
	}
	for _, id := range ids {
		zone, err := time.LoadLocation(id)
		if err != nil {
			continue // newer than the zones of this program
		}
		part, city, found := strings.Cut(id, "/")
		if !found {
			part, city = id, id
		}
		name := cmp.Or(s.Frame.Pages.Sentence(lang, "zone."+part), part)
		i := slices.IndexFunc(groups, func(g templates.ZoneGroup) bool { return g.Name == name })
		if i < 0 {
			groups, i = append(groups, templates.ZoneGroup{Name: name}), len(groups)
		}
		label := cmp.Or(s.Frame.Pages.Sentence(lang, "zone."+id), spaced(city))
		groups[i].Zones = append(groups[i].Zones, templates.Zone{ID: id, Name: label + " · " + offset(now.In(zone))})
	}
	for _, g := range groups {
		slices.SortFunc(g.Zones, func(a, b templates.Zone) int {
			// Those with a name in the page's own script first.
			return cmp.Or(cmp.Compare(script(b.Name), script(a.Name)), strings.Compare(a.Name, b.Name))
		})
	}
	return groups
}

// spaced writes the name of a city as on a map: Buenos Aires, Argentina.
func spaced(city string) string {
	country, city, found := strings.Cut(city, "/")
	if !found {
		return strings.ReplaceAll(country, "_", " ")
	}
	return strings.ReplaceAll(city+", "+country, "_", " ")
}

// script is 0 for a name that begins with a letter of ASCII, 1 for others.
func script(name string) int {
	if name[0] < 0x80 {
		return 0
	}
	return 1
}

// offset of a time from UTC: UTC+3, UTC-3:30.
func offset(t time.Time) string {
	_, seconds := t.Zone()
	sign, minutes := "+", seconds/60
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	switch {
	case minutes == 0:
		return "UTC"
	case minutes%60 == 0:
		return fmt.Sprintf("UTC%s%d", sign, minutes/60)
	}
	return fmt.Sprintf("UTC%s%d:%02d", sign, minutes/60, minutes%60)
}

// isZone reports whether a name is one of the IANA database's.
func isZone(id string) bool {
	_, err := time.LoadLocation(id)
	return err == nil && id != "" && id != "Local"
}
