package feed

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pressrun/pressrun/digest"
)

func TestSummarize(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"text", "Rain & wind", "Rain &amp; wind"},
		{"inline stays", `He <em class="x">did</em> say <q cite="y">no</q> to H<sub>2</sub>O`, "He <em>did</em> say <q>no</q> to H<sub>2</sub>O"},
		{"others go, their text stays", `<a href="x">Two</a> <span>schools</span> <font>closed</font>`, "Two schools closed"},
		{"closed in order", "<b>a<i>b</b>c</i>", "<b>a<i>b</i></b><i>c</i>"},
		{"joined", "<em>a</em><em>b</em> <em></em>", "<em>ab</em>"},
		{"blocks", "<h2>Weather</h2><p>Rain.</p><p>Wind<br>too</p>", "Weather · Rain. Wind too"},
		{"lists", "<ul><li>Rain</li><li>Wind</li></ul>", "Rain · Wind"},
		{"pictures and captions", `<figure><img src="x"><figcaption>Photo: Reyes</figcaption></figure><p>Rain</p>`, "Rain"},
		{"what is not text", `<style>p{}</style><script>x</script><svg><text>y</text></svg><form><button>Go</button></form><iframe src="z">w</iframe>Rain`, "Rain"},
		{"encoded as a whole", "&lt;p&gt;Rain &lt;b&gt;now&lt;/b&gt;&lt;/p&gt;", "Rain <b>now</b>"},
		{"encoded twice", "Fish &amp;amp; chips &amp;#8217;til late", "Fish &amp; chips ’til late"},
		{"less than", "1 < 2 &lt; 3", "1 &lt; 2 &lt; 3"},
		{"continue", "<p>Rain fell.</p> <p><a href='x'>Continue reading <span>Rain</span> →</a></p>", "Rain fell."},
		{"continue after an ellipsis", "Rain fell on &#8230; <a>Continue reading</a>", "Rain fell on …"},
		{"read more", "Rain fell on the town <a>Read more</a>", "Rain fell on the town"},
		{"part of a sentence", "You can read more about it in the archive.", "You can read more about it in the archive."},
		{"elided", "Rain fell on the [&#8230;]", "Rain fell on the…"},
		{"first appeared", "<p>Rain fell.</p><p>The post <a>Rain</a> appeared first on <a>Paper</a>.</p>", "Rain fell."},
		{"both", "<p>Rain fell on [&#8230;]</p><p>The post <a>Rain</a> first appeared on X. appeared first on <a>Paper</a>.</p>", "Rain fell on…"},
		{"Arabic", "<p>هطلت الأمطار.</p><p><a>اقرأ المزيد</a></p>", "هطلت الأمطار."},
		{"Arabic, first appeared", "هطلت الأمطار. ظهرت المقالة أمطار أولاً على الصحيفة.", "هطلت الأمطار."},
		{"only a tail", "<a>Read more</a>", ""},
		{"only a picture", "<img src=x>", ""},
		{"cut", strings.Repeat("word ", 200), strings.TrimSpace(strings.Repeat("word ", 120)) + "…"},
		{"cut within an element", "<em>" + strings.Repeat("word, ", 200) + "</em>x", "<em>" + strings.TrimSuffix(strings.Repeat("word, ", 100), ", ") + "…</em>"},
		{"cut without words", strings.Repeat("字", 700), strings.Repeat("字", 599) + "…"},
		{"just fits", strings.Repeat("a", 600), strings.Repeat("a", 600)},
	}
	s := newSummarizer()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := s.summarize(tt.in)
			if got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if again := s.summarize(got); again != got {
				t.Errorf("again %q", again)
			}
			if n := utf8.RuneCountInString(digest.PlainText(got)); n > maxSummary+2 {
				t.Errorf("%d characters", n)
			}
		})
	}
}

func TestShorten(t *testing.T) {
	tests := []struct {
		in   string
		n    int
		want string
	}{
		{"Heavy rain", 10, "Heavy rain"},
		{"Heavy rain over", 11, "Heavy rain…"},
		{"Heavy rain, over", 12, "Heavy rain…"},
		{"Heavy rain over", 9, "Heavy…"},
		{"Rain🚒👩‍🚒👩‍🚒👩‍🚒", 9, "Rain🚒👩‍🚒…"},
		{"مطر غزير على العاصمة", 10, "مطر غزير…"},
	}
	for _, tt := range tests {
		if got := shorten(tt.in, tt.n); got != tt.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", tt.in, tt.n, got, tt.want)
		}
	}
}
