package feed

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/pressrun/pressrun/digest"
)

func source() digest.Source {
	return digest.Source{ID: 1, URL: "https://paper.example/news/feed.xml", Section: "News"}
}

// mustParse returns the feed of doc and fails when it does not parse.
func mustParse(t *testing.T, doc string) Feed {
	t.Helper()
	found, err := Parse([]byte(doc), "application/xml", source(), now())
	if err != nil {
		t.Fatalf("Parse: %v\n%.300s", err, doc)
	}
	for _, a := range found.Articles {
		checkArticle(t, a)
	}
	return found
}

// one returns the only article of an RSS feed with an item of these elements.
func one(t *testing.T, elements string) digest.Article {
	t.Helper()
	found := mustParse(t, `<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/"
		xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
		<channel><title>Paper</title><link>https://paper.example/</link><item>`+elements+`</item></channel></rss>`)
	if len(found.Articles) != 1 {
		t.Fatalf("%d articles, %d dropped", len(found.Articles), found.Dropped)
	}
	return found.Articles[0]
}

func TestParseKinds(t *testing.T) {
	type brief struct{ Kind, Title, Home, Language, Article, URL, Published, Author string }
	tests := []struct {
		name, doc string
		want      brief
	}{
		{"RSS 0.91 with its document type", `<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
			<rss version="0.91"><channel><title>Paper</title><link>https://paper.example/</link><language>en-gb</language>
			<item><title>Rain</title><link>https://paper.example/rain</link></item></channel></rss>`,
			brief{KindRSS, "Paper", "https://paper.example/", "en-GB", "Rain", "https://paper.example/rain", "2026-11-23T07:00:00Z", ""}},
		{"RSS 1.0", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
			<channel rdf:about="x"><title>Paper</title><link>https://paper.example/</link><dc:language>ar</dc:language></channel>
			<item rdf:about="y"><title>Rain</title><link>https://paper.example/rain</link><dc:date>2026-11-22T10:00:00+03:00</dc:date><dc:creator>Mona Haddad</dc:creator></item></rdf:RDF>`,
			brief{KindRDF, "Paper", "https://paper.example/", "ar", "Rain", "https://paper.example/rain", "2026-11-22T07:00:00Z", "Mona Haddad"}},
		{"RSS 2.0", `<rss version="2.0"><channel><title>Paper</title><link>/</link><lastBuildDate>Mon, 23 Nov 2026 06:00:00 GMT</lastBuildDate>
			<item><title>Rain</title><link>/rain</link><pubDate>Sun, 22 Nov 2026 10:00:00 EST</pubDate><author>mona@paper.example (Mona Haddad)</author></item></channel></rss>`,
			brief{KindRSS, "Paper", "https://paper.example/", "", "Rain", "https://paper.example/rain", "2026-11-22T15:00:00Z", "Mona Haddad"}},
		{"Atom, relative to xml:base", `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" xml:base="https://cdn.example/a/feed.atom"><title>Paper</title><link href="/"/>
			<entry><title type="html">Rain &amp;amp; wind</title><link rel="alternate" href="rain"/><updated>2026-11-22T10:00:00Z</updated><author><name>Mona Haddad</name></author><author><name>Tom Reyes</name></author></entry></feed>`,
			brief{KindAtom, "Paper", "https://cdn.example/", "en", "Rain & wind", "https://cdn.example/a/rain", "2026-11-22T10:00:00Z", "Mona Haddad and Tom Reyes"}},
		{"JSON Feed 1.1", `{"version":"https://jsonfeed.org/version/1.1","title":"Paper","home_page_url":"https://paper.example","language":"ar",
			"items":[{"id":5,"url":"/rain","title":"مطر 1 < 2","date_published":"2026-11-22T10:00:00Z","authors":[{"name":"منى"},{"name":"توم"}]}]}`,
			brief{KindJSON, "Paper", "https://paper.example/", "ar", "مطر 1 < 2", "https://paper.example/rain", "2026-11-22T10:00:00Z", "منى وتوم"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustParse(t, tt.doc)
			if len(f.Articles) != 1 || f.Cut || f.Warning != "" {
				t.Fatalf("got %+v", f)
			}
			a := f.Articles[0]
			got := brief{f.Kind, f.Title, f.HomeURL, f.Language, a.Title, a.URL, a.Published.Format(time.RFC3339), a.Author}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParseHostile(t *testing.T) {
	tests := []struct{ name, title, summary, url string }{
		{"script in title", "Rain today", "", "https://paper.example/a"},
		{"encoded script", "Rain today", "", "https://paper.example/a"},
		{"script in summary", "Rain", "Wet", "https://paper.example/a"},
		{"style break-out", "Rain", "Wet", "https://paper.example/a"},
		{"mso comment", "Rain", "Wet roads", "https://paper.example/a"},
		{"premailer's trap", "Rain", "Wet · <em>roads</em>", "https://paper.example/a"},
		{"javascript link", "Rain", "Wet", "https://paper.example/a"},
		{"bidi override", "Rain gnp.exe today!", "Wet", "https://paper.example/a"},
		{"line separators", "Rain Bcc: x@example.org To: y", "", "https://paper.example/a"},
		{"unclosed elements", "Rain", "<em><strong><q>Wet</q></strong></em>", "https://paper.example/a"},
		{"formatting elements", "Rain", "<b><i>Wet</i></b>", "https://paper.example/a"},
		{"twice encoded", "Fish & chips ’til <late>", "Wet & cold", "https://paper.example/a"},
		{"null author", "Rain", "", "https://paper.example/a"},
		{"control references", "Rain today", "", "https://paper.example/a"},
		{"second declaration", "Rain", "", "https://paper.example/a"},
		{"bad UTF-8", "Ra\uFFFDin é و ش ع \uFFFD today", "", "https://paper.example/a"},
		{"userinfo and port", "Rain", "", "http://paper.example/b?id=7"},
		{"stray end tags", "Rain", "Wet", "https://paper.example/a"},
		{"unclosed description", "Rain", "Wet cold", "https://paper.example/a"},
	}
	docs := hostile()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := mustParse(t, docs[tt.name])
			if len(found.Articles) != 1 {
				t.Fatalf("got %+v", found)
			}
			got := found.Articles[0]
			// The summary's text is html: only its amps are encoded.
			if s := strings.ReplaceAll(got.Summary, "&amp;", "&"); got.Title != tt.title || s != tt.summary || got.URL != tt.url {
				t.Errorf("got title %q, summary %q, URL %q\nwant %q, %q, %q", got.Title, s, got.URL, tt.title, tt.summary, tt.url)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	laughs := `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]><rss version="2.0"><channel><title>&lol2;</title></channel></rss>`
	xxe := `<!DOCTYPE rss [<!ENTITY xxe SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>&xxe;</title><link>https://paper.example/</link></item></channel></rss>`
	deep := `<rss version="2.0"><channel>` + strings.Repeat("<a>", 200)
	many := `<feed xmlns="http://www.w3.org/2005/Atom">` + strings.Repeat("<x/>", maxElements+1) + `</feed>`
	attrs := `<rss version="2.0" ` + strings.Repeat(`a="" `, maxAttributes+1) + `></rss>`
	spaces := `<rss version="2.0">`
	for i := range maxNamespaces {
		spaces += fmt.Sprintf(`<a xmlns:n%d="u%d" xmlns:m%d="v%d">`, i, i, i, i)
	}
	tests := []struct{ name, doc, want string }{
		{"billion laughs", laughs, "declares entities of its own"},
		{"XXE", xxe, "declares entities of its own"},
		{"deep nesting", deep, "nested or repeated beyond"},
		{"too many elements", many, "nested or repeated beyond"},
		{"too many attributes", attrs, "nested or repeated beyond"},
		{"too many namespaces", spaces, "nested or repeated beyond"},
		{"deep JSON", `{"items":` + strings.Repeat("[", 200), "nested or repeated beyond"},
		{"10 MB title", `<rss version="2.0"><channel><item><title>` + strings.Repeat("Rain ", 2<<20), "larger than 5 MB"},
		{"nothing", " \r\n\t", "answered with nothing"},
		{"only a byte order mark", "\xEF\xBB\xBF", "answered with nothing"},
		{"a web page", `<!DOCTYPE html><html lang="en"><head><title>Paper</title><meta charset="utf-8"></head><body><p>Hi<br></body></html>`, "this is a web page, not a feed; run `pressrun sources test https://paper.example/news/feed.xml`"},
		{"a page without html", "<!-- x --><head><title>Paper</title>", "web page"},
		{"an XHTML page", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><feed>x</feed></body></html>`, "web page"},
		{"a sitemap", `<?xml version="1.0"?><urlset><url><loc>x</loc></url></urlset>`, "its root is <urlset>"},
		{"words", "Service temporarily unavailable", "neither RSS, Atom nor JSON Feed"},
		{"another JSON", `{"error":"no such page"}`, "neither RSS, Atom nor JSON Feed"},
		{"broken JSON", `{"version":"https://jsonfeed.org/version/1","items":[{"title":}]}`, "is broken"},
		{"cut in the first item", `<rss version="2.0"><channel><title>P</title><item><title>Ra`, "cut off before the end of its first article"},
		{"cut JSON", `{"version":"https://jsonfeed.org/version/1","items":[{"title":"Ra`, "cut off before the end of its first article"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := Parse([]byte(tt.doc), "", source(), now())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %+v, error %v; want one with %q", found, err, tt.want)
			}
		})
	}
}

// TestParseSaves: what can be read of a damaged feed is.
func TestParseSaves(t *testing.T) {
	item := func(n int) string {
		return fmt.Sprintf("<item><title>Story %d</title><link>https://paper.example/%d</link></item>\n", n, n)
	}
	head := `<rss version="2.0"><channel><title>Paper</title>`
	json := `{"version":"https://jsonfeed.org/version/1","title":"Paper","items":[{"url":"https://paper.example/1","title":"Story 1"},{"url":"https://paper.example/2","title":"Story 2"}`
	tests := []struct {
		name, doc string
		want      string // of the titles' numbers
		cut       bool
		warning   string
	}{
		{"in an item", head + item(1) + item(2) + "<item><title>Sto", "12", true, "cut off before its end; 2 articles saved"},
		{"in CDATA", head + item(1) + "<item><title><![CDATA[Sto", "1", true, "1 article saved"},
		{"in a tag", head + item(1) + "<item><title>x</tit", "1", true, "1 article saved"},
		{"in a character", head + item(1) + "<item><title>caf\xc3", "1", true, "1 article saved"},
		{"after the last item", head + item(1), "1", true, "1 article saved"},
		{"Atom", `<feed xmlns="http://www.w3.org/2005/Atom"><title>P</title><entry><title>Story 1</title><link href="https://paper.example/1"/></entry><entry><ti`, "1", true, "1 article saved"},
		{"RDF", `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>P</title></channel>` + item(1) + `<item>`, "1", true, "1 article saved"},
		{"JSON", json + `,{"url":"https://pa`, "12", true, "2 articles saved"},
		{"JSON between items", json, "12", true, "2 articles saved"},
		{"broken item", head + item(1) + "<item><title>2 < 3 </ title></item>" + item(4) + "</channel></rss>", "14", false, "broken in 1 place; 2 articles could still be read"},
		{"CDATA that never ends", head + item(1) + "<item><title><![CDATA[x</title></item>" + item(3) + "</channel></rss>", "13", false, "broken in 1 place"},
		{"broken head", head + "<image><url>a < b & c</image>" + item(1) + item(2) + "</channel></rss>", "12", false, "broken in 1 place"},
		{"junk before and after", "<br />Warning: x in feed.php" + head + item(1) + "</channel></rss><script>x < y", "1", false, ""},
		{"blank lines before", "\n\n <?xml version='1.0'?>" + head + item(1) + "</channel></rss>junk <", "1", false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found := mustParse(t, tt.doc)
			got := ""
			for _, a := range found.Articles {
				got += strings.TrimPrefix(a.Title, "Story ")
			}
			if got != tt.want || found.Cut != tt.cut || !strings.Contains(found.Warning, tt.warning) || (found.Warning == "") != (tt.warning == "") {
				t.Errorf("stories %q, cut %v, warning %q; want %q, %v, %q", got, found.Cut, found.Warning, tt.want, tt.cut, tt.warning)
			}
		})
	}
}

func TestParseCharset(t *testing.T) {
	doc := func(declaration, text string) string {
		return declaration + `<rss version="2.0"><channel><item><title>` + text + `</title><link>https://paper.example/</link></item></channel></rss>`
	}
	const french, arabic = "Été à Noël — c’est déjà l’hiver", "أمطار غزيرة على العاصمة والمدارس تغلق أبوابها"
	latin := func(s string) string { out, _ := charmap.Windows1252.NewEncoder().String(s); return out }
	w1256 := func(s string) string { out, _ := charmap.Windows1256.NewEncoder().String(s); return out }
	utf16 := func(s string) string {
		out, _ := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s)
		return out
	}
	tests := []struct{ name, doc, contentType, want string }{
		{"UTF-8", doc("", arabic), "", arabic},
		{"UTF-8 with a mark", "\xEF\xBB\xBF" + doc("", arabic), "", arabic},
		{"UTF-16", utf16(doc(`<?xml version="1.0" encoding="UTF-16"?>`, arabic)), "", arabic},
		{"header", w1256(doc("", arabic)), "text/xml; charset=windows-1256", arabic},
		{"declaration", w1256(doc(`<?xml version="1.0" encoding='windows-1256'?>`, arabic)), "text/xml", arabic},
		{"server's default header", w1256(doc(`<?xml version="1.0" encoding="windows-1256"?>`, arabic)), "text/xml; charset=ISO-8859-1", arabic},
		{"header against declaration", w1256(doc(`<?xml version="1.0" encoding="koi8-r"?>`, arabic)), "text/xml; charset=windows-1256", arabic},
		{"declared Latin-1, is UTF-8", doc(`<?xml version="1.0" encoding="iso-8859-1"?>`, french), "", french},
		{"declared UTF-8, is Arabic", w1256(doc(`<?xml version="1.0" encoding="utf-8"?>`, arabic)), "", arabic},
		{"undeclared Latin-1", latin(doc("", french)), "", french},
		{"undeclared Windows-1256", w1256(doc("", arabic)), "", arabic},
		{"unknown label", doc(`<?xml version="1.0" encoding="klingon"?>`, french), "text/xml; charset=x", french},
		{"JSON", `{"version":"https://jsonfeed.org/version/1","items":[{"title":"` + w1256(arabic) + `","url":"https://paper.example/"}]}`, "", arabic},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := Parse([]byte(tt.doc), tt.contentType, source(), now())
			if err != nil || len(found.Articles) != 1 || found.Articles[0].Title != tt.want {
				t.Fatalf("got %+v, %v; want %q", found, err, tt.want)
			}
		})
	}
}

func TestParseTakesTheNewest(t *testing.T) {
	var b strings.Builder
	b.WriteString(`<rss version="2.0"><channel>`)
	for i := range maxArticles + 50 { // the oldest first
		at := now().Add(time.Duration(i-1000) * time.Hour).Format(time.RFC1123Z)
		fmt.Fprintf(&b, "<item><title>%d</title><link>https://paper.example/%d</link><pubDate>%s</pubDate></item>", i, i, at)
	}
	b.WriteString(`</channel></rss>`)
	found := mustParse(t, b.String())
	if n := len(found.Articles); n != maxArticles || found.Articles[0].Title != "50" || found.Articles[n-1].Title != "549" {
		t.Errorf("%d articles from %q to %q", n, found.Articles[0].Title, found.Articles[n-1].Title)
	}
}

func TestParseTellsArticlesApart(t *testing.T) {
	found := mustParse(t, `<rss version="2.0"><channel>
		<item><guid isPermaLink="false">1</guid><title>Live</title><link>https://paper.example/live</link></item>
		<item><guid isPermaLink="false">2</guid><title>Live, later</title><link>https://paper.example/live#2</link></item>
		<item><guid isPermaLink="false">2</guid><title>Live, edited</title><link>https://paper.example/live?utm_source=rss</link></item>
		<item><guid>x</guid><title>A</title><link>https://paper.example/a</link></item>
		<item><guid>x</guid><title>B</title><link>https://paper.example/b</link></item>
		<item><guid>https://paper.example/c</guid><title>C</title></item>
		<item><guid>tag:7</guid><title>No address</title></item>
		<item><link>https://paper.example/d</link></item>
	</channel></rss>`)
	type brief struct {
		Title, GUID string
		Shared      bool
	}
	var got []brief
	for _, a := range found.Articles {
		got = append(got, brief{a.Title, a.GUID, a.SharedURL})
	}
	want := []brief{{"Live", "1", true}, {"Live, later", "2", true}, {"A", "", false}, {"B", "", false}, {"C", "https://paper.example/c", false}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if found.Dropped != 2 {
		t.Errorf("%d dropped, want 2", found.Dropped)
	}
}

func TestParseWithoutUsableItems(t *testing.T) {
	found := mustParse(t, `<rss version="2.0"><channel><item><title>No address</title></item><item><link>https://paper.example/</link></item></channel></rss>`)
	if want := "the feed has 2 items, but none with a title and a web address; ask the site for a feed with links"; found.Warning != want || found.Dropped != 2 {
		t.Errorf("got %+v", found)
	}
	if found := mustParse(t, `<rss version="2.0"><channel><title>New</title></channel></rss>`); found.Warning != "" || found.Title != "New" {
		t.Errorf("a feed without items yet: %+v", found)
	}
}

// TestParseOfPathologicalHTML: long runs of tags that parsers are slow on. A mistake
// here shows as a test that does not end.
func TestParseOfPathologicalHTML(t *testing.T) {
	for _, tags := range []string{"<b><p>x", "<a><div></a></div>", "<table>x", "<p><font size=1></p>", "<script>", "&amp;amp;", "<"} {
		text := strings.Repeat(tags, 200_000/len(tags))
		a := one(t, `<title>Rain</title><link>/a</link><description><![CDATA[`+text+`]]></description><content:encoded><![CDATA[`+text+`]]></content:encoded>`)
		if a.Title != "Rain" {
			t.Errorf("%s: %+v", tags, a)
		}
	}
}

// BenchmarkParse reads a feed of about 1 MB: 300 articles with their full text.
func BenchmarkParse(b *testing.B) {
	var doc strings.Builder
	doc.WriteString(`<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Paper</title><link>https://paper.example/</link>`)
	text := strings.Repeat(`<p>Heavy rain closed <a href="https://paper.example/x">two schools</a> in the old town &amp; the harbour on Monday.</p>`, 28)
	for i := range 300 {
		fmt.Fprintf(&doc, `<item><title>Story %d</title><link>https://paper.example/%d</link><category>City</category><pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate>`+
			`<description><![CDATA[%s]]></description><content:encoded><![CDATA[<img src="/i/%d.jpg" alt="Rain on the quay" width="800">%s]]></content:encoded></item>`, i, i, text[:450], i, text)
	}
	doc.WriteString(`</channel></rss>`)
	body := []byte(doc.String())
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if found, err := Parse(body, "", source(), now()); err != nil || len(found.Articles) != 300 {
			b.Fatal(err)
		}
	}
}
