package feed

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
)

func TestDate(t *testing.T) {
	tests := []struct {
		name, date string
		want       time.Time
		from       digest.DateFrom
	}{
		{"its own", "<pubDate>Sun, 22 Nov 2026 10:00:00 +0300</pubDate>", now().Add(-24 * time.Hour), digest.DateFeed},
		{"missing", "", now(), digest.DateMissing},
		{"in words", "<pubDate>yesterday</pubDate>", now(), digest.DateMissing},
		{"before the web", "<pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>", now(), digest.DateMissing},
		{"clocks differ", "<pubDate>Mon, 23 Nov 2026 07:15:00 GMT</pubDate>", now(), digest.DateFeed},
		{"ahead", "<pubDate>Mon, 23 Nov 2026 07:15:01 GMT</pubDate>", now(), digest.DateFuture},
		{"far ahead", "<pubDate>Fri, 23 Nov 2126 07:00:00 GMT</pubDate>", now(), digest.DateFuture},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := one(t, "<title>Rain</title><link>/a</link>"+tt.date)
			if !a.Published.Equal(tt.want) || a.DateFrom != tt.from {
				t.Errorf("got %v, %q; want %v, %q", a.Published, a.DateFrom, tt.want, tt.from)
			}
		})
	}
	t.Run("not the feed's", func(t *testing.T) {
		found := mustParse(t, `<rss version="2.0"><channel><pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate><lastBuildDate>Sun, 22 Nov 2026 10:00:00 GMT</lastBuildDate>
			<item><title>Rain</title><link>https://paper.example/a</link></item></channel></rss>`)
		if a := found.Articles[0]; a.DateFrom != digest.DateMissing || !a.Published.Equal(now()) {
			t.Errorf("got %v, %q", a.Published, a.DateFrom)
		}
	})
}

func TestCanonical(t *testing.T) {
	base, _ := url.Parse("https://paper.example/news/today.html")
	tests := []struct{ in, want string }{
		{"https://paper.example/a?utm_source=rss&UTM_Medium=x&id=7&fbclid=y#part", "https://paper.example/a?id=7"},
		{"https://paper.example/?p=12&source=rss&ref=home&cid=4", "https://paper.example/?p=12&source=rss&ref=home&cid=4"},
		{"https://paper.example/a?utm_source=rss", "https://paper.example/a"},
		{"https://paper.example/a?b=%2F&a=1+2&mc_cid=1", "https://paper.example/a?b=%2F&a=1+2"},
		{"../rain", "https://paper.example/rain"},
		{"//cdn.example/x", "https://cdn.example/x"},
		{"?id=3", "https://paper.example/news/today.html?id=3"},
		{" \n https://paper.example/a\n/b ", "https://paper.example/a/b"},
		{"HTTPS://PAPER.example:443", "https://paper.example/"},
		{"http://paper.example:443/", "http://paper.example:443/"},
		{"https://user:secret@paper.example/a", "https://paper.example/a"},
		{"https://bücher.example/straße?q=ä", "https://xn--bcher-kva.example/stra%C3%9Fe?q=%C3%A4"},
		{"https://صحيفة.example/خبر", "https://xn--ogbhx3c3b.example/%D8%AE%D8%A8%D8%B1"},
		{"https://paper.example/100%?q=<b>", "https://paper.example/100%25?q=%3Cb%3E"},
		{"https://paper.example/a?x=1&amp;y=2", "https://paper.example/a?x=1&y=2"},
		{"javascript:alert(1)", ""},
		{"JaVa\tScript:alert(1)", ""},
		{"data:text/html,x", ""},
		{"mailto:x@paper.example", ""},
		{"ftp://paper.example/a", ""},
		{"https://", ""},
		{"https:///a", ""},
		{"https://:80/", ""},
		{"", ""},
		{"https://paper.example/" + strings.Repeat("a", maxURL), ""},
	}
	for _, tt := range tests {
		got := canonical(tt.in, base)
		if got != tt.want {
			t.Errorf("canonical(%.80q) = %q, want %q", tt.in, got, tt.want)
		}
		if again := canonical(got, base); again != got {
			t.Errorf("canonical(%q) = %q, not itself", got, again)
		}
	}
}

func TestPicture(t *testing.T) {
	const pre = "<title>Rain</title><link>/a</link>"
	tests := []struct {
		name, elements string
		want           digest.Image
	}{
		{"none", "<description>Wet</description>", digest.Image{}},
		{"the largest of media", `<media:group><media:content url="/s.jpg" medium="image" width="300" height="200"/><media:content url="/l.jpg" type="image/jpeg" width="1200" height="800"><media:description>The flooded quay</media:description></media:content></media:group><media:thumbnail url="/t.jpg" width="150"/>`,
			digest.Image{URL: "https://paper.example/l.jpg", Alt: "The flooded quay", Width: 1200, Height: 800}},
		{"not a film", `<media:content url="/f.mp4" type="video/mp4" width="1920"><media:thumbnail url="/f.jpg" width="640" height="360"/></media:content>`,
			digest.Image{URL: "https://paper.example/f.jpg", Width: 640, Height: 360}},
		{"enclosure", `<enclosure url="/p.mp3" type="audio/mpeg"/><enclosure url="/e.png" type="image/png"/>`, digest.Image{URL: "https://paper.example/e.png"}},
		{"iTunes", `<itunes:image href="/i.jpg"/>`, digest.Image{URL: "https://paper.example/i.jpg"}},
		{"first of the text", `<content:encoded><![CDATA[<img src="data:image/gif;base64,R0"><img src="https://t.example/p" width="1" height="1"><IMG SRC='r.jpg' ALT="Rain &amp; wind" width="800px" height="50%"><img src="b.jpg">]]></content:encoded>`,
			digest.Image{URL: "https://paper.example/r.jpg", Alt: "Rain & wind", Width: 800}},
		{"loaded late", `<description><![CDATA[<img src="data:," data-src="/late.webp" alt="IMG_2041.jpg">]]></description>`, digest.Image{URL: "https://paper.example/late.webp"}},
		{"no script for an address", `<media:content url="javascript:x" medium="image"/><description><![CDATA[<img src="vbscript:x"><img src="/x.svg">]]></description>`, digest.Image{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := one(t, pre+tt.elements)
			if diff := cmp.Diff(tt.want, a.Image); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAuthor(t *testing.T) {
	tests := []struct{ elements, want string }{
		{"<author>mona@paper.example</author>", ""},
		{"<author>mona@paper.example (Mona Haddad)</author>", "Mona Haddad"},
		{"<dc:creator><![CDATA[By Mona &amp; Tom]]></dc:creator>", "Mona & Tom"},
		{"<dc:creator>A</dc:creator><dc:creator>B</dc:creator><dc:creator>A</dc:creator><dc:creator>C</dc:creator>", "A, B and C"},
		{"<dc:language>ar</dc:language><dc:creator>منى</dc:creator><dc:creator>توم</dc:creator><dc:creator>علي</dc:creator>", "منى، توم وعلي"},
	}
	for _, tt := range tests {
		if a := one(t, "<title>1</title><link>/a</link>"+tt.elements); a.Author != tt.want {
			t.Errorf("%s: got %q, want %q", tt.elements, a.Author, tt.want)
		}
	}
}

func TestLanguage(t *testing.T) {
	const arabic, english, persian = "أمطار غزيرة على العاصمة", "Heavy rain over the capital", "باران شدید در پایتخت"
	tests := []struct{ name, source, feed, item, title, want string }{
		{"the feed's", "", "en_us", "", english, "en-US"},
		{"the operator's", "en-GB", "en-US", "", english, "en-GB"},
		{"the item's", "en-GB", "en-US", ` xml:lang="fr"`, english, "fr"},
		{"nobody's", "", "", "", english, ""},
		{"by the letters", "", "", "", arabic, "ar"},
		{"Hebrew letters", "", "", "", "גשם כבד", "he"},
		{"the letters know better", "", "en-US", "", arabic, "ar"},
		{"letters of both", "fa", "en-US", "", persian, "fa"},
		{"no tag", "", "english!", "", english, ""},
		{"one Arabic word", "", "en", "", "Rain, or مطر as they say", "en"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := source()
			src.Language = tt.source
			doc := `<rss version="2.0"><channel><language>` + tt.feed + `</language><item` + tt.item + `><title>` + tt.title + `</title><link>https://paper.example/</link></item></channel></rss>`
			found, err := Parse([]byte(doc), "", src, now())
			if err != nil || len(found.Articles) != 1 || found.Articles[0].Language != tt.want {
				t.Errorf("got %+v, %v; want %q", found, err, tt.want)
			}
		})
	}
}

func TestSectionAndTopics(t *testing.T) {
	a := one(t, `<title>Rain</title><link>/a</link><category>Uncategorized</category><category><![CDATA[City &amp; Region]]></category><category>city &amp;amp; region</category><category>http://schemas.example/x#y</category><category>Weather</category>`)
	if diff := cmp.Diff([]string{"City & Region", "Weather"}, a.Topics); diff != "" || a.Section != "City & Region" {
		t.Errorf("section %q, topics (-want +got)\n%s", a.Section, diff)
	}
	if a := one(t, `<title>Rain</title><link>/a</link>`); a.Section != "News" || a.Topics != nil {
		t.Errorf("section %q, topics %q", a.Section, a.Topics)
	}
}

func TestTitleOfAnItemWithout(t *testing.T) {
	a := one(t, `<link>/a</link><description><![CDATA[<p>`+strings.Repeat("Rain is falling. ", 10)+`</p>]]></description>`)
	if want := "Rain is falling. Rain is falling. Rain is falling. Rain is falling. Rain is…"; a.Title != want {
		t.Errorf("got %q", a.Title)
	}
	if a := one(t, `<title>Rain</title><link>/a</link><description>Rain.</description>`); a.Summary != "" {
		t.Errorf("the title again as summary: %q", a.Summary)
	}
}

func TestWords(t *testing.T) {
	text := strings.Repeat("<p>Rain closed two schools today.</p>", 60) // 300 words
	tests := []struct {
		name, elements string
		want           int
	}{
		{"full text", "<description>Wet</description><content:encoded><![CDATA[" + text + "]]></content:encoded>", 300},
		{"no content", "<description><![CDATA[" + text + "]]></description>", 0},
		{"short", "<content:encoded>Rain closed two schools today.</content:encoded>", 0},
		{"says it goes on", "<content:encoded><![CDATA[" + text + "<p><a>Continue reading</a></p>]]></content:encoded>", 0},
		{"with an ellipsis", "<content:encoded><![CDATA[" + text + " [&#8230;]]]></content:encoded>", 0},
		{"hardly more than the summary", "<description><![CDATA[" + text[:len(text)-400] + "]]></description><content:encoded><![CDATA[" + text + "]]></content:encoded>", 0},
		{"the same text twice", "<description><![CDATA[" + text + "]]></description><content:encoded><![CDATA[" + text + "]]></content:encoded>", 300},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if a := one(t, "<title>Rain</title><link>/a</link>"+tt.elements); a.Words != tt.want {
				t.Errorf("got %d, want %d", a.Words, tt.want)
			}
		})
	}
}
