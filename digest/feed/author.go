package feed

import (
	"slices"
	"strings"

	"github.com/mmcdole/gofeed"
)

const (
	maxName  = 100
	maxNames = 5
)

// author returns the names under an item as one phrase in its language. A name that
// is an address of a mailbox is left out: it is nobody's wish to be mailed around.
func author(item *gofeed.Item, language string) string {
	var raw []string
	if dc := item.DublinCoreExt; dc != nil && len(dc.Creator) > 1 {
		raw = dc.Creator
	} else {
		for _, p := range item.Authors {
			if p != nil {
				raw = append(raw, p.Name)
			}
		}
	}
	var names []string
	for _, r := range raw {
		name := shorten(plain(r), maxName)
		if len(name) > 3 && strings.EqualFold(name[:3], "by ") {
			name = strings.TrimSpace(name[3:])
		}
		if name == "" || strings.Contains(name, "@") || slices.Contains(names, name) {
			continue
		}
		if names = append(names, name); len(names) == maxNames {
			break
		}
	}
	return enumerate(names, language)
}

// enumerate joins names as Arabic does, or with a comma and "and" where one is known.
func enumerate(names []string, language string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	first, last := names[:len(names)-1], names[len(names)-1]
	switch base, _, _ := strings.Cut(language, "-"); base {
	case "ar":
		return strings.Join(first, "، ") + " و" + last
	case "en", "":
		return strings.Join(first, ", ") + " and " + last
	}
	return strings.Join(names, ", ")
}
