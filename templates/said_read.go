package templates

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// saidWords is the file of words for values; the others in its folder have sentences.
const saidWords = "values.json"

// readSaid reads what the lower rooms say, in the languages of the desk that have it:
// desk/words/TAG/said/*.json, one file for each room. A key is an English sentence with holes
// as the code has them, "older than %s"; the sentence for it names them {1}, {2}.
func readSaid(files fs.FS, c catalogue) (map[string]*interpreter, error) {
	lexicons, err := readDeskWords(files)
	if err != nil {
		return nil, err
	}
	all := map[string]*interpreter{}
	for _, lex := range lexicons {
		names, err := fs.Glob(files, "desk/words/"+lex.tag+"/said/*.json")
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			continue
		}
		in := &interpreter{whole: map[string]*saying{}, begins: map[byte][]*saying{}, tongue: &tongue{lexicon: lex, dates: c.of(lex.tag)}}
		for _, name := range names {
			if err := in.read(files, name); err != nil {
				return nil, fmt.Errorf("the words in %s cannot be used: %w", name, err)
			}
		}
		if err := in.settle(); err != nil {
			return nil, fmt.Errorf("the words in desk/words/%s/said cannot be used: %w", lex.tag, err)
		}
		all[lex.tag] = in
	}
	return all, nil
}

func (in *interpreter) read(files fs.FS, name string) error {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	part := map[string]string{}
	if err := json.Unmarshal(data, &part); err != nil {
		return err
	}
	for key, sentence := range part {
		if path.Base(name) == saidWords {
			in.tongue.words[key] = sentence
			continue
		}
		s, err := newSaying(key, sentence)
		if err != nil {
			return err
		}
		if err := in.add(s); err != nil {
			return err
		}
	}
	return nil
}

func (in *interpreter) add(s *saying) error {
	twice := func(other *saying) bool { return other.key == s.key }
	switch first := s.parts[0]; {
	case len(s.verbs) == 0 && in.whole[s.key] == nil:
		in.whole[s.key] = s
		return nil
	case len(s.verbs) == 0:
	case first == "" && s.verbs[0] == 'q' && !slices.ContainsFunc(in.begins['"'], twice):
		in.begins['"'] = append(in.begins['"'], s)
		return nil
	case first == "" && s.verbs[0] != 'q' && !slices.ContainsFunc(in.open, twice):
		in.open = append(in.open, s)
		return nil
	case first != "" && !slices.ContainsFunc(in.begins[first[0]], twice):
		in.begins[first[0]] = append(in.begins[first[0]], s)
		return nil
	}
	return fmt.Errorf("%q stands in another file too", s.key)
}

// settle brings the sentences into the order in which they are tried, and checks that there
// are words for the kinds of value they ask for.
func (in *interpreter) settle() error {
	order := func(a, b *saying) int {
		if a.before(b) {
			return -1
		}
		return 1
	}
	slices.SortFunc(in.open, order)
	all := slices.Clone(in.open)
	for _, some := range in.begins {
		slices.SortFunc(some, order)
		all = append(all, some...)
	}
	kinds := map[string]bool{asIs: true, asSaid: true, asList: true, asNames: true, asMoment: true, asAt: true, asWeekdays: true}
	for word := range in.tongue.words {
		if i := strings.LastIndexByte(word, '.'); i > 0 {
			kinds[word[:i]] = true
		}
	}
	for _, s := range all {
		for _, part := range s.answer {
			if part.hole > 0 && !kinds[part.kind] {
				return fmt.Errorf("%q asks for a value of kind %q, for which there are no words", s.key, part.kind)
			}
		}
	}
	return nil
}
