package compose

import (
	"html"
	"strings"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/message"
)

// What stands in a letter where a reader's tokens go.
const (
	Unsubscribe = "__UNSUBSCRIBE__"
	Preferences = "__PREFERENCES__"
)

// stamp stands in links that are counted; the message itself writes it.
const stamp = message.Stamp

var (
	plainWords   = strings.NewReplacer(Unsubscribe, " UNSUBSCRIBE ", Preferences, " PREFERENCES ", stamp, " STAMP ")
	sameAddress  = strings.NewReplacer(Unsubscribe, "%5F_UNSUBSCRIBE_%5F", Preferences, "%5F_PREFERENCES_%5F", stamp, "%5F_STAMP_%5F")
	placeholders = []string{Unsubscribe, Preferences, stamp}
)

// withoutPlaceholders returns the article with nothing in it that the message would take
// for a place of its own: a source that writes one must not get a reader's token into its
// text, or into a link of its own.
func withoutPlaceholders(a digest.Article) digest.Article {
	for _, text := range []*string{&a.Title, &a.Author, &a.Section, &a.Image.Alt} {
		*text = plainWords.Replace(*text)
	}
	for _, url := range []*string{&a.URL, &a.Image.URL} {
		*url = sameAddress.Replace(*url)
	}
	// In HTML it may be written with entities, or in pieces that become one.
	text := digest.PlainText(a.Summary)
	for _, p := range placeholders {
		if strings.Contains(text, p) || strings.Contains(a.Summary, p) {
			a.Summary = html.EscapeString(digest.OneLine(plainWords.Replace(text)))
		}
	}
	return a
}
