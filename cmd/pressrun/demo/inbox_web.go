package demo

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pageLength is how many mails stand on one page of the list.
const pageLength = 25

// sourceLimit is how much of a mail's body the source view shows.
const sourceLimit = 256 << 10

// The inbox's own pages need nothing from elsewhere. A mail is shown in a frame with
// nothing but its pictures and its styles: no scripts, no forms, no way to the page around.
const (
	pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	mailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src http: https:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)

// Handler serves the inbox's pages, from the root of their host.
func (in *Inbox) Handler() http.Handler {
	pages := &inboxPages{inbox: in}
	pages.templates = template.Must(template.New("").Funcs(template.FuncMap{
		"number": group, "size": sizeText, "clock": func(t time.Time) string { return t.Format("15:04:05") },
		"language": languageName, "page": pages.listURL, "linked": linked,
		"less": func(a, b int) int { return a - b },
	}).ParseFS(files, "files/inbox/*.html"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", pages.list)
	mux.HandleFunc("GET /mail/{number}", pages.mail)
	mux.HandleFunc("GET /mail/{number}/html", pages.html)
	mux.HandleFunc("GET /mail/{number}/raw", pages.raw)
	mux.HandleFunc("GET /inbox.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "files/inbox/inbox.css")
	})
	mux.HandleFunc("GET /icon.svg", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "files/inbox/icon.svg")
	})
	return mux
}

type inboxPages struct {
	inbox     *Inbox
	templates *template.Template
}

// A summary is what the banner says.
type summary struct {
	Count, Duplicates, Kept, Keep int
	Bytes                         int64
	First, Last                   time.Time
	Languages                     []languageCount
	Links                         []Link
}

type languageCount struct {
	Tag   string
	Count int
}

// state returns the summary and the kept letters as they are now.
func (in *Inbox) state() (summary, []*letter) {
	in.mu.Lock()
	defer in.mu.Unlock()
	s := summary{
		Count: in.count, Duplicates: in.duplicates, Kept: len(in.kept), Keep: in.keep,
		Bytes: in.bytes, First: in.first, Last: in.last, Links: in.links,
	}
	for _, tag := range slices.Sorted(maps.Keys(in.languages)) {
		s.Languages = append(s.Languages, languageCount{tag, in.languages[tag]})
	}
	slices.SortStableFunc(s.Languages, func(a, b languageCount) int { return b.Count - a.Count })
	return s, slices.Clone(in.kept)
}

// list shows the kept mails that match the search, newest last as they came.
func (p *inboxPages) list(w http.ResponseWriter, r *http.Request) {
	sum, letters := p.inbox.state()
	query, lang := strings.TrimSpace(r.FormValue("q")), r.FormValue("lang")
	found := slices.DeleteFunc(letters, func(l *letter) bool {
		text := strings.ToLower(l.From + "\n" + l.To + "\n" + l.Subject)
		return lang != "" && l.Language != lang || !strings.Contains(text, strings.ToLower(query))
	})
	pages := max(1, (len(found)+pageLength-1)/pageLength)
	page, _ := strconv.Atoi(r.FormValue("page"))
	page = min(max(page, 1), pages)
	p.show(w, "list.html", map[string]any{
		"Summary": sum, "Query": query, "Language": lang, "Found": len(found),
		"Letters": found[(page-1)*pageLength : min(page*pageLength, len(found))],
		"Page":    page, "Pages": pages,
	})
}

// listURL is the address of a page of the list under the same search.
func (p *inboxPages) listURL(query, lang string, page int) string {
	values := url.Values{}
	for name, value := range map[string]string{"q": query, "lang": lang} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if page > 1 {
		values.Set("page", strconv.Itoa(page))
	}
	if len(values) == 0 {
		return "/"
	}
	return "/?" + values.Encode()
}

// A tab is one way to look at a mail.
type tab struct {
	Name, Label string
	Current     bool
}

func tabs(current string) ([]tab, bool) {
	all := []tab{
		{Name: "desktop", Label: "Desktop"}, {Name: "phone", Label: "Phone"}, {Name: "dark", Label: "Dark"},
		{Name: "text", Label: "Text part"}, {Name: "source", Label: "Source"}, {Name: "checks", Label: "Checks"},
	}
	i := slices.IndexFunc(all, func(t tab) bool { return t.Name == current })
	if i >= 0 {
		all[i].Current = true
	}
	return all, i >= 0
}

func (p *inboxPages) mail(w http.ResponseWriter, r *http.Request) {
	m, ok := p.open(w, r)
	if !ok {
		return
	}
	view := r.FormValue("view")
	if view == "" {
		view = "desktop"
	}
	tabs, ok := tabs(view)
	if !ok {
		http.Error(w, "There is no such view of a mail.", http.StatusNotFound)
		return
	}
	data := map[string]any{
		"Mail": m, "Tabs": tabs, "View": view, "Leave": leaveURL(m), "Reader": strings.Join(m.Envelope.Recipients, ", "),
	}
	for _, peer := range m.Peers {
		if peer.Number < m.Number {
			data["Previous"] = peer.Number
		} else if data["Next"] == nil {
			data["Next"] = peer.Number
		}
	}
	switch view {
	case "text":
		data["Text"] = m.part("text/plain")
	case "source":
		data["Cut"] = len(m.Body) > sourceLimit
		data["Source"] = string(m.Body[:min(len(m.Body), sourceLimit)])
	case "checks":
		found := inspect(m)
		counts := map[verdict]int{}
		for _, f := range found {
			counts[f.Verdict]++
		}
		data["Checks"], data["Passed"], data["Failed"], data["Skipped"] = found, counts[passed], counts[failed], counts[notApplicable]
	default:
		data["HTML"] = m.part("text/html")
	}
	p.show(w, "mail.html", data)
}

// html serves the mail itself, for the frame.
func (p *inboxPages) html(w http.ResponseWriter, r *http.Request) {
	m, ok := p.open(w, r)
	if !ok {
		return
	}
	page := m.part("text/html")
	if page == nil {
		http.Error(w, "This mail has no HTML part.", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", mailPolicy)
	guard(h)
	io.WriteString(w, inScheme(page.Text, r.FormValue("scheme") == "dark"))
}

// raw hands out the mail's file.
func (p *inboxPages) raw(w http.ResponseWriter, r *http.Request) {
	m, ok := p.open(w, r)
	if !ok {
		return
	}
	guard(w.Header())
	w.Header().Set("Content-Type", "message/rfc822")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="mail-%d.eml"`, m.Number))
	w.Write(m.Raw)
}

// open reads the mail that the address of the page names, with its peers.
func (p *inboxPages) open(w http.ResponseWriter, r *http.Request) (*message, bool) {
	number, _ := strconv.Atoi(r.PathValue("number"))
	_, letters := p.inbox.state()
	i := slices.IndexFunc(letters, func(l *letter) bool { return l.Number == number })
	if i < 0 {
		http.Error(w, "There is no such mail here. The inbox keeps the first ones in each language.", http.StatusNotFound)
		return nil, false
	}
	m, err := openMail(letters[i])
	if err != nil {
		sentence := "This mail cannot be read."
		if os.IsNotExist(err) {
			sentence = "The file of this mail was removed."
		}
		http.Error(w, sentence, http.StatusInternalServerError)
		return nil, false
	}
	m.read = openMail
	m.Peers = slices.Delete(letters, i, i+1)
	return m, true
}

func (p *inboxPages) show(w http.ResponseWriter, name string, data any) {
	var out bytes.Buffer
	if err := p.templates.ExecuteTemplate(&out, name, data); err != nil {
		http.Error(w, "This page cannot be shown: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	guard(h)
	out.WriteTo(w)
}

func guard(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

// group writes a number with commas.
func group(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// sizeText writes a number of bytes as people say it.
func sizeText(n any) string {
	f, err := strconv.ParseFloat(fmt.Sprint(n), 64)
	if err != nil {
		return ""
	}
	unit := 0
	for units := 3; f >= 1000 && unit < units; unit++ {
		f /= 1000
	}
	if unit == 0 {
		return fmt.Sprintf("%.0f bytes", f)
	}
	return fmt.Sprintf("%.*f %s", map[bool]int{true: 0, false: 1}[f >= 100], f, []string{"", "kB", "MB", "GB"}[unit])
}

// languageName is what the pages call a language; one they do not know keeps its tag.
func languageName(tag string) string {
	names := map[string]string{"en": "English", "ar": "Arabic", "und": "no language", "other": "others"}
	if name := names[tag]; name != "" {
		return name
	}
	return tag
}

var anyLink = regexp.MustCompile(`https?://[^\s<>"]+`)

// linked makes the web addresses in a text into links.
func linked(text string) template.HTML {
	var out strings.Builder
	for {
		at := anyLink.FindStringIndex(text)
		if at == nil {
			break
		}
		href := template.HTMLEscapeString(text[at[0]:at[1]])
		out.WriteString(template.HTMLEscapeString(text[:at[0]]) + `<a href="` + href + `" target="_blank" rel="noreferrer">` + href + `</a>`)
		text = text[at[1]:]
	}
	return template.HTML(out.String() + template.HTMLEscapeString(text))
}
