package config

import (
	"bytes"
	"fmt"
	"net/netip"
	"reflect"
	"strings"

	"github.com/BurntSushi/toml"
)

// Sample returns a settings file that documents every setting. What differs in c from
// the default is set in it; all else stands as a comment, ready to be uncommented.
// Secrets are written out.
func Sample(c *Config) []byte {
	var b bytes.Buffer
	comment(&b, "Pressrun's settings. A setting behind # is not set: it shows the default, or an example where it says so. Every setting can also come from the environment, in place of what is here: sender.from from "+variable("sender.from")+", relay.url from "+variable("relay[0].url")+" or from a file that "+variable("relay[0].url")+"_FILE names.")
	for _, s := range sectionsOf(withOneOfEach(*c)) {
		writeSection(&b, s)
	}
	return b.Bytes()
}

func writeSection(b *bytes.Buffer, s section) {
	b.WriteByte('\n')
	if s.name != "" {
		comment(b, s.doc)
		fmt.Fprintln(b, heading(s))
	}
	for i, f := range s.fields {
		if i > 0 {
			b.WriteByte('\n')
		}
		comment(b, f.tag.Get("doc"))
		switch example := f.tag.Get("example"); {
		case !f.isDefault():
			fmt.Fprintf(b, "%s\n", assignment(f, f.value))
		case example != "":
			value := reflect.New(f.value.Type()).Elem()
			if err := parse(value, example); err != nil {
				panic(fmt.Sprintf("example of %s: %v", f.path, err)) // a test writes them all
			}
			fmt.Fprintf(b, "#%s  # example\n", assignment(f, value))
		default:
			fmt.Fprintf(b, "#%s\n", assignment(f, f.value))
		}
	}
}

// heading returns the line that begins a section. That of a relay without a URL, or
// of a key without a selector, is a comment: such a section would be an error.
func heading(s section) string {
	if name := spoken(s.name); name != s.name {
		if s.fields[0].isDefault() {
			return "#[[" + name + "]]"
		}
		return "[[" + name + "]]"
	}
	return "[" + s.name + "]"
}

// assignment returns the TOML line that sets f to v.
func assignment(f field, v reflect.Value) string {
	var value any = format(v)
	switch x := v.Interface().(type) {
	case bool, int:
		value = x
	case []netip.Prefix:
		texts := make([]string, len(x))
		for i, p := range x {
			texts[i] = formatPrefix(p)
		}
		value = texts
	}
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(map[string]any{f.key(): value}); err != nil {
		panic(fmt.Sprintf("write %s: %v", f.path, err)) // none of these types can fail
	}
	return strings.TrimSpace(b.String())
}

// comment writes text as comment lines of at most 88 characters.
func comment(b *bytes.Buffer, text string) {
	line := "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 88 {
			fmt.Fprintln(b, line)
			line = "#"
		}
		line += " " + word
	}
	fmt.Fprintln(b, line)
}
