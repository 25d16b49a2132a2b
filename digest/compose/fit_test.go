package compose_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
)

// huge is an article as large as the feed reader lets one be.
func huge(n int) digest.Article {
	a := english(n)
	a.Title = fmt.Sprintf("%d %s", n, strings.Repeat("long headline ", 21))
	a.Summary = "<em>" + strings.Repeat("a &amp; b &lt;c&gt; ", 50) + "</em>"
	a.URL += strings.Repeat("&parameter=value", 25)
	a.Image.URL += strings.Repeat("&size=large", 25)
	a.Image.Alt = strings.Repeat("what is on it ", 20)
	a.Author = strings.Repeat("Ada Fenwick and ", 6) + "others"
	return a
}

func hugeArabic(n int) digest.Article {
	a := huge(n)
	arab := arabic(n)
	a.ID, a.Language, a.Section, a.Author = arab.ID, "ar", arab.Section, arab.Author
	a.Title = fmt.Sprintf("%d %s", n, strings.Repeat("عنوان طويل ", 25))
	a.Summary = strings.Repeat("نص طويل جدا ", 50)
	return a
}

func TestHugeIssueKeepsItsFooterAndItsSize(t *testing.T) { // H2
	c := newComposer(t)
	for _, test := range []struct {
		name, language string
		n              int
		article        func(int) digest.Article
		more           string
		clicks         bool
	}{
		{"English", "en", 50, huge, "", false},
		{"too many in English", "en", 90, huge, "%d more stories on the web", false},
		{"too many in Arabic", "ar", 50, hugeArabic, "%d خبرًا آخر على الموقع", false},
		{"with links that are counted", "en", 200, huge, "%d more stories on the web", true},
		{"the same in Arabic", "ar", 90, hugeArabic, "%d خبرًا آخر على الموقع", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := edition(test.language)
			frozen := issue(t, e, many(test.n, test.article)...)
			frozen.Counted = test.clicks
			letters, err := c.Compose(e, frozen)
			if err != nil {
				t.Fatal(err)
			}
			l := letters[0]
			d := deliver(t, l)
			t.Logf("%d bytes of HTML, %d encoded; %s", len(d.html), d.rawHTML, l.Trims)
			if len(d.html) > 90_000 || d.rawHTML > 100_000 {
				t.Errorf("%d bytes of HTML, %d encoded", len(d.html), d.rawHTML)
			}
			doc := document(t, d.html)
			shown := doc.Find("h2").Length()
			if shown > test.n || shown < 10 || (shown < test.n) != (test.more != "") {
				t.Errorf("%d stories are left of %d", shown, test.n)
			}
			if doc.Find(`a[href="`+base+"/u/"+unsubscribe+`"]`).Length() == 0 || !strings.Contains(doc.Text(), "14 Ferry Lane") ||
				doc.Find(`a[href="`+base+"/p/"+preferences+`"]`).Length() == 0 {
				t.Error("the HTML's footer is not whole")
			}
			if !strings.Contains(d.text, base+"/u/"+unsubscribe+"\n") || !strings.Contains(d.text, "14 Ferry Lane") {
				t.Error("the text's footer is not whole")
			}
			more := doc.Find(".more a")
			if test.more == "" {
				if more.Length() > 0 {
					t.Errorf("nothing is left out, and there is %q", more.Text())
				}
			} else if want := fmt.Sprintf(test.more, test.n-shown); more.Text() != want || !strings.Contains(d.text, want+":\n"+base+"/issues/daily/12\n") {
				t.Errorf("the rest is called %q, want %q", more.Text(), want)
			} else if more.AttrOr("href", "") != base+"/issues/daily/12" {
				t.Errorf("the rest is linked at %q", more.AttrOr("href", ""))
			}
			if n := strings.Count(d.text, "• "); n != shown {
				t.Errorf("%d stories in the text, %d in the HTML", n, shown)
			}
			if n := document(t, string(l.Whole)).Find("h2").Length(); n != test.n || l.Stories != test.n {
				t.Errorf("the web version has %d of %d stories, the letter says %d", n, test.n, l.Stories)
			}
			if want := fmt.Sprintf(", %d stories", test.n-shown); !strings.HasSuffix(l.Trims, want) {
				t.Errorf("%q does not end with %q", l.Trims, want)
			}
		})
	}
}

// Whatever the size, a letter fits, and it loses pictures only when all excerpts are gone
// and stories only when all pictures are.
func TestTrimmingGoesFromTheTailUp(t *testing.T) {
	c := newComposer(t)
	kinds := map[string]int{}
	for _, n := range []int{1, 12, 25, 30, 35, 40, 45, 60} {
		e := edition("en")
		i := issue(t, e, many(n, huge)...)
		letters, err := c.Compose(e, i)
		if err != nil {
			t.Fatal(err)
		}
		l := letters[0]
		if len(l.HTML) > 90_000 {
			t.Errorf("%d stories: %d bytes", n, len(l.HTML))
		}
		kind := shape(t, l, n)
		kinds[kind]++
		if (l.Trims == "") != (kind == "whole") {
			t.Errorf("%d stories, %s: trims %q", n, kind, l.Trims)
		}
		if kind == "whole" && string(l.HTML) != string(l.Whole) {
			t.Errorf("%d stories: mail and web version differ", n)
		}
	}
	for _, kind := range []string{"whole", "no more excerpts", "no more pictures", "fewer stories"} {
		if kinds[kind] == 0 {
			t.Errorf("no case of: %s (%v)", kind, kinds)
		}
	}
}

// shape tells how far a letter of n stories was trimmed, and fails when not from the tail.
func shape(t *testing.T, l compose.Letter, n int) string {
	t.Helper()
	var excerpts, pictures []bool
	document(t, string(l.HTML)).Find("h2").Each(func(_ int, h *goquery.Selection) {
		excerpts = append(excerpts, h.NextFiltered("p:not(.by)").Length() > 0)
		pictures = append(pictures, h.Closest("tr").Find("img").Length() > 0)
	})
	count := func(has []bool, what string) (n int) {
		for i, yes := range has {
			if yes && n < i {
				t.Errorf("story %d has an %s and an earlier one has none", i+1, what)
			}
			if yes {
				n++
			}
		}
		return n
	}
	e, p := count(excerpts, "excerpt"), count(pictures, "picture")
	switch {
	case len(excerpts) < n && p == 0 && e == 0:
		return "fewer stories"
	case len(excerpts) == n && p < n && e == 0:
		return "no more pictures"
	case len(excerpts) == n && p == n && e < n:
		return "no more excerpts"
	case len(excerpts) == n && p == n && e == n:
		return "whole"
	}
	t.Errorf("%d of %d stories, %d excerpts, %d pictures", len(excerpts), n, e, p)
	return "wrong"
}
