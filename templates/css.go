package templates

import "strings"

// A cssRule is a rule of a stylesheet as an operator wrote it, or an at-rule.
type cssRule struct {
	line      int
	within    string   // the prelude of the at-rule around it, "" for none
	at        string   // its own prelude when it is an at-rule itself: "@import url(x)"
	selectors []string // nil for an at-rule
	decls     []cssDecl
}

type cssDecl struct {
	line        int
	prop, value string // in small letters; without "!important"
	important   bool
}

// A cssFault is where a stylesheet cannot be read.
type cssFault struct {
	line int
	what string
}

// cssReader reads a stylesheet. It knows as much of CSS as a letter may use: rules, and
// rules in an at-rule.
type cssReader struct {
	text   string // without comments
	at     int
	line   int
	rules  []cssRule
	faults []cssFault
}

// parseCSS reads the rules of a stylesheet that begins in that line of its file.
func parseCSS(text string, line int) ([]cssRule, []cssFault) {
	r := &cssReader{line: line}
	r.text = r.withoutComments(text)
	r.block("")
	return r.rules, r.faults
}

// withoutComments keeps their line ends, by which faults are placed.
func (r *cssReader) withoutComments(text string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "/*")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		comment, after, closed := strings.Cut(rest, "*/")
		if !closed {
			r.faults = append(r.faults, cssFault{r.line + strings.Count(out.String(), "\n"), "the comment has no end */"})
		}
		out.WriteString(" " + strings.Repeat("\n", strings.Count(comment, "\n")))
		text = after
	}
}

// block reads rules up to the end of the at-rule they stand in.
func (r *cssReader) block(within string) {
	for {
		line, prelude, end := r.until("{};")
		name := strings.ToLower(strings.TrimSpace(prelude))
		switch {
		case end == 0:
			if name != "" {
				r.fault(line, "after “"+short(name)+"” the { is missing")
			} else if within != "" {
				r.fault(line, "“"+short(within)+"” has no }")
			}
			return
		case end == '}':
			if within == "" {
				r.fault(line, "there is a } too many")
				continue
			}
			return
		case end == ';':
			r.rules = append(r.rules, cssRule{line: line, within: within, at: name})
		case strings.HasPrefix(name, "@"):
			r.rules = append(r.rules, cssRule{line: line, within: within, at: name})
			if strings.HasPrefix(name, "@font-face") || strings.HasPrefix(name, "@page") {
				r.until("}")
				continue
			}
			r.block(name)
		default:
			if !r.rule(line, within, strings.TrimSpace(prelude)) {
				return
			}
		}
	}
}

// rule reads the declarations of a rule; false when its end is missing, after which
// nothing means what it says.
func (r *cssReader) rule(line int, within, selector string) bool {
	rule := cssRule{line: line, within: within, selectors: splitCSS(selector, ',')}
	for {
		at, text, end := r.until("{};")
		if end == '{' || end == 0 {
			r.fault(line, "the rule “"+short(selector)+"” has no }")
			return false
		}
		if prop, value, found := strings.Cut(text, ":"); found {
			d := cssDecl{line: at, prop: strings.ToLower(strings.TrimSpace(prop)), value: strings.ToLower(strings.TrimSpace(value))}
			if cut, ok := strings.CutSuffix(d.value, "important"); ok && strings.HasSuffix(strings.TrimSpace(cut), "!") {
				d.value, d.important = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(cut), "!")), true
			}
			rule.decls = append(rule.decls, d)
		} else if strings.TrimSpace(text) != "" {
			r.fault(at, "“"+short(strings.TrimSpace(text))+"” has no colon")
		}
		if end == '}' {
			r.rules = append(r.rules, rule)
			return true
		}
	}
}

// until reads up to one of ends, outside of strings and brackets, and says where the text
// begins. end is 0 when the sheet ends first.
func (r *cssReader) until(ends string) (line int, text string, end byte) {
	for r.at < len(r.text) && strings.IndexByte(" \t\r\n", r.text[r.at]) >= 0 {
		r.step()
	}
	line, start, depth, quote := r.line, r.at, 0, byte(0)
	for r.at < len(r.text) {
		c := r.text[r.at]
		switch {
		case quote != 0:
			if c == quote || c == '\n' {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth = max(0, depth-1)
		case (depth == 0 || c == '}' || c == '{') && strings.IndexByte(ends, c) >= 0:
			text = r.text[start:r.at]
			r.step()
			return line, text, c
		}
		r.step()
	}
	return line, r.text[start:], 0
}

func (r *cssReader) step() {
	if r.text[r.at] == '\n' {
		r.line++
	}
	r.at++
}

func (r *cssReader) fault(line int, what string) {
	r.faults = append(r.faults, cssFault{line, what})
}

// splitCSS splits text at a sign outside of brackets and strings.
func splitCSS(text string, at byte) (parts []string) {
	depth, start, quote := 0, 0, byte(0)
	for i := range len(text) {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == at && depth == 0:
			parts = append(parts, strings.TrimSpace(text[start:i]))
			start = i + 1
		}
	}
	return append(parts, strings.TrimSpace(text[start:]))
}

func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return text
}
