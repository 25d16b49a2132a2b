package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// TestWriteJudgedPages goes over the readers' site and the desk as a visitor, a reader and
// an editor do, in both languages, and writes every page it meets into pages/, with the
// files that pages are made of beside them.
func TestWriteJudgedPages(t *testing.T) {
	t.Parallel()
	if *judged == "" {
		t.Skip("no pages are asked for: -args -judged FOLDER")
	}
	h := judgedHouse(t)
	links := func(to, path string) string { return linkToPath(t, h, to, path) }
	h.run(0, "editions", "set", "daily", "--clicks")
	h.run(0, "send", "daily", "--yes")
	h.sql(`INSERT INTO click SELECT 1, article_id, 3 + (place * 37) % 90, place % 8, 4 FROM story WHERE issue_id = 1 AND place > 0`)
	h.sql(`INSERT INTO click VALUES (1, 0, 210, 9, 4)`)
	h.sql(`INSERT INTO click_age VALUES (1, 2, 120), (1, 5, 60)`)
	leave, preferences := links(reader(1), "/u/"), links(reader(1), "/p/")
	invited := map[string]string{}
	for _, who := range []string{"Mona Haddad", "Sara Nour"} {
		printed, _ := h.run(0, "editors", "add", who, strings.ToLower(strings.Fields(who)[0])+"@paper.example", "--role", "owner")
		invited[who] = printed[strings.Index(printed, "/desk/"):]
	}

	// A draft is mailed to the editors, since the next issue is due before long.
	h.paper.publish(6)
	soon := time.Now().UTC().Add(20 * time.Minute)
	h.run(0, "editions", "set", "daily", "--zone", "UTC", "--cron", fmt.Sprintf("%d %d * * *", soon.Minute(), soon.Hour()),
		"--approve", "60", "--editors", "mona@paper.example", "--offer", "City")
	h.run(0, "fetch")
	h.start("serve").says("listen=" + h.address())
	approve := links("mona@paper.example", "/desk/approve/")

	for _, lang := range []string{"en", "ar"} {
		v := newVisitor(t, h, lang)
		for _, at := range []string{"/", "/issues/daily", "/issues/daily/1", "/issues/daily/1/ar", "/help", "/nowhere", "/subscribe/embed", approve, preferences, preferences + "/erase"} {
			v.visit(at)
		}
		// Who signs up is asked once more where a program might have: by the time it took.
		v.visit("/subscribe")
		v.press("", "email", "no address")
		v.visit("/subscribe")
		v.press("", "email", "new-"+lang+"@readers.example")
		v.visit("/subscribe")
		time.Sleep(2100 * time.Millisecond)
		v.press("", "email", "newer-"+lang+"@readers.example")
		confirm := links("newer-"+lang+"@readers.example", "/c/")
		v.visit(confirm)
		v.press("confirm")
		v.visit("/c/forged")
		v.visit(preferences)
		v.press("export")
		v.visit(preferences)
		v.press("pause")
		v.press("resume")
		v.visit(leave)
		v.press("leave")
		v.press("undo")

		v.visit("/desk/login")
		v.press("", "email", "mona@paper.example", "password", "wrong")
	}
	editor := map[string]string{"en": invited["Mona Haddad"], "ar": invited["Sara Nour"]}
	for _, lang := range []string{"en", "ar"} {
		v := newVisitor(t, h, lang)
		v.visit(strings.TrimSpace(editor[lang]))
		v.press("", "password", "short", "repeat", "short")
		v.press("", "password", "nine berths are open", "repeat", "nine berths are open")
		v.visit("/desk/nowhere")
		v.crawl("/desk")
		v.visit("/desk/relays")
		v.press("do")
	}
}

// linkToPath waits for a mail to somebody with a link that has the path, and returns it from
// there on. Whether a draft is due is looked up every 15 seconds.
func linkToPath(t *testing.T, h *house, to, path string) string {
	t.Helper()
	link := regexp.MustCompile(`(?m)^https?://\S+(` + path + `\S+)$`)
	for deadline := time.Now().Add(3 * patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		for _, m := range h.relay.to(to) {
			text, _ := bothParts(t, m.data)
			if found := link.FindStringSubmatch(text); found != nil {
				return found[1]
			}
		}
	}
	t.Fatalf("no mail to %s has a link to %s", to, path)
	return ""
}

// judgedHouse is set up in English and Arabic, with a reader.
func judgedHouse(t *testing.T) *house {
	t.Helper()
	relay, err := openMailbox()
	ok(t, err)
	t.Cleanup(relay.down)
	h := bareHouse(t, t.TempDir())
	h.paper, h.relay = openPaper(), relay
	t.Cleanup(h.paper.Close)
	listen := freePort(t)
	h.env = append(h.env, "PRESSRUN_SENDER_FROM=The Live Post <news@paper.example>", "PRESSRUN_PAPER_ADDRESS=1 Quay Street, Harbour",
		"PRESSRUN_RELAY_URL=smtp://"+relay.address, "PRESSRUN_SITE_LISTEN="+listen,
		// The login has every way in: passkeys need a name, and the provider is asked nothing.
		"PRESSRUN_SITE_URL="+strings.Replace("http://"+listen, "127.0.0.1", "localhost", 1),
		"PRESSRUN_OIDC_ISSUER=http://127.0.0.1:1", "PRESSRUN_OIDC_CLIENT_ID=desk", "PRESSRUN_OIDC_NAME=Harbour Post")
	h.run(0, "init", h.paper.URL+"/live.rss", h.paper.URL+"/ar.rss", "--allow", "127.0.0.1", "--send-published", "--zone", "Asia/Riyadh", "--language", "en,ar")
	ok(t, os.WriteFile(filepath.Join(h.dir, "readers.csv"), []byte("email\n"+reader(1)+"\n"), 0o600))
	h.run(0, "subscribers", "import", "readers.csv", "--edition", "daily", "--evidence", "asked for it")
	return h
}

// A visitor goes from page to page in one language.
type visitor struct {
	*testing.T
	http.Client
	base, lang string
	at         *url.URL
	page       *goquery.Document
	seen       map[string]int // pages by name
}

func newVisitor(t *testing.T, h *house, lang string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	ok(t, err)
	v := &visitor{T: t, Client: http.Client{Jar: jar}, base: "http://" + h.address(), lang: lang, seen: map[string]int{}}
	v.at, err = url.Parse(v.base + "/desk")
	ok(t, err)
	jar.SetCookies(v.at, []*http.Cookie{{Name: "pressrun_desk_language", Value: lang, Path: "/desk"}})
	return v
}

// visit opens a page of the house.
func (v *visitor) visit(at string) {
	v.Helper()
	to, err := v.at.Parse(at)
	ok(v.T, err)
	q := to.Query()
	q.Set("lang", v.lang)
	to.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(v.Context(), http.MethodGet, to.String(), nil)
	ok(v.T, err)
	v.ask(req)
}

// press sends the page's form that has a button of that name, "" for a form with a field of
// the first of the pairs, which say what is filled in. A button that is not there is a page
// that looks otherwise than the test expects.
func (v *visitor) press(button string, pairs ...string) {
	v.Helper()
	find := `button[name="` + button + `"]`
	if button == "" {
		find = `input[name="` + pairs[0] + `"]`
	}
	field := v.page.Find(find).First()
	form := field.Closest("form")
	if form.Length() == 0 {
		v.Fatalf("%s has no %s", v.at, find)
	}
	filled := url.Values{}
	form.Find("input[name]").Each(func(_ int, in *goquery.Selection) {
		kind, _ := in.Attr("type")
		if _, checked := in.Attr("checked"); checked || kind != "checkbox" && kind != "radio" {
			filled.Add(in.AttrOr("name", ""), in.AttrOr("value", map[string]string{"checkbox": "on"}[kind]))
		}
	})
	form.Find("select[name]").Each(func(_ int, s *goquery.Selection) {
		filled.Add(s.AttrOr("name", ""), s.Find("option[selected], option").First().AttrOr("value", ""))
	})
	if button != "" {
		filled.Set(button, field.AttrOr("value", ""))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		filled.Set(pairs[i], pairs[i+1])
	}
	to, err := v.at.Parse(form.AttrOr("action", v.at.String()))
	ok(v.T, err)
	req, err := http.NewRequestWithContext(v.Context(), http.MethodPost, to.String(), strings.NewReader(filled.Encode()))
	ok(v.T, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", v.base)
	v.ask(req)
}

// crawl opens all that links lead to below a path, each page once.
func (v *visitor) crawl(root string) {
	v.Helper()
	known, next := map[string]bool{root: true}, []string{root}
	for ; len(next) > 0 && len(known) < 200; next = next[1:] {
		v.visit(next[0])
		if v.page == nil {
			continue
		}
		v.page.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
			to, err := v.at.Parse(a.AttrOr("href", ""))
			if err == nil && to.Host == v.at.Host && !known[to.Path] && strings.HasPrefix(to.Path, root) {
				known[to.Path] = true
				next = append(next, to.Path)
			}
		})
	}
	if len(known) < 5 {
		v.Errorf("below %s there are only %d pages", root, len(known))
	}
}

var (
	madeOf  = regexp.MustCompile(`(?:href|src)="(/[^"]*static/[^"]+)"`)
	secrets = regexp.MustCompile(`/([upca]|approve|invite)/[^/]+`)
	issues  = regexp.MustCompile(`^/issues/[^/]+/\d|^/desk/preview/`)
)

// ask takes a page and writes it down, with the files it is made of.
func (v *visitor) ask(req *http.Request) {
	v.Helper()
	req.Header.Set("Accept", "text/html")
	res, err := v.Do(req)
	ok(v.T, err)
	v.at, v.page = res.Request.URL, nil
	text := body(v.T, res)
	if !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return
	}
	if res.StatusCode >= 500 {
		v.Errorf("%s answers %d", v.at, res.StatusCode)
	}
	v.page, err = goquery.NewDocumentFromReader(strings.NewReader(text))
	ok(v.T, err)

	name := v.lang + strings.ReplaceAll(strings.TrimRight(secrets.ReplaceAllString(v.at.Path, "/$1"), "/"), "/", "-")
	if req.Method == http.MethodPost {
		name += "-pressed"
	}
	if v.seen[name]++; v.seen[name] > 1 {
		name += fmt.Sprintf("-%d", v.seen[name])
	}
	if issues.MatchString(v.at.Path) || strings.HasSuffix(v.at.Path, "/sample") { // a letter in the browser
		writeJudged(v.T, "issues/"+name+".html", []byte(text))
		return
	}
	writeJudged(v.T, "pages/"+name+".html", []byte(text))
	for _, m := range madeOf.FindAllStringSubmatch(text, -1) {
		v.file(m[1])
	}
}

var imports = regexp.MustCompile(`from "(\./[^"]+)"`)

// file writes down what a page is made of, and what that asks for.
func (v *visitor) file(at string) {
	v.Helper()
	if _, err := os.Stat(filepath.Join(*judged, "pages", filepath.FromSlash(at))); err == nil {
		return
	}
	res, err := v.Get(v.base + at)
	ok(v.T, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	ok(v.T, err)
	if res.StatusCode != http.StatusOK {
		v.Errorf("%s answers %d", at, res.StatusCode)
	}
	writeJudged(v.T, "pages"+at, data)
	for _, m := range imports.FindAllSubmatch(data, -1) {
		v.file(path.Join(path.Dir(at), string(m[1])))
	}
}
