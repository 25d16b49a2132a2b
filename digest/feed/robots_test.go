package feed

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRobots follows RFC 9309.
func TestRobots(t *testing.T) {
	for _, c := range []struct {
		name, file string
		allowed    string
		forbidden  string
	}{
		{"nothing said", "", "/ /a", ""},
		{"no robots.txt but a page", "<!doctype html><p>User-agent", "/a", ""},
		{"all forbidden", "User-agent: *\nDisallow: /", "/robots.txt", "/ /a /a?b"},
		{"nothing forbidden", "User-agent: *\nDisallow:", "/ /a", ""},
		{"a prefix", "User-agent: *\nDisallow: /private", "/ /priv /a/private", "/private /private/ /privately /private?x=1"},
		{"the longest rule wins", "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c", "/a/b /a/b/x", "/a /a/x /a/b/c"},
		{"of equal rules the one that allows", "User-agent: *\nDisallow: /a\nAllow: /a", "/a", ""},
		{"any characters", "User-agent: *\nDisallow: /*/print$", "/a/print/ /print", "/a/print /a/b/print"},
		{"the end", "User-agent: *\nDisallow: /*.pdf$\nDisallow: /x$", "/a.pdf?b /xy", "/a.pdf /x"},
		{"case of the path counts", "User-agent: *\nDisallow: /A", "/a", "/A"},
		{"case of the keys does not", "USER-AGENT: *\ndisallow: /a", "/b", "/a"},
		{"escapes", "User-agent: *\nDisallow: /%e2%82%ac\nDisallow: /%7Ejoe\nDisallow: /ö", "/o", "/€ /%E2%82%AC /~joe /%7ejoe /%C3%B6"},
		{"a slash that is escaped is another character", "User-agent: *\nDisallow: /a%2Fb", "/a/b", "/a%2fb"},
		{"a group of ours", "User-agent: *\nDisallow: /\nUser-agent: Pressrun\nDisallow: /a", "/ /b", "/a"},
		{"with a version", "User-agent: pressrun/1.0 (news)\nDisallow: /a\n\nUser-agent: *\nDisallow: /b", "/b", "/a"},
		{"a group of ours that forbids nothing", "User-agent: *\nDisallow: /\n\nUser-agent: PressRun\nDisallow:", "/ /a", ""},
		{"another's name that ours begins", "User-agent: pressrunner\nDisallow: /", "/a", ""},
		{"several agents, one group", "User-agent: otherbot\nUser-agent: pressrun\nDisallow: /a\nUser-agent: thirdbot\nDisallow: /b", "/b", "/a"},
		{"groups of ours are one", "User-agent: pressrun\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: pressrun\nDisallow: /b", "/c", "/a /b"},
		{"a sitemap divides no group", "User-agent: pressrun\nSitemap: https://paper.example/s.xml\nDisallow: /a", "/b", "/a"},
		{"comments and odd lines", "\uFEFF# hello\r\nUser-agent: * # all\r\nnonsense\r\nCrawl-delay: 5\r\nDisallow: /a # private\r\n", "/b", "/a"},
		{"rules without an agent", "Disallow: /a", "/a", ""},
		{"beyond what is read", strings.Repeat("#", maxRobots) + "\nUser-agent: *\nDisallow: /", "/a", ""},
		{"made to be slow", "User-agent: *\nDisallow: /" + strings.Repeat("*a", 5000) + "b$", "/" + strings.Repeat("a", 5000), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := parseRobots([]byte(c.file))
			for _, path := range strings.Fields(c.allowed) {
				if !r.allows(path) {
					t.Errorf("%.40s is forbidden", path)
				}
			}
			for _, path := range strings.Fields(c.forbidden) {
				if r.allows(path) {
					t.Errorf("%.40s is allowed", path)
				}
			}
		})
	}
	got := parseRobots([]byte("Sitemap: https://paper.example/a.xml\nUser-agent: x\nDisallow: /\nsitemap:/b.xml")).sitemaps
	if d := cmp.Diff([]string{"https://paper.example/a.xml", "/b.xml"}, got); d != "" {
		t.Error(d)
	}
}
