package config

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// An Error holds everything that is wrong with the settings, each as a sentence that
// says where and what to write instead.
type Error struct{ Problems []string }

func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return e.Problems[0]
	}
	return fmt.Sprintf("%d problems in the settings:\n  %s", len(e.Problems), strings.Join(e.Problems, "\n  "))
}

type problem struct {
	line int // 0: not on a line of the file
	text string
}

// report notes what is wrong with the setting at path; a second problem of the same
// setting only repeats the first.
func (l *loader) report(path, format string, args ...any) {
	if l.bad[path] {
		return
	}
	l.bad[path] = true
	line := l.lines[path]
	for at := path; line == 0 && strings.Contains(at, "."); {
		at = at[:strings.LastIndex(at, ".")]
		line = l.lines[at]
	}
	text := spoken(path) + " " + fmt.Sprintf(format, args...)
	switch name := l.origin[path]; {
	case name != "":
		line, text = 0, name+": "+text
	case line > 0:
		text = fmt.Sprintf("%s:%d: %s", l.c.File, line, text)
	default:
		text = l.c.File + ": " + text
	}
	l.problems = append(l.problems, problem{line, text})
}

// reportf notes a problem that is not on a line of the file.
func (l *loader) reportf(format string, args ...any) {
	l.problems = append(l.problems, problem{0, fmt.Sprintf(format, args...)})
}

// err returns the problems: those in the file from top to bottom, then the others.
func (l *loader) err() error {
	if len(l.problems) == 0 {
		return nil
	}
	last := func(p problem) int { return cmp.Or(p.line, math.MaxInt) }
	slices.SortStableFunc(l.problems, func(a, b problem) int { return cmp.Compare(last(a), last(b)) })
	e := &Error{}
	for _, p := range l.problems {
		e.Problems = append(e.Problems, p.text)
	}
	return e
}
