package templates

import (
	"html/template"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// phrase are the elements a summary may keep. A link is not among them: the headline
// is the one link of a story, so that both parts have the same links (F9).
var phrase = []string{"b", "strong", "i", "em", "q", "cite", "sub", "sup", "code", "br"}

// cleanSummary reduces a summary to phrases without attributes, every element closed,
// its text in runs of direction dir.
// It is sanitised where it is fetched; this keeps a slip there out of the mail, where
// an attribute could also upset the inliner.
func cleanSummary(dir string, summary template.HTML) template.HTML {
	var out strings.Builder
	var open []string
	skip := "" // inside an element whose text is no text
	z := html.NewTokenizer(strings.NewReader(string(summary)))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		t := z.Token()
		switch {
		case skip != "":
			if kind == html.EndTagToken && t.Data == skip {
				skip = ""
			}
		case kind == html.TextToken:
			out.WriteString(string(runs(dir, t.Data)))
		case kind == html.StartTagToken && slices.Contains(textless, t.Data):
			skip = t.Data
		case t.Data == "br":
			out.WriteString("<br>")
		case !slices.Contains(phrase, t.Data):
			out.WriteString(gap(t.Data))
		case kind == html.StartTagToken && len(open) < deepest:
			out.WriteString("<" + t.Data + ">")
			open = append(open, t.Data)
		case kind == html.EndTagToken && len(open) > 0 && open[len(open)-1] == t.Data:
			out.WriteString("</" + t.Data + ">")
			open = open[:len(open)-1]
		}
	}
	for _, name := range slices.Backward(open) {
		out.WriteString("</" + name + ">")
	}
	return template.HTML(strings.TrimSpace(out.String()))
}

// deepest is how far phrases may stand in each other: the HTML parser has its limit.
const deepest = 8

// textless elements go with all they hold.
var textless = []string{"script", "style", "iframe", "noscript", "template", "textarea", "title", "svg", "math", "xmp", "noembed", "noframes"}

// gap keeps words apart where a block ended.
func gap(element string) string {
	if slices.Contains([]string{"p", "div", "li", "tr", "td", "h1", "h2", "h3", "h4", "blockquote", "figure"}, element) {
		return " "
	}
	return ""
}
