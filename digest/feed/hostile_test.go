package feed

import "strings"

// hostile returns documents made to break a reader of feeds, by what they try.
func hostile() map[string]string {
	item := func(inner string) string {
		return `<rss version="2.0"><channel><title>P</title><link>https://paper.example/</link><item><link>/a</link>` + inner + `</item></channel></rss>`
	}
	return map[string]string{
		"script in title":      item(`<title><![CDATA[Rain <script>alert(1)</script> today]]></title>`),
		"encoded script":       item(`<title>Rain &lt;script&gt;alert(1)&lt;/script&gt; today</title>`),
		"script in summary":    item(`<title>Rain</title><description><![CDATA[<p onclick="x()">Wet<script>alert(1)</script><img src=x onerror=alert(1)></p>]]></description>`),
		"style break-out":      item(`<title>Rain</title><description><![CDATA[Wet</style><style>*{display:none}</style></td></table>]]></description>`),
		"mso comment":          item(`<title>Rain</title><description><![CDATA[Wet<!--[if mso]><b>Outlook</b><![endif]--> roads]]></description>`),
		"premailer's trap":     item(`<title>Rain</title><description><![CDATA[<p pr-el-id="1">Wet</p><em pr-el-id="2" class="x" id="y" style="color:red">roads</em>]]></description>`),
		"javascript link":      item(`<link>javascript:alert(1)</link><title>Rain</title><description><![CDATA[<a href="javascript:alert(1)">Wet</a>]]></description>`),
		"bidi override":        item("<title>Rain \u202Egnp.exe\u202C today\u2066!\u2069</title><description>\u202EWet\u202C</description>"),
		"line separators":      item("<title>Rain\u2028Bcc: x@example.org&#13;&#10;To: y</title>"),
		"unclosed elements":    item(`<title>Rain</title><description><![CDATA[<em><strong><q>Wet]]></description>`),
		"nested HTML":          item(`<title>Rain</title><description><![CDATA[` + strings.Repeat("<div><b>", 2000) + `Wet]]></description>`),
		"formatting elements":  item(`<title>Rain</title><description><![CDATA[` + strings.Repeat("<b><i><p>", 400) + `Wet]]></description>`),
		"twice encoded":        item(`<title>Fish &amp;amp; chips &amp;#8217;til &amp;lt;late&amp;gt;</title><description>&amp;lt;p&amp;gt;Wet &amp;amp;amp; cold&amp;lt;/p&amp;gt;</description>`),
		"null author":          `{"version":"https://jsonfeed.org/version/1.1","authors":[null],"items":[null,{"id":1,"url":"https://paper.example/a","title":"Rain","authors":[null],"tags":[""]}]}`,
		"control references":   item(`<title>Ra&#1;in &#xFFFE;&#x0;today&#99999999999;</title>`),
		"second declaration":   item(`<?xml version="1.0" encoding="utf-16"?><title>Rain</title>`),
		"long title":           item(`<title>` + strings.Repeat("Rain and ", 2000) + `</title>`),
		"long word":            item(`<title>` + strings.Repeat("é👩‍🚒", 400) + `</title><description>` + strings.Repeat("ا", 3000) + `</description>`),
		"bad UTF-8":            item("<title>Ra\xffin é و ش ع \xc0\xaf today</title>"),
		"userinfo and port":    item(`<link>HTTP://user:pw@PAPER.example:80/b?utm_source=x&amp;id=7&amp;fbclid=y#top</link><title>Rain</title>`),
		"stray end tags":       item(`<title>Rain</title></p></description><description>Wet</p></description>`),
		"unclosed description": item(`<title>Rain</title><description><p>Wet<br>cold`),
	}
}
