package config

import (
	"fmt"
	"reflect"
	"strings"
)

// A field is one setting of a Config.
type field struct {
	path  string // "sender.from"; in the second relay, "relay[1].url"
	value reflect.Value
	tag   reflect.StructTag
}

// A section is a field that holds fields.
type section struct {
	name   string // "", "sender", "relay[1]"
	doc    string
	fields []field
}

// sectionsOf lists the settings of c in the order of the file, those at the top first.
func sectionsOf(c *Config) []section {
	sections := []section{{}}
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		name, tag := v.Type().Field(i).Tag.Get("toml"), v.Type().Field(i).Tag
		switch f := v.Field(i); {
		case name == "-":
		case f.Kind() == reflect.Struct:
			sections = append(sections, sectionOf(name, tag, f))
		case f.Kind() == reflect.Slice:
			for j := range f.Len() {
				sections = append(sections, sectionOf(fmt.Sprintf("%s[%d]", name, j), tag, f.Index(j)))
			}
		default:
			sections[0].fields = append(sections[0].fields, field{name, f, tag})
		}
	}
	return sections
}

func sectionOf(name string, tag reflect.StructTag, v reflect.Value) section {
	s := section{name: name, doc: tag.Get("doc")}
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		s.fields = append(s.fields, field{name + "." + tag.Get("toml"), v.Field(i), tag})
	}
	return s
}

// listsOf returns the sections of c that may be there several times, by name.
func listsOf(c *Config) map[string]reflect.Value {
	lists := map[string]reflect.Value{}
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice {
			lists[v.Type().Field(i).Tag.Get("toml")] = f
		}
	}
	return lists
}

// lengthen adds to a list a section with all settings at their defaults.
func lengthen(list reflect.Value) {
	list.Set(reflect.Append(list, reflect.Zero(list.Type().Elem())))
	setDefaults(sectionOf("", "", list.Index(list.Len()-1)).fields)
}

// withOneOfEach returns c with one section at least in every list, for the names in it.
func withOneOfEach(c Config) *Config {
	for _, list := range listsOf(&c) {
		if list.Len() == 0 {
			lengthen(list)
		}
	}
	return &c
}

func fieldsOf(c *Config) []field {
	var all []field
	for _, s := range sectionsOf(c) {
		all = append(all, s.fields...)
	}
	return all
}

// setDefaults panics on a default tag that does not parse: a test loads them all.
func setDefaults(fields []field) {
	for _, f := range fields {
		if text := f.tag.Get("default"); text != "" {
			if err := parse(f.value, text); err != nil {
				panic(fmt.Sprintf("default of %s: %v", f.path, err))
			}
		}
	}
}

// key is the setting's name within its section.
func (f field) key() string { return f.path[strings.LastIndex(f.path, ".")+1:] }

func (f field) secret() bool { return f.tag.Get("secret") != "" }

// isDefault reports whether the setting is what it is when nothing is said.
func (f field) isDefault() bool {
	fresh := reflect.New(f.value.Type()).Elem()
	setDefaults([]field{{f.path, fresh, f.tag}})
	return reflect.DeepEqual(fresh.Interface(), f.value.Interface())
}

// spoken is the path as people write it: without the number of a section that repeats.
func spoken(path string) string {
	before, rest, numbered := strings.Cut(path, "[")
	if _, after, ok := strings.Cut(rest, "]"); numbered && ok {
		return before + after
	}
	return path
}

// variable is the name in the environment of the setting at path.
func variable(path string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(spoken(path), ".", "_"))
}
