package templates

import (
	"cmp"
	"html/template"
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
	Hijri             string   // the date of the other calendar, "" where it is not wanted
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
	Foreign bool   // in another language than the letter
	Count   string // its place in the letter, from 1
	Time    string // to read it, "" when it is not known
	Summary template.HTML
	Link    string
	Kicker  string // its section, where no heading above says so
	Byline  string // "" when nothing is known
	Picture picture
	Also    []Link // with links that can be followed
	AlsoOn  string // what stands before them
	Again   string // "Updated", "" for a story that is new
	First   bool   // the lead
	Last    bool   // before a heavier rule, so it needs none of its own
}

// A picture has the size at which a letter shows it, URL "" for none. Height is 0 where
// it is not known; it follows the width on a narrower screen (H5).
type picture struct {
	URL           template.URL
	Alt           string
	Width, Height int
}

type viewSection struct {
	Name  string
	Items []item
}

func (s *viewSection) end() { s.Items[len(s.Items)-1].Last = true }

const (
	sheetWidth = 600 // pixels (H1)
	tiny       = 48  // pixels; a smaller picture is an icon or a tracker (H3)
	maxPreview = 130 // runes of preheader (H4)
	smallSlot  = 128 // pixels; up to here a picture's small copy serves (H5)
)

// view says a letter in words, for a theme of that look.
func (s *Set) view(l Letter, k look) *view {
	if l.Language == "" {
		l.Language = "en"
	}
	w := s.words.of(l.Language).in(l.Digits)
	v := &view{Letter: l, Words: w, block: newBlock(l.Language)}
	v.Light, v.Dark = accented(k.light, k.dark, l.Paper.Accent)
	v.dates(w)
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
	for _, link := range []*string{&v.Links.Web, &v.Links.Archive, &v.Links.Preferences, &v.Links.Unsubscribe, &v.Links.Help, &v.Links.Canary} {
		*link = safe(*link)
	}
	if l.Number > 0 {
		v.Number = fill(w.Number, "n", w.number(l.Number))
	}
	if l.More > 0 && l.Links.Web != "" {
		v.MoreText = w.count(w.More, l.More)
	}
	set := setter{s: s, letter: &v.Letter, around: v.block}
	if l.Lead != nil {
		lead := set.item(*l.Lead, "", k.lead)
		lead.First = true
		v.Lead = &lead
	}
	for paragraph := range strings.SplitSeq(strings.ReplaceAll(l.Note, "\r\n", "\n"), "\n\n") {
		if text := strings.Join(strings.Fields(paragraph), " "); text != "" {
			v.NoteLines = append(v.NoteLines, text)
		}
	}
	v.Sections = set.sections(l.Sections, k.story)
	v.Preheader = preview(l)
	return v
}

// dates says which day the letter is of, or which days.
func (v *view) dates(w *Words) {
	from := v.Letter.From
	if from.IsZero() {
		from = v.Letter.Date
	}
	v.Date = w.span(w.day(from), w.day(v.Letter.Date))
	if v.Letter.Hijri {
		v.Hijri = w.span(w.hijriDay(from, v.HijriShift), w.hijriDay(v.Letter.Date, v.HijriShift))
	}
}

// A setter sets the stories of one letter, and counts them.
type setter struct {
	s      *Set
	letter *Letter
	around block // the letter's own
	count  int
}

// sections leaves out the empty ones.
func (set *setter) sections(from []Section, pictures int) []viewSection {
	var all []viewSection
	for _, section := range from {
		if len(section.Stories) == 0 {
			continue
		}
		if n := len(all); n > 0 && section.Name != "" {
			all[n-1].end()
		}
		one := viewSection{Name: section.Name}
		for _, story := range section.Stories {
			one.Items = append(one.Items, set.item(story, section.Name, pictures))
		}
		all = append(all, one)
	}
	if n := len(all); n > 0 {
		all[n-1].end()
	}
	return all
}

// item sets one story into a letter under a section's name, with a picture up to
// width pixels wide; 0 for none.
func (set *setter) item(story Story, section string, width int) item {
	utm := set.letter.UTM
	it := item{Story: story, block: set.around, Link: cmp.Or(safe(story.Through), utm.Mark(safe(story.URL)))}
	if story.Language != "" && !sameLanguage(story.Language, it.Lang) {
		it.block, it.Foreign = newBlock(story.Language), true
	}
	it.Summary = cleanSummary(it.Dir, story.Summary)
	if story.Section != section {
		it.Kicker = story.Section
	}
	w := set.s.words.of(it.Lang).in(set.letter.Digits)
	set.count++
	it.Count = w.number(set.count)
	it.AlsoOn = w.Also
	if story.Updated {
		it.Again = w.Updated
	}
	it.Also = nil
	for _, a := range story.Also {
		if link := safe(a.URL); link != "" && a.Title != "" {
			it.Also = append(it.Also, Link{Title: a.Title, URL: utm.Mark(link)})
		}
	}
	var known []string
	if story.Author != "" {
		known = append(known, fill(w.By, "author", story.Author))
	}
	if story.Minutes > 0 {
		it.Time = w.count(w.Minutes, story.Minutes)
		known = append(known, it.Time)
	}
	it.Byline = strings.Join(known, " · ")
	if it.Link != "" && width > 0 {
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
	if width <= smallSlot && safe(image.Small) != "" {
		p.URL = template.URL(safe(image.Small))
	}
	if p.Alt == "" {
		p.Alt = title
	}
	if known {
		p.Width = min(width, image.Width)
		if tallest := width * 5 / 4; p.Width*image.Height > tallest*image.Width {
			p.Width = max(1, tallest*image.Width/image.Height)
		}
		p.Height = max(1, p.Width*image.Height/image.Width)
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
