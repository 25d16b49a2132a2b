package templates

import (
	"net/url"
	"strings"
)

// UTM marks the links to stories, so that the paper's own statistics can tell which
// visits came from a letter. They name the letter, never a reader. An empty value is
// left out.
type UTM struct {
	Source, Medium, Campaign string
}

// Mark appends the parameters to a web address, whose own bytes stay as they are. One
// that the address has already keeps its value.
func (u UTM) Mark(address string) string {
	if scheme, _, found := strings.Cut(address, "://"); !found || !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return address
	}
	rest, fragment, fragmented := strings.Cut(address, "#")
	_, query, queried := strings.Cut(rest, "?")
	for _, p := range [][2]string{{"utm_source", u.Source}, {"utm_medium", u.Medium}, {"utm_campaign", u.Campaign}} {
		name, value := p[0], p[1]
		if value == "" || has(query, name) {
			continue
		}
		switch {
		case !queried:
			rest += "?"
			queried = true
		case !strings.HasSuffix(rest, "?") && !strings.HasSuffix(rest, "&"):
			rest += "&"
		}
		rest += name + "=" + url.QueryEscape(value)
	}
	if fragmented {
		rest += "#" + fragment
	}
	return rest
}

// has reports whether a query names a parameter.
func has(query, name string) bool {
	for pair := range strings.SplitSeq(query, "&") {
		if key, _, _ := strings.Cut(pair, "="); key == name {
			return true
		}
	}
	return false
}
