package digest

import "testing"

func TestPlainText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"text", "Rain by evening", "Rain by evening"},
		{"entities once", "Fish &amp; chips &#8217;til late &amp;lt;", "Fish & chips ’til late &lt;"},
		{"inline tags join", "H<sub>2</sub>O and un<em>believ</em>able", "H2O and unbelievable"},
		{"blocks part", "<p>One.</p><p>Two<br>three</p>", "One. Two three"},
		{"quotation", "<q>No comment</q>, she said", "“No comment”, she said"},
		{"script is not read", "a<script>alert(1)</script>b<style>p{}</style>c", "abc"},
		{"script that never closes", "Why <script> is slow", "Why is slow"},
		{"comments", "a<!-- x --><!--[if mso]>y<![endif]-->b", "ab"},
		{"looks like a tag", "Vec<T> explained", "Vec<T> explained"},
		{"a tag that never ends", "when a<b", "when a<b"},
		{"less than", "5 < 6 & 7 > 2", "5 < 6 & 7 > 2"},
		{"control and bidi", "a\x00b\u202Ec\u2066d\u2069\u200Be\r\nf\u2028g", "abcde f g"},
		{"marks that writing needs", "می‌خواهم 👩‍🚒 \u200f!", "می‌خواهم 👩‍🚒 \u200f!"},
		{"NFC", "cafe\u0301", "café"},
		{"bad UTF-8", "a\xffb", "a\uFFFDb"},
		{"numeric control", "a&#1;b&#x202E;c", "abc"},
		{"nothing", " <p> </p> ", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := PlainText(tt.in); got != tt.want {
				t.Errorf("PlainText(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}
