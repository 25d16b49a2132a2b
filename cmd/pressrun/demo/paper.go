// Package demo is the sample paper that `pressrun demo` reads and the inbox that it
// mails to. It knows nothing of the rest of the program: what passes between them goes
// over HTTP and SMTP, as with any other paper and any other mail server.
package demo

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The paper's names and postal address, for the letters that it sends.
const (
	Name       = "The Harbour Courier"
	NameArabic = "بريد المرفأ"
	Motto      = "News from Merrowport and its ships"
	Address    = "The Harbour Courier\n4 Chandler Street\nMerrowport"
	Accent     = "#b5452c"
)

const (
	english = "en"
	arabic  = "ar"
)

// A Paper is a small newspaper in English and Arabic. Towns, people and events in it are
// invented.
type Paper struct {
	base     string
	now      time.Time
	editions []*edition
	gallery  gallery
	pages    *template.Template
	mux      *http.ServeMux
}

// An edition is the paper in one language.
type edition struct {
	Lang, Dir, Name, Motto string
	Home, Feed, FeedType   string
	Words                  words
	stories                []*story
}

// words are what the pages say around the stories.
type words struct{ By, Latest, Other, OtherHome, Undated, Feed, Fiction string }

// NewPaper returns the paper as it stands at now. The base URL is where its handler will
// be reached, without a slash at the end; links and pictures begin with it.
func NewPaper(baseURL string, now time.Time) *Paper {
	p := &Paper{base: strings.TrimSuffix(baseURL, "/"), now: now, mux: http.NewServeMux()}
	p.editions = []*edition{
		{
			Lang: english, Dir: "ltr", Name: Name, Motto: Motto,
			Home: "/", Feed: "/feed.xml", FeedType: "application/rss+xml",
			Words: words{"By", "Latest", "العربية", "/ar/", "Undated", "Feed",
				"A sample paper that comes with Pressrun. Its towns, people and events are invented."},
		},
		{
			Lang: arabic, Dir: "rtl", Name: NameArabic, Motto: "أخبار ميروبورت وكل ميناء تقصده سفنها",
			Home: "/ar/", Feed: "/ar/feed.xml", FeedType: "application/atom+xml",
			Words: words{"بقلم", "آخر الأخبار", "English", "/", "بلا تاريخ", "الخلاصة",
				"صحيفة نموذجية مرفقة مع Pressrun. مدنها وأشخاصها وأحداثها من نسج الخيال."},
		},
	}
	for _, e := range p.editions {
		e.stories = must(readStories(e.Lang, now))
	}
	p.pages = template.Must(template.New("").Funcs(template.FuncMap{"date": date}).ParseFS(files, "files/paper/*.html"))
	p.routes()
	return p
}

// must returns v; an error in a file that is part of the program is a fault of the program.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("demo: %v", err))
	}
	return v
}

// FeedURL is the address of the feed in a language, "en" (RSS 2.0) or "ar" (Atom).
func (p *Paper) FeedURL(lang string) string {
	if lang == arabic {
		return p.base + p.editions[1].Feed
	}
	return p.base + p.editions[0].Feed
}

// LogoURL is the address of the paper's emblem, a square PNG.
func (p *Paper) LogoURL() string { return p.base + "/logo.png" }

// ServeHTTP answers for the whole paper.
func (p *Paper) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

func (p *Paper) routes() {
	en, ar := p.editions[0], p.editions[1]
	p.serve("GET /feed.xml", en.FeedType, must(p.rss(en)))
	p.serve("GET /ar/feed.xml", ar.FeedType, must(p.atom(ar)))
	p.serve("GET /paper.css", "text/css", must(files.ReadFile("files/paper/paper.css")))
	p.serve("GET /logo.png", "image/png", must(drawLogo()))
	for _, e := range p.editions {
		p.serve("GET "+e.Home+"{$}", "text/html", must(p.front(e)))
		for _, s := range e.stories {
			if s.Same != "" && !s.OwnLink {
				continue
			}
			p.serve("GET "+s.path(e.Lang), "text/html", must(p.page(e, s)))
			if s.Same == "" {
				p.mux.HandleFunc("GET "+s.picture(), func(w http.ResponseWriter, r *http.Request) { p.sendPicture(w, r, s) })
			}
		}
	}
}

// serve registers content that does not change; ServeContent answers conditional requests.
func (p *Paper) serve(pattern, kind string, content []byte) {
	if strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "xml") {
		kind += "; charset=utf-8"
	}
	etag := fmt.Sprintf(`"%x-%d"`, p.now.Unix(), len(content))
	p.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("ETag", etag)
		http.ServeContent(w, r, "", p.now, bytes.NewReader(content))
	})
}

func (p *Paper) sendPicture(w http.ResponseWriter, r *http.Request, s *story) {
	data, err := p.gallery.picture(s)
	if err != nil {
		http.Error(w, "This picture cannot be drawn.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "max-age=3600")
	http.ServeContent(w, r, "", p.now, bytes.NewReader(data))
}

// A card is a story as a page shows it.
type card struct {
	Title, URL, Section, By, Summary, Picture, Alt string
	Published                                      time.Time
	Body                                           template.HTML
	Minutes                                        int
	Same                                           bool
}

func (p *Paper) card(e *edition, s *story) card {
	return card{
		Title: s.Title, URL: p.base + s.path(e.Lang), Section: s.Section, By: s.By,
		Summary: s.Summary, Picture: p.base + s.picture(), Alt: s.Alt, Published: s.Published,
		Body: s.body(), Minutes: max(1, s.words()/200), Same: s.Same != "",
	}
}

// front is the first page: the newest story, then the sections in their order.
func (p *Paper) front(e *edition) ([]byte, error) {
	type section struct {
		Name  string
		Cards []card
	}
	var lead card
	var cards []card
	var sections []section
	for _, s := range e.stories {
		c := p.card(e, s)
		if c.Same || c.Published.After(p.now) {
			continue
		}
		if lead.Published.Before(c.Published) {
			lead = c
		}
		cards = append(cards, c)
	}
	for _, c := range cards {
		if c.URL == lead.URL {
			continue
		}
		i := slices.IndexFunc(sections, func(s section) bool { return s.Name == c.Section })
		if i < 0 {
			i = len(sections)
			sections = append(sections, section{Name: c.Section})
		}
		sections[i].Cards = append(sections[i].Cards, c)
	}
	slices.SortStableFunc(sections, func(a, b section) int { return order(a.Name) - order(b.Name) })
	return p.render("front.html", map[string]any{"Edition": e, "Now": p.now, "Lead": lead, "Sections": sections})
}

// order is the place of a section on the first page.
func order(section string) int {
	places := []string{
		"World", "City", "Business", "Science", "Culture", "Sport", "Opinion",
		"العالم", "المدينة", "الاقتصاد", "العلوم", "الثقافة", "الرياضة", "الرأي",
	}
	if i := slices.Index(places, section); i >= 0 {
		return i
	}
	return len(places)
}

// page is the page of one story, with what readers' programs look for in it.
func (p *Paper) page(e *edition, s *story) ([]byte, error) {
	facts := map[string]any{
		"@context": "https://schema.org", "@type": "NewsArticle",
		"headline": s.Title, "description": s.Summary, "inLanguage": e.Lang,
		"articleSection": s.Section, "wordCount": s.words(),
		"image":     []string{p.base + s.picture()},
		"author":    map[string]string{"@type": "Person", "name": s.By},
		"publisher": map[string]string{"@type": "NewsMediaOrganization", "name": e.Name, "url": p.base + e.Home},
		"url":       p.base + s.path(e.Lang),
	}
	if !s.Undated {
		facts["datePublished"] = s.Published.Format(time.RFC3339)
	}
	return p.render("story.html", map[string]any{
		"Edition": e, "Now": p.now, "Story": p.card(e, s), "Facts": facts, "Base": p.base,
		"Width": PictureWidth, "Height": PictureHeight,
	})
}

func (p *Paper) render(name string, data any) ([]byte, error) {
	var out bytes.Buffer
	err := p.pages.ExecuteTemplate(&out, name, data)
	return out.Bytes(), err
}

// date writes a day in the language of the page.
func date(lang string, t time.Time) string {
	if lang != arabic {
		return t.Format("Monday, 2 January 2006")
	}
	days := []string{"الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت"}
	months := []string{"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"}
	return fmt.Sprintf("%s، %d %s %d", days[t.Weekday()], t.Day(), months[t.Month()-1], t.Year())
}
