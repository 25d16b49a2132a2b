package feed

import (
	"strings"
)

// maxRobots is how much of a robots.txt is read (RFC 9309 §2.5 asks for 500 KiB).
const maxRobots = 500 << 10

// productToken is what a robots.txt calls us (RFC 9309 §2.2.1).
const productToken = "pressrun"

// A robots is what a site's robots.txt says to us. The zero value allows everything.
type robots struct {
	rules    []robotsRule
	closed   bool     // nothing may be read: the file exists but could not be (§2.3.1.4)
	sitemaps []string // as they are named
}

type robotsRule struct {
	pattern string
	allow   bool
}

// parseRobots reads a robots.txt (RFC 9309 §2.2): the groups that name us, as one; else
// those for everybody.
func parseRobots(body []byte) robots {
	var r robots
	var ours, others []robotsRule
	named := false                // whether any group names us
	forUs, forAll := false, false // whom the group being read is for
	inRules := true               // a User-agent line after a rule begins a new group
	text := strings.TrimPrefix(string(body[:min(len(body), maxRobots)]), "\uFEFF")
	for line := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == '\n' || c == '\r' }) {
		line, _, _ = strings.Cut(line, "#")
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "user-agent":
			if inRules {
				forUs, forAll, inRules = false, false, false
			}
			forUs = forUs || agentToken(value) == productToken
			forAll = forAll || value == "*"
			named = named || forUs
		case "allow", "disallow":
			inRules = true
			rule := robotsRule{escapePath(value), strings.EqualFold(strings.TrimSpace(key), "allow")}
			if value == "" {
				continue // "Disallow:" forbids nothing
			}
			if forUs {
				ours = append(ours, rule)
			}
			if forAll {
				others = append(others, rule)
			}
		case "sitemap":
			r.sitemaps = append(r.sitemaps, value)
		}
	}
	if r.rules = others; named {
		r.rules = ours
	}
	return r
}

// agentToken returns the product token at the beginning of a User-agent value, in lower
// case: letters, "_" and "-".
func agentToken(value string) string {
	end := strings.IndexFunc(value, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '-')
	})
	if end >= 0 {
		value = value[:end]
	}
	return strings.ToLower(value)
}

// allows reports whether a path with its query may be read: the longest rule that matches
// decides, of two as long the one that allows (§2.2.2).
func (r robots) allows(path string) bool {
	if path == "/robots.txt" {
		return true
	}
	if r.closed {
		return false
	}
	path = escapePath(path)
	longest, allowed := -1, true
	for _, rule := range r.rules {
		if n := len(rule.pattern); n >= longest && (n > longest || rule.allow) && matchesRobots(rule.pattern, path) {
			longest, allowed = n, rule.allow
		}
	}
	return allowed
}

// matchesRobots matches a pattern with "*" for any characters, and "$" at its end for the
// end of the path. It goes forward only, so that no pattern takes long.
func matchesRobots(pattern, path string) bool {
	pattern, toEnd := strings.CutSuffix(pattern, "$")
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	path = path[len(parts[0]):]
	if len(parts) == 1 {
		return !toEnd || path == ""
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(path, part)
		if i < 0 {
			return false
		}
		path = path[i+len(part):]
	}
	if toEnd {
		return strings.HasSuffix(path, last)
	}
	return strings.Contains(path, last)
}

// escapePath writes a path as it is compared (§2.2.2): what is not ASCII is escaped, what
// needs no escape is not, and escapes are in capitals.
func escapePath(path string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' && i+2 < len(path) && isHex(path[i+1]) && isHex(path[i+2]) {
			c = unhex(path[i+1])<<4 | unhex(path[i+2])
			i += 2
			if !isUnreserved(c) {
				b.Write([]byte{'%', hex[c>>4], hex[c&15]})
				continue
			}
		}
		if c <= 0x20 || c >= 0x7F {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	}
	return c - 'A' + 10
}

// isUnreserved knows the characters that mean the same escaped or not (RFC 3986 §2.3).
func isUnreserved(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte("-._~", c) >= 0
}
