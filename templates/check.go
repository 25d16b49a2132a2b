package templates

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	texttemplate "text/template"
)

// A Problem is something in an operator's templates that should be mended.
type Problem struct {
	File string // within the folder
	Line int    // 0: the file as a whole
	What string // a sentence without its full stop
	Rule string // of HTML mail that it breaks, such as "H6"; "" for none
}

func (p Problem) String() string {
	at, rule := p.File, ""
	if p.Line > 0 {
		at = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	if p.Rule != "" {
		rule = " (" + p.Rule + ")"
	}
	return at + ": " + p.What + rule
}

// Check looks for mistakes in an operator's folder: files that nothing reads or that
// cannot be parsed, rules that the inliner would lose, and what mail programs do not
// forgive. What only shows in a letter is looked for in samples of every theme that the
// folder has a part in.
func Check(override fs.FS) []Problem {
	c := &checker{files: override}
	names, err := namesIn(override)
	if err != nil {
		return []Problem{{File: ".", What: err.Error()}}
	}
	strays, err := Strays(override)
	if err != nil {
		c.add(".", 0, "", "%v", err)
	}
	for _, s := range strays {
		if s.Nearest == "" {
			c.add(s.File, 0, "", "nothing reads a file of this name")
		} else {
			c.add(s.File, 0, "", "nothing reads a file of this name; is it meant to be %s?", s.Nearest)
		}
	}
	for _, name := range names {
		if strings.HasPrefix(name, "email/") {
			c.file(name)
		}
	}
	broken := len(c.found) > 0 && c.unreadable
	if set, err := Load(override); err == nil {
		c.samples(set)
	} else if !broken {
		c.failure(err)
	}
	slices.SortStableFunc(c.found, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, strings.Compare(a.What, b.What))
	})
	return slices.Compact(c.found)
}

// A checker gathers the problems of a folder.
type checker struct {
	files      fs.FS
	found      []Problem
	unreadable bool // a file cannot be parsed, so no letter can be set
}

func (c *checker) add(file string, line int, rule, what string, values ...any) {
	c.found = append(c.found, Problem{File: file, Line: line, Rule: rule, What: fmt.Sprintf(what, values...)})
}

// failure adds an error that names a place itself.
func (c *checker) failure(err error) {
	c.unreadable = true
	var fault *FileError
	if errors.As(err, &fault) {
		line, _ := strconv.Atoi(fault.Line)
		c.add(fault.File, line, "", "%s", fault.what)
		return
	}
	c.add(".", 0, "", "%v", err)
}

// file looks at one file in email/ by itself.
func (c *checker) file(name string) {
	data, err := fs.ReadFile(c.files, name)
	if err != nil {
		c.add(name, 0, "", "it cannot be read: %v", err)
		return
	}
	source := string(data)
	switch ext := path.Ext(name); {
	case path.Dir(name) == "email/words" && ext == ".json":
		_, err := parseWords(data, strings.TrimSuffix(path.Base(name), ext))
		c.json(name, err)
	case path.Base(name) == "theme.json":
		_, err := readLook(c.files, name, look{light: lightGrounds, dark: darkGrounds})
		c.json(name, errors.Unwrap(err))
	case ext == ".txt":
		if _, err := texttemplate.New(name).Funcs(textFuncs).Parse(source); err != nil {
			c.failure(explain(err))
		}
	case ext == ".html", ext == ".css":
		if _, err := template.New(name).Funcs(htmlFuncs).Parse(source); err != nil {
			c.failure(explain(err))
			return
		}
		bare := withoutActions(source)
		if ext == ".html" {
			c.markup(name, bare)
			return
		}
		base := path.Base(name)
		c.style(name, bare, 1, base != "phone.css" && base != "dark.css")
	}
}

var lineOf = regexp.MustCompile(`^line (\d+): `)

// json adds what is wrong with words or a look.
func (c *checker) json(name string, err error) {
	if err == nil {
		return
	}
	c.unreadable = true
	line, what := 0, err.Error()
	if m := lineOf.FindStringSubmatch(what); m != nil {
		line, _ = strconv.Atoi(m[1])
		what = strings.TrimPrefix(what, m[0])
	}
	c.add(name, line, "", "%s", what)
}
