package templates

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// A saying is one sentence of the lower rooms, as their code has it, with what it is in
// another language.
type saying struct {
	key     string
	parts   []string // the text around the holes
	verbs   []byte   // of the holes: 'd' a number, 'q' a text in quotation marks, 's' any text
	letters int      // in parts
	length  int      // of parts
	answer  []answerPart
}

// An answerPart is text, or stands for the value of a hole, counted from 1, or is a row of
// these that is written from left to right, such as a command.
type answerPart struct {
	text string
	hole int
	kind string
	row  []answerPart
}

var (
	// A hole of a key is a verb of package fmt, and of a sentence {2} or {2:kind}.
	keyHole    = regexp.MustCompile(`%[.0-9]*[doqsvwTU]`)
	answerHole = regexp.MustCompile(`\{([0-9]+)(?::([a-z.-]+))?\}`)
)

// newSaying takes a sentence apart. Each hole has to be used, or its value would be lost.
func newSaying(key, sentence string) (*saying, error) {
	s := &saying{key: key}
	from := 0
	for _, at := range keyHole.FindAllStringIndex(key, -1) {
		s.parts = append(s.parts, key[from:at[0]])
		verb := key[at[1]-1]
		if verb != 'd' && verb != 'q' {
			verb = 's'
		}
		s.verbs = append(s.verbs, verb)
		from = at[1]
	}
	s.parts = append(s.parts, key[from:])
	for i, part := range s.parts {
		s.length += len(part)
		if part == "" && i > 0 && i < len(s.parts)-1 {
			return nil, fmt.Errorf("two holes of %q touch, and nobody knows where one ends", key)
		}
		for _, r := range part {
			if unicode.IsLetter(r) {
				s.letters++
			}
		}
	}
	return s, s.answers(sentence)
}

// answers takes the other sentence apart. What stands in it between backticks is a row.
func (s *saying) answers(sentence string) error {
	used := make([]bool, len(s.verbs))
	for i, text := range strings.Split(sentence, "`") {
		parts, err := s.partsOf(text, used)
		switch {
		case err != nil:
			return err
		case i%2 == 1:
			s.answer = append(s.answer, answerPart{row: parts})
		default:
			s.answer = append(s.answer, parts...)
		}
	}
	for i, is := range used {
		if !is {
			return fmt.Errorf("%q lacks its hole {%d}", s.key, i+1)
		}
	}
	if len(s.answer) == 0 {
		return fmt.Errorf("%q says nothing", s.key)
	}
	return nil
}

func (s *saying) partsOf(text string, used []bool) (parts []answerPart, err error) {
	from := 0
	for _, at := range answerHole.FindAllStringSubmatchIndex(text, -1) {
		if at[0] > from {
			parts = append(parts, answerPart{text: text[from:at[0]]})
		}
		n, _ := strconv.Atoi(text[at[2]:at[3]])
		if n < 1 || n > len(used) {
			return nil, fmt.Errorf("%q has no hole %d", s.key, n)
		}
		used[n-1] = true
		part := answerPart{hole: n}
		if at[4] >= 0 {
			part.kind = text[at[4]:at[5]]
		}
		parts, from = append(parts, part), at[1]
	}
	if from < len(text) {
		parts = append(parts, answerPart{text: text[from:]})
	}
	return parts, nil
}

// before reports whether s is tried before other: what joins two sentences first, since else
// the first would take the second for its last value, then the one with more letters.
func (s *saying) before(other *saying) bool {
	if s.joins() != other.joins() {
		return s.joins()
	}
	return cmp.Or(cmp.Compare(other.letters, s.letters), cmp.Compare(other.length, s.length), strings.Compare(s.key, other.key)) < 0
}

// joins reports whether s is a sentence, and what comes behind it.
func (s *saying) joins() bool {
	return len(s.parts) > 1 && s.parts[0] == "" && strings.HasPrefix(s.parts[1], "; ")
}

// match returns what stands in the holes when text is this sentence. It looks at each byte
// once: a hole ends where the text after it first occurs, the last one at the end.
func (s *saying) match(text string) (values []string, fits bool) {
	text, fits = strings.CutPrefix(text, s.parts[0])
	if !fits {
		return nil, false
	}
	for i, verb := range s.verbs {
		after, last := s.parts[i+1], i == len(s.verbs)-1
		n := -1
		switch {
		case verb == 'd':
			n = lengthOfNumber(text)
		case verb == 'q':
			n = lengthOfQuoted(text)
		case last && strings.HasSuffix(text, after):
			n = len(text) - len(after)
		case !last:
			n = strings.Index(text, after)
		}
		if n < 0 || !strings.HasPrefix(text[n:], after) || last && len(text) != n+len(after) {
			return nil, false
		}
		held := text[:n]
		if verb == 'q' {
			held, _ = strconv.Unquote(held)
		}
		values, text = append(values, held), text[n+len(after):]
	}
	return values, true
}

// lengthOfNumber returns how long the number is that a text begins with, -1 for none.
func lengthOfNumber(text string) int {
	sign := 0
	if strings.HasPrefix(text, "-") {
		sign = 1
	}
	if n := lengthOfDigits(text[sign:]); n > 0 {
		return sign + n
	}
	return -1
}

func lengthOfDigits(text string) int {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n
}

// lengthOfQuoted returns how long the text in quotation marks is that a text begins with, -1 for
// none.
func lengthOfQuoted(text string) int {
	q, err := strconv.QuotedPrefix(text)
	if err != nil {
		return -1
	}
	return len(q)
}
