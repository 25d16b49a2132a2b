package templates

import (
	"cmp"
	"html/template"
	"strconv"
	"strings"
)

// A view is what the files in email/ see: the letter with everything said in words,
// coloured and directed. Both parts are set from the same view, so that they hold the
// same stories and links in the same order (F9).
type view struct {
	Letter
	block
	Words             *Words
	Date, Number, Why string
	NoteLines         []string // the editor's paragraphs
	Greeting          string   // of a new reader, "" in an issue
	MoreText          string   // "" when every story is here
	Lead              *item
	Sections          []viewSection
	Home              string
	LogoWidth         int
	AddressLines      []string
	Light, Dark       palette
}

// A block is a piece of a letter in one language.
type block struct {
	Lang       string
	Dir        string // "ltr", "rtl"
	Voice      string // class of its type: "l" for left to right, "r"
	Start, End string // sides: "left" and "right", or mirrored
}

// An item is a story as the files in email/ see it.
type item struct {
	Story
	block
	Foreign bool // in another language than the letter
	Summary template.HTML
	Link    string
	Kicker  string // its section, where no heading above says so
	Byline  string // "" when nothing is known
	Picture picture
	Also    []Link // with links that can be followed
	AlsoOn  string // what stands before them
	Again   string // "Updated", "" for a story that is new
	Last    bool   // before a heavier rule, so it needs none of its own
}

// A picture has the width at which a letter shows it; URL "" for none. Its height
// follows (H5).
type picture struct {
	URL   template.URL
	Alt   string
	Width int
}

type viewSection struct {
	Name  string
	Items []item
}

func (s *viewSection) end() { s.Items[len(s.Items)-1].Last = true }

const (
	measure    = 552 // pixels of text width: the sheet's 600 less its margins
	thumbnail  = 128
	tiny       = 48  // pixels; a smaller picture is an icon or a tracker (H3)
	maxPreview = 130 // runes of preheader (H4)
)

func (s *Set) view(l Letter) *view {
	if l.Language == "" {
		l.Language = "en"
	}
	w := s.words.of(l.Language)
	v := &view{Letter: l, Words: w, block: newBlock(l.Language)}
	v.Light, v.Dark = palettes(l.Paper.Accent)
	v.Date = w.day(l.Date)
	if from := w.day(l.From); !l.From.IsZero() && from != v.Date {
		v.Date = fill(w.Span, "from", from, "to", v.Date)
	}
	if l.Welcome {
		v.Greeting = fill(w.Welcome, "edition", l.Edition, "paper", l.Paper.Name)
		if l.Lead != nil {
			v.Greeting += " " + w.Latest
		}
	}
	v.Home = safe(l.Paper.URL)
	v.LogoWidth = cmp.Or(l.Paper.LogoWidth, 200)
	v.AddressLines = strings.FieldsFunc(l.Paper.Address, func(r rune) bool { return r == '\n' || r == '\r' })
	v.Why = fill(w.Why, "edition", l.Edition, "paper", l.Paper.Name)
	for _, link := range []*string{&v.Links.Web, &v.Links.Archive, &v.Links.Preferences, &v.Links.Unsubscribe, &v.Links.Help} {
		*link = safe(*link)
	}
	if l.Number > 0 {
		v.Number = fill(w.Number, "n", strconv.Itoa(l.Number))
	}
	if l.More > 0 && l.Links.Web != "" {
		v.MoreText = w.count(w.More, l.More)
	}
	if l.Lead != nil {
		lead := s.item(*l.Lead, v.block, "", measure)
		v.Lead = &lead
	}
	for paragraph := range strings.SplitSeq(strings.ReplaceAll(l.Note, "\r\n", "\n"), "\n\n") {
		if text := strings.Join(strings.Fields(paragraph), " "); text != "" {
			v.NoteLines = append(v.NoteLines, text)
		}
	}
	v.Sections = s.sections(l.Sections, v.block)
	v.Preheader = preview(l)
	return v
}

// sections leaves out the empty ones.
func (s *Set) sections(from []Section, around block) []viewSection {
	var all []viewSection
	for _, section := range from {
		if len(section.Stories) == 0 {
			continue
		}
		if n := len(all); n > 0 && section.Name != "" {
			all[n-1].end()
		}
		set := viewSection{Name: section.Name}
		for _, story := range section.Stories {
			set.Items = append(set.Items, s.item(story, around, section.Name, thumbnail))
		}
		all = append(all, set)
	}
	if n := len(all); n > 0 {
		all[n-1].end()
	}
	return all
}

// item sets one story into a letter under a section's name, with a picture up to
// width pixels wide.
func (s *Set) item(story Story, around block, section string, width int) item {
	it := item{Story: story, block: around, Link: safe(story.URL)}
	if story.Language != "" && !sameLanguage(story.Language, around.Lang) {
		it.block, it.Foreign = newBlock(story.Language), true
	}
	it.Summary = cleanSummary(it.Dir, story.Summary)
	if story.Section != section {
		it.Kicker = story.Section
	}
	w := s.words.of(it.Lang)
	it.AlsoOn = w.Also
	if story.Updated {
		it.Again = w.Updated
	}
	it.Also = nil
	for _, a := range story.Also {
		if link := safe(a.URL); link != "" && a.Title != "" {
			it.Also = append(it.Also, Link{Title: a.Title, URL: link})
		}
	}
	var known []string
	if story.Author != "" {
		known = append(known, fill(w.By, "author", story.Author))
	}
	if story.Minutes > 0 {
		known = append(known, w.count(w.Minutes, story.Minutes))
	}
	it.Byline = strings.Join(known, " · ")
	if it.Link != "" {
		it.Picture = newPicture(story.Image, story.Title, width)
	}
	return it
}

func newBlock(lang string) block {
	if Direction(lang) == "rtl" {
		return block{Lang: lang, Dir: "rtl", Voice: "r", Start: "right", End: "left"}
	}
	return block{Lang: lang, Dir: "ltr", Voice: "l", Start: "left", End: "right"}
}

// newPicture fits an image into width pixels, never larger than its file and never
// much taller than wide. A picture is also the story's link, so it always has words.
func newPicture(image Image, title string, width int) picture {
	known := image.Width > 0 && image.Height > 0
	if safe(image.URL) == "" || known && min(image.Width, image.Height) < tiny {
		return picture{}
	}
	p := picture{URL: template.URL(safe(image.URL)), Alt: image.Alt, Width: width}
	if p.Alt == "" {
		p.Alt = title
	}
	if known {
		p.Width = min(width, image.Width)
		if tallest := width * 5 / 4; p.Width*image.Height > tallest*image.Width {
			p.Width = max(1, tallest*image.Width/image.Height)
		}
	}
	return p
}

// safe lets a web or mail address, or a placeholder without a scheme, through
// unchanged; anything else could run code in a reader's mail program, and gives "".
func safe(address string) string {
	scheme, _, found := strings.Cut(address, ":")
	switch {
	case !found, strings.EqualFold(scheme, "https"), strings.EqualFold(scheme, "http"), strings.EqualFold(scheme, "mailto"):
		return address
	}
	return ""
}

// preview is the hidden first line that inboxes show behind the subject: the desk's,
// else the lead's own words; whole words up to maxPreview (H4).
func preview(l Letter) string {
	text := l.Preheader
	if text == "" && l.Lead != nil {
		if text = l.Lead.Text; text == "" {
			text = l.Lead.Title
		}
	}
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= maxPreview {
		return string(runes)
	}
	short := string(runes[:maxPreview-1])
	if i := strings.LastIndexByte(short, ' '); i > 0 {
		short = short[:i]
	}
	return strings.TrimRight(short, " ,;:،؛.") + "…"
}
