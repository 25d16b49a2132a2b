package templates

import (
	"regexp"
	"strings"
)

// style looks at a stylesheet that begins in that line: one that is inlined, or one that
// is kept as it is.
func (c *checker) style(file, source string, line int, inlined bool) {
	rules, faults := parseCSS(source, line)
	for _, f := range faults {
		c.add(file, f.line, "", "%s; what follows it would be lost without a word", f.what)
	}
	for _, r := range rules {
		c.atRule(file, r, inlined)
		if inlined {
			c.inlinedRule(file, r)
		}
		for _, d := range r.decls {
			c.declaration(file, d)
		}
	}
}

// atRule looks at an at-rule, which the inliner mangles or, at best, makes !important.
func (c *checker) atRule(file string, r cssRule, inlined bool) {
	name, _, _ := strings.Cut(r.at, " ")
	switch {
	case name == "":
	case strings.HasPrefix(name, "@import"), strings.HasPrefix(name, "@font-face"):
		c.add(file, r.line, "H3", "%s loads from elsewhere, which most mail programs refuse; name fonts that readers have", name)
	case inlined:
		c.add(file, r.line, "", "%s cannot be inlined; it belongs in phone.css, dark.css or a <style data-premailer=\"ignore\">", name)
	}
}

// inlinedRule looks for what the inliner loses or gets wrong.
func (c *checker) inlinedRule(file string, r cssRule) {
	for _, selector := range r.selectors {
		if why := notInlined(selector); why != "" {
			c.add(file, r.line, "", "the selector “%s” %s", short(selector), why)
		}
	}
	seen := map[string]bool{}
	for _, d := range r.decls {
		switch {
		case strings.HasPrefix(d.prop, "--") || strings.Contains(d.value, "var("):
			c.add(file, d.line, "", "variables such as “%s” are corrupted by the inliner; write the value, or {{.Light.Ink}} and the like", short(d.prop+":"+d.value))
		case d.important:
			c.add(file, d.line, "", "!important on %s is dropped when it is inlined, and does not beat a style attribute; make the selector stronger", d.prop)
		case seen[d.prop]:
			c.add(file, d.line, "", "%s is said twice in one rule; the inliner keeps only the last", d.prop)
		case strings.ContainsAny(d.value, `"'`) && strings.HasPrefix(d.prop, "font"):
			c.add(file, d.line, "", "write font families without quotes, which are spelled out as entities in every story")
		}
		seen[d.prop] = true
	}
}

// notInlined says why a selector cannot be inlined, "" if it can.
func notInlined(selector string) string {
	switch {
	case strings.Contains(selector, "*"):
		return "is kept as !important by the inliner, and would beat every inlined style; name the elements"
	case strings.ContainsAny(selector, "[]"):
		return "may be lost by the inliner; use a class"
	case strings.Contains(selector, ":"):
		return "is lost or given the wrong weight by the inliner; use a class, or a <style data-premailer=\"ignore\">"
	case strings.ContainsAny(selector, ">+~"):
		return "is given the wrong weight by the inliner; use a class or a blank"
	}
	return ""
}

var logical = regexp.MustCompile(`^(margin|padding|border|inset)-(inline|block)|^inset$|^(min-|max-)?(inline|block)-size$`)

// declaration looks for what mail programs do not know.
func (c *checker) declaration(file string, d cssDecl) {
	switch {
	case logical.MatchString(d.prop), (d.prop == "text-align" || d.prop == "float") && (strings.HasSuffix(d.value, "start") || strings.HasSuffix(d.value, "end")):
		c.add(file, d.line, "H6", "%s:%s is a logical property, which Gmail and Outlook do not know; write left or right, by {{.Start}} and {{.End}}", d.prop, short(d.value))
	case d.prop == "display" && (strings.Contains(d.value, "flex") || strings.Contains(d.value, "grid")), d.prop == "position" && d.value != "static", d.prop == "float":
		c.add(file, d.line, "H1", "%s:%s is not known to Outlook; lay out with tables", d.prop, d.value)
	case strings.Contains(d.value, "url(data:"), strings.Contains(d.value, "url('data:"), strings.Contains(d.value, `url("data:`), strings.Contains(d.value, "javascript:"), strings.Contains(d.value, "expression("):
		c.add(file, d.line, "H3", "%s holds an address that mail programs remove", d.prop)
	}
}
