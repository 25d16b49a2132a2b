package config

import (
	"fmt"
	"strings"
)

// linesOf maps the path of each section and key of a valid TOML text to its line. The
// decoder knows these lines but does not tell them. A key inside an inline table is not
// found; its table is.
func linesOf(text string) map[string]int {
	lines, seen := map[string]int{}, map[string]int{}
	section, open := "", "" // open: the quotes of a text that goes on over several lines
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case open != "":
			_, after, closed := strings.Cut(line, open)
			if closed {
				open = unclosed(after)
			}
			continue
		case strings.HasPrefix(line, "[["):
			name := bare(line[2:])
			section = fmt.Sprintf("%s[%d]", name, seen[name])
			seen[name]++
			note(lines, name, i)
			note(lines, section, i)
		case strings.HasPrefix(line, "["):
			section = bare(line[1:])
			note(lines, section, i)
		default:
			if key, _, ok := strings.Cut(line, "="); ok {
				path := strings.TrimPrefix(section+"."+bare(key), ".")
				note(lines, path, i)
				if at := strings.LastIndex(path, "."); at > 0 {
					note(lines, path[:at], i) // paper.name = … also begins paper
				}
			}
		}
		open = unclosed(line)
	}
	return lines
}

func note(lines map[string]int, path string, index int) {
	if lines[path] == 0 {
		lines[path] = index + 1
	}
}

// bare takes the blanks and quotes off a key or the name of a section.
func bare(name string) string {
	name, _, _ = strings.Cut(name, "]")
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\"'", r) {
			return -1
		}
		return r
	}, name)
}

// unclosed returns the triple quotes that line opens and does not close, or "".
func unclosed(line string) string {
	for line != "" {
		switch quote := line[:1]; {
		case quote == "#":
			return ""
		case quote != `"` && quote != "'":
			line = line[1:]
		case strings.HasPrefix(line, strings.Repeat(quote, 3)):
			open := strings.Repeat(quote, 3)
			_, after, closed := strings.Cut(line[3:], open)
			if !closed {
				return open
			}
			line = strings.TrimLeft(after, quote)
		default:
			line = afterText(line[1:], quote)
		}
	}
	return ""
}

// afterText returns what follows a text on one line that began with quote.
func afterText(line, quote string) string {
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && quote == `"`:
			i++
		case line[i] == quote[0]:
			return line[i+1:]
		}
	}
	return ""
}
