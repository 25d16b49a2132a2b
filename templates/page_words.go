package templates

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// A lexicon is what the site says in one language, from site/words/TAG.json: a flat
// list of names and sentences. Braces in a sentence stand for values.
type lexicon struct {
	tag   string
	words map[string]string
}

// readLexicons reads all word files, English first. A sentence that another language
// lacks is said in English rather than not at all.
func readLexicons(files fs.FS) ([]lexicon, error) {
	names, err := fs.Glob(files, "site/words/*.json")
	if err != nil {
		return nil, err
	}
	var all []lexicon
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("cannot read the words in %s: %w", name, err)
		}
		lex := lexicon{tag: strings.TrimSuffix(path.Base(name), ".json")}
		if _, err := language.Parse(lex.tag); err != nil {
			return nil, fmt.Errorf("the words in %s cannot be used: the file's name is not a language tag such as en, ar or pt-BR", name)
		}
		if err := json.Unmarshal(data, &lex.words); err != nil {
			return nil, fmt.Errorf("the words in %s cannot be used: %w; site/words/en.json is a complete example", name, err)
		}
		all = append(all, lex)
	}
	english := slices.IndexFunc(all, func(l lexicon) bool { return l.tag == "en" })
	if english < 0 {
		return nil, fmt.Errorf("the words in site/words/en.json are missing; other languages fall back on them")
	}
	all[0], all[english] = all[english], all[0]
	slices.SortFunc(all[1:], func(a, b lexicon) int { return strings.Compare(a.tag, b.tag) })
	for _, lex := range all[1:] {
		for name, sentence := range all[0].words {
			if lex.words[name] == "" {
				lex.words[name] = sentence
			}
		}
	}
	return all, nil
}

// Sentence returns what the site says under that name, for answers without a page; ""
// if there is no such sentence.
func (p *Pages) Sentence(lang, name string) string {
	for _, lex := range p.lexicons {
		if lex.tag == lang {
			return lex.words[name]
		}
	}
	return ""
}

// plain returns the sentence of that name, with pairs of names and values filled in.
func (l lexicon) plain(name string, pairs ...string) (string, error) {
	sentence, err := l.sentence(name, pairs)
	if err != nil {
		return "", err
	}
	return fill(sentence, slices.Clone(pairs)...), nil
}

// say is plain for the body of a page: values are set apart from the direction of the
// sentence around them, so that an Arabic name stands right in an English one.
func (l lexicon) say(name string, pairs ...string) (template.HTML, error) {
	return l.sayWith(name, nil, pairs...)
}

// sayWith is say with more pairs, whose values are markup.
func (l lexicon) sayWith(name string, marked []string, pairs ...string) (template.HTML, error) {
	sentence, err := l.sentence(name, pairs)
	if err != nil {
		return "", err
	}
	pairs = slices.Clone(pairs)
	for i := 1; i < len(pairs); i += 2 {
		pairs[i] = "<bdi>" + template.HTMLEscapeString(pairs[i]) + "</bdi>"
	}
	return template.HTML(fill(template.HTMLEscapeString(sentence), append(pairs, marked...)...)), nil
}

func (l lexicon) sentence(name string, pairs []string) (string, error) {
	sentence, ok := l.words[name]
	if !ok {
		return "", fmt.Errorf("the words of language %s lack %q", l.tag, name)
	}
	if len(pairs)%2 != 0 {
		return "", fmt.Errorf("the sentence %q got a name without a value", name)
	}
	return sentence, nil
}
