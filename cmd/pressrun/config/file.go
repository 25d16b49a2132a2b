package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// file takes over what the TOML text sets. Only text that is no TOML is an error; all
// else is reported.
func (l *loader) file(text string) error {
	if len(text) > maxFile {
		return &Error{[]string{l.c.File + ": is larger than 1 MB, which no settings are; name another file with --config"}}
	}
	var tree map[string]any
	_, err := toml.Decode(text, &tree)
	if wrong, ok := errors.AsType[toml.ParseError](err); ok {
		return &Error{[]string{fmt.Sprintf("%s:%d: is no TOML: %s", l.c.File, wrong.Position.Line, wrong.Message)}}
	} else if err != nil {
		return &Error{[]string{fmt.Sprintf("%s: is no TOML: %v", l.c.File, err)}}
	}
	l.lines = linesOf(text)
	for name, list := range listsOf(l.c) {
		for range tables(tree[name]) {
			lengthen(list)
		}
	}
	for _, s := range sectionsOf(l.c) {
		l.section(s, tableOf(tree, s.name))
	}
	l.unknownSections(tree)
	return nil
}

// section takes over one table and reports the keys in it that are none of ours.
func (l *loader) section(s section, table map[string]any) {
	known := map[string]bool{}
	for _, f := range s.fields {
		known[f.key()] = true
		value, ok := table[f.key()]
		if !ok {
			continue
		}
		if err := parseTOML(f.value, value); err != nil {
			l.report(f.path, "%v", err)
		}
	}
	if s.name == "" {
		return // its unknown keys are among the sections
	}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if !known[key] {
			l.report(s.name+"."+key, "is no setting%s", didYouMean(spoken(s.name)+"."+key, names()))
		}
	}
}

func (l *loader) unknownSections(tree map[string]any) {
	known := map[string]bool{}
	for name, list := range listsOf(l.c) {
		known[name] = true
		if tree[name] != nil && list.Len() == 0 {
			l.report(name, "may be there several times; write [[%s]], with two brackets, on a line of its own and its settings below", name)
		}
	}
	for _, s := range sectionsOf(l.c)[1:] {
		known[s.name] = true
		if _, isTable := tree[s.name].(map[string]any); tree[s.name] != nil && !isTable {
			l.report(s.name, "is a section; write [%s] on a line of its own and its settings below", s.name)
		}
	}
	for _, f := range sectionsOf(l.c)[0].fields {
		known[f.path] = true
	}
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		if !known[key] {
			l.report(key, "is no setting%s", didYouMean(key, names()))
		}
	}
}

// tables returns an array of tables, in either way of writing one.
func tables(value any) []map[string]any {
	switch list := value.(type) {
	case []map[string]any:
		return list
	case []any:
		var all []map[string]any
		for _, item := range list {
			table, ok := item.(map[string]any)
			if !ok {
				return nil
			}
			all = append(all, table)
		}
		return all
	}
	return nil
}

func tableOf(tree map[string]any, section string) map[string]any {
	if section == "" {
		return tree
	}
	var n int
	name := spoken(section)
	if _, err := fmt.Sscanf(strings.TrimPrefix(section, name), "[%d]", &n); err == nil {
		return tables(tree[name])[n]
	}
	table, _ := tree[section].(map[string]any)
	return table
}
