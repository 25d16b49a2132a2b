package demo

import (
	"bufio"
	"embed"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"regexp"
	"strings"
	"time"
)

//go:embed files
var files embed.FS

// A story is one article of the paper, read from a text file in files/stories. There, a
// story is a block of "name: value" lines, an empty line, and its paragraphs; a line of
// "====" divides stories, and *stars* set words in italics.
type story struct {
	Slug, Title, By, Section string
	Tags                     []string
	Summary                  string
	Paragraphs               []string
	Scene, Palette, Alt      string

	// Age is how long before the start of the demo the story came out; below zero it is
	// dated ahead. Undated stories carry no date at all.
	Age     time.Duration
	Undated bool

	// Same names the story that this one is: the paper puts it into the feed a second time
	// under another GUID. With OwnLink it has a page of its own too; without, its link is
	// the first one's with tracking parameters.
	Same    string
	OwnLink bool

	Published time.Time // zero when Undated
}

// readStories reads every file of one language, in the order of their names.
func readStories(lang string, now time.Time) ([]*story, error) {
	names, err := fs.Glob(files, "files/stories/"+lang+"/*.txt")
	if err != nil {
		return nil, err
	}
	var all []*story
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for block := range strings.SplitSeq(string(data), "\n====\n") {
			s, err := parseStory(block)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if !s.Undated {
				s.Published = now.Add(-s.Age).Truncate(time.Minute)
			}
			all = append(all, s)
		}
	}
	return all, twin(all)
}

// parseStory reads one block.
func parseStory(block string) (*story, error) {
	s := &story{}
	lines := bufio.NewScanner(strings.NewReader(block))
	for lines.Scan() && lines.Text() != "" {
		name, value, ok := strings.Cut(lines.Text(), ": ")
		if !ok {
			return nil, fmt.Errorf("story %q: no \"name: value\" in %q", s.Slug, lines.Text())
		}
		if err := s.set(name, value); err != nil {
			return nil, fmt.Errorf("story %q: %w", s.Slug, err)
		}
	}
	for lines.Scan() {
		if text := strings.TrimSpace(lines.Text()); text != "" {
			s.Paragraphs = append(s.Paragraphs, text)
		}
	}
	return s, lines.Err()
}

func (s *story) set(name, value string) (err error) {
	switch name {
	case "slug":
		s.Slug = value
	case "title":
		s.Title = value
	case "by":
		s.By = value
	case "section":
		s.Section = value
	case "tags":
		s.Tags = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == '،' })
		for i, tag := range s.Tags {
			s.Tags[i] = strings.TrimSpace(tag)
		}
	case "summary":
		s.Summary = value
	case "scene":
		s.Scene = value
	case "palette":
		s.Palette = value
	case "alt":
		s.Alt = value
	case "same":
		s.Same = value
	case "link":
		s.OwnLink = value == "own"
	case "age":
		if s.Undated = value == "none"; !s.Undated {
			s.Age, err = time.ParseDuration(value)
		}
	default:
		err = fmt.Errorf("no field is called %q", name)
	}
	return err
}

// twin fills the stories that are another one over again.
func twin(all []*story) error {
	bySlug := make(map[string]*story)
	for _, s := range all {
		bySlug[s.Slug] = s
	}
	for _, s := range all {
		if s.Same == "" {
			continue
		}
		first := bySlug[s.Same]
		if first == nil {
			return fmt.Errorf("story %q is the same as %q, which does not exist", s.Slug, s.Same)
		}
		own := *s
		*s = *first
		s.Slug, s.Same, s.OwnLink = own.Slug, own.Same, own.OwnLink
		s.Age, s.Published = own.Age, own.Published
	}
	return nil
}

// path is where the story's page is, from the root of the paper.
func (s *story) path(lang string) string {
	prefix := "/story/"
	if lang == arabic {
		prefix = "/ar/story/"
	}
	if s.Same != "" && !s.OwnLink {
		return prefix + s.Same
	}
	return prefix + s.Slug
}

// picture is the path of the story's picture; a story told twice has one picture.
func (s *story) picture() string {
	if s.Same != "" {
		return "/pictures/" + s.Same + ".jpg"
	}
	return "/pictures/" + s.Slug + ".jpg"
}

var starred = regexp.MustCompile(`\*([^*]+)\*`)

// body is the text of the story as HTML paragraphs.
func (s *story) body() template.HTML {
	var out strings.Builder
	for _, text := range s.Paragraphs {
		out.WriteString("<p>" + starred.ReplaceAllString(html.EscapeString(text), "<em>$1</em>") + "</p>\n")
	}
	return template.HTML(out.String())
}

// words counts the words of the text.
func (s *story) words() int {
	n := 0
	for _, text := range s.Paragraphs {
		n += len(strings.Fields(text))
	}
	return n
}
