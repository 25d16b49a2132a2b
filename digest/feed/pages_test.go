package feed

import (
	"fmt"
	"html"
	"strings"
)

// articlePage is a page as a simple site makes it, with markup in all its places.
func articlePage(markup string) string {
	e := html.EscapeString(markup)
	return `<!doctype html><html lang="en"><head><title>` + e + `</title><meta property="og:description" content="` + e + `, told at some length for this description.">
<meta property="og:image" content="` + e + `"><link rel="canonical" href="/` + e + `"></head>
<body><article><h1>` + e + `</h1><p class="byline" rel="author">` + e + `</p><time datetime="` + e + `"></time><p>` + markup + `</p></article></body></html>`
}

// hostileText are texts made to break whoever shows them.
func hostileText() []string {
	return []string{
		"Rain <script>alert(1)</script> today", "Rain &lt;script&gt;alert(1)&lt;/script&gt; today", "Rain</style><style>*{display:none}</style>",
		"Rain<!--[if mso]><b>Outlook</b><![endif]--> roads", "javascript:alert(1)", `Rain" onerror="alert(1)`, "Rain \u202Egnp.exe\u202C today\u2066!\u2069",
		"Rain\u2028Bcc: x@example.org\r\nTo: y", "Ra\x01in\x00", strings.Repeat("Rain and ", 2000), strings.Repeat("é👩‍🚒", 400), "Ra\xffin \xc0\xaf today",
		strings.Repeat("<b><i><p>", 400) + "Wet", "{{.Secret}} %s &amp;amp;lt;b&amp;amp;gt;",
	}
}

// frontPage is a page with a masthead, a menu and a list of stories.
func frontPage(headlines []string) string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><head><title>The Harbour Post</title></head><body>
<header><a href="/">The Harbour Post</a><p>Monday, 23 November 2026</p><time datetime="2026-11-23">today</time></header>
<nav><ul><li><a href="/politics">Politics and government</a></li><li><a href="/sport">Sport and leisure pages</a></li><li><a href="/culture">Culture and the arts pages</a></li></ul></nav><main class="stories">`)
	for i, h := range headlines {
		fmt.Fprintf(&b, `<article class="teaser post-%d"><a class="picture" href="/news/%d"><img src="/pictures/%d.jpg" width="640" height="360" alt="A view of it"></a>
<h2 class="headline"><a href="/news/%d?utm_source=front">%s</a></h2><p class="standfirst">What happened with number %d, in a sentence that is long enough.</p>
<time datetime="2026-11-2%dT10:00:00Z">yesterday</time></article>`, 1000+i, i, i, i, html.EscapeString(h), i, i%3)
	}
	b.WriteString(`</main><aside><h3>Related Articles</h3></aside><footer><a href="/imprint">Imprint and contact of the paper</a></footer></body></html>`)
	return b.String()
}

const newsSitemap = `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc>https://paper.example/old?utm_source=x</loc><lastmod>2026-11-23T06:59:00Z</lastmod><news:news><news:publication><news:name>Paper</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2026-11-20T10:00:00+03:00</news:publication_date><news:title>Fish &amp; chips</news:title><news:keywords>Food, Sea</news:keywords></news:news>
<image:image><image:loc>https://paper.example/a.jpg</image:loc></image:image></url>
<url><loc>https://paper.example/new</loc><news:news><news:publication><news:language>ar</news:language></news:publication><news:publication_date>2026-11-22</news:publication_date><news:title>مطر في المدينة</news:title></news:news></url>
<url><loc>https://paper.example/plain-page</loc><lastmod>2026-11-21</lastmod></url>
<url><loc>javascript:alert(1)</loc></url>
</urlset>`
