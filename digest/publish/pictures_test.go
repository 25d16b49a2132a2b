package publish_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest"
)

func TestPicturesOfAnIssueAreThoseThatItsRulesAskFor(t *testing.T) {
	web := newPaper(t)
	web.serves("/feed", `<rss version="2.0"><channel><title>P</title><language>en</language><item><title>Rain</title>
		<link>https://paper.example/rain</link><pubDate>`+evening.Format(time.RFC1123Z)+`</pubDate>
		<enclosure url="https://cdn.paper.example/rain.jpg" type="image/jpeg" length="1"/></item></channel></rss>`)
	const source, ours = "https://cdn.paper.example/rain.jpg", "https://news.paper.example/pictures/1.jpg"
	for _, c := range []struct {
		rule, want string
		err        error
	}{
		{digest.PicturesOurs, ours, nil},
		{digest.PicturesSource, source, nil},
		{digest.PicturesNone, "", nil},
		{digest.PicturesOurs, source, errors.New("the disk is full")},
	} {
		p := newPress(t)
		p.Pictures = func(_ context.Context, stories []digest.Story, now time.Time) error {
			if c.err == nil {
				stories[0].Image = digest.Image{URL: ours, Width: 1104, Height: 736, Small: ours + "?small"}
			}
			return c.err
		}
		p.source(web.URL + "/feed")
		p.edition(evening, func(e *digest.Edition) { e.Rules.Look.Pictures = c.rule })
		p.collect(seven)
		issue := p.publish("daily", seven, seven)
		if got := issue.Stories[0].Image.URL; got != c.want || issue.State != digest.IssuePosted {
			t.Errorf("%q: %q, want %q", c.rule, got, c.want)
		}
		if has := strings.Contains(string(p.letter(issue).html), "rain.jpg") || strings.Contains(string(p.letter(issue).html), ours); has != (c.want != "") {
			t.Errorf("%q: a picture in the letter: %v", c.rule, has)
		}
		if (c.err != nil) != strings.Contains(p.log.String(), "disk is full") {
			t.Errorf("%q: %s", c.rule, p.log)
		}
	}
}
