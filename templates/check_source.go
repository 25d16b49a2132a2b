package templates

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// withoutActions returns a template as the markup around its actions: a value stands as
// "x", all else is gone but for the line ends.
func withoutActions(source string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(source, "{{")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		end := actionEnd(rest)
		action := rest[:end]
		switch word := firstWord(action); {
		case word == "href":
			out.WriteString(`href="x"`)
		case word != "" && !slices.Contains(silentActions, word):
			out.WriteByte('x')
		}
		out.WriteString(strings.Repeat("\n", strings.Count(action, "\n")))
		source = strings.TrimPrefix(rest[end:], "}}")
	}
}

// silentActions write nothing themselves, or markup that mso has checked.
var silentActions = []string{"if", "else", "end", "range", "with", "define", "template", "block", "break", "continue", "mso", "/*"}

func firstWord(action string) string {
	action = strings.TrimLeft(action, "- \t\n")
	if strings.HasPrefix(action, "/*") {
		return "/*"
	}
	if i := strings.IndexAny(action, " \t\n`\""); i >= 0 {
		action = action[:i]
	}
	return action
}

// actionEnd is where an action ends, whose strings may hold braces.
func actionEnd(rest string) int {
	quote := byte(0)
	for i := range len(rest) {
		switch c := rest[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '`':
			quote = c
		case strings.HasPrefix(rest[i:], "}}"):
			return i
		}
	}
	return len(rest)
}

// noLetter are elements that mail programs remove, or fear.
var noLetter = []string{
	"script", "form", "input", "button", "select", "textarea", "iframe", "frame", "object", "embed", "applet",
	"svg", "math", "video", "audio", "canvas", "link", "base", "picture", "dialog",
}

// markup looks at an HTML file, of which only the actions are gone.
func (c *checker) markup(file, source string) {
	z := html.NewTokenizer(strings.NewReader(source))
	line, kept, style := 1, false, false
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		lines := strings.Count(string(z.Raw()), "\n")
		t := z.Token()
		switch {
		case kind == html.CommentToken && strings.HasPrefix(strings.TrimSpace(t.Data), "[if"):
			c.add(file, line, "H1", "a conditional comment is lost here; write {{mso `…`}} around its markup")
		case kind == html.TextToken && style:
			c.style(file, t.Data, line, !kept)
		case kind == html.StartTagToken || kind == html.SelfClosingTagToken:
			c.element(file, line, t)
			style = t.Data == "style"
			kept = style && value(t, "data-premailer") == "ignore"
		case kind == html.EndTagToken && t.Data == "style":
			style = false
		}
		line += lines
	}
}

var unsafeAddress = regexp.MustCompile(`^(?i)\s*(javascript|vbscript|data):`)

// element looks at a start tag.
func (c *checker) element(file string, line int, t html.Token) {
	add := func(rule, what string, values ...any) { c.add(file, line, rule, what, values...) }
	if slices.Contains(noLetter, t.Data) {
		add("H3", "<%s> does not belong in a mail: mail programs remove it or distrust the whole", t.Data)
		return
	}
	for _, a := range t.Attr {
		switch {
		case strings.HasPrefix(a.Key, "on"):
			add("H3", "%s=… is script, which mail programs remove", a.Key)
		case a.Key == "pr-el-id":
			add("", "the attribute pr-el-id upsets the inliner")
		case a.Key == "align" && (a.Val == "left" || a.Val == "right"):
			add("H6", "align=\"%s\" is wrong in one of the two directions; write align=\"{{.Start}}\" or {{.End}}", a.Val)
		case a.Key == "style":
			for _, part := range splitCSS(a.Val, ';') {
				if prop, value, found := strings.Cut(part, ":"); found {
					c.declaration(file, cssDecl{line, strings.ToLower(strings.TrimSpace(prop)), strings.ToLower(strings.TrimSpace(value)), false})
				}
			}
		case a.Key == "href" || a.Key == "src" || a.Key == "background":
			c.address(file, line, a.Key, a.Val)
		}
	}
	switch {
	case t.Data == "img" && !carries(t, "alt"):
		add("H5", "the picture has no alt text; alt=\"\" if it only decorates")
	case t.Data == "table" && value(t, "role") == "":
		add("H7", "a table for layout needs role=\"presentation\", or it is read out as data")
	case t.Data == "html" && (value(t, "lang") == "" || value(t, "dir") == ""):
		add("H6", "<html> needs lang=\"{{.Lang}}\" and dir=\"{{.Dir}}\"")
	case t.Data == "meta" && strings.EqualFold(value(t, "http-equiv"), "refresh"):
		add("H3", "a mail must not move on by itself")
	case t.Data == "style" && value(t, "media") != "" && value(t, "media") != "all":
		add("", "the inliner leaves <style media=…> alone; say @media in a <style data-premailer=\"ignore\">")
	}
	if t.Data == "img" && value(t, "width") == "" {
		add("H5", "the picture has no width attribute, and would burst the letter in Outlook")
	}
}

// address looks at an address that is written out.
func (c *checker) address(file string, line int, key, to string) {
	switch {
	case unsafeAddress.MatchString(to):
		c.add(file, line, "H3", "%s=\"%s\" is an address that mail programs remove", key, short(to))
	case strings.HasPrefix(to, "x"), strings.HasPrefix(to, "https://"), strings.HasPrefix(to, "mailto:"):
	case strings.HasPrefix(to, "http://"):
		c.add(file, line, "H10", "%s=\"%s\" is not encrypted; use https", key, short(to))
	default:
		c.add(file, line, "H10", "%s=\"%s\" leads nowhere from a mail; write the whole address with https://", key, short(to))
	}
}

func value(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func carries(t html.Token, key string) bool {
	return slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Key == key })
}
