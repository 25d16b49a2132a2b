package feed

import (
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/mmcdole/gofeed"
	ext "github.com/mmcdole/gofeed/extensions"
	"golang.org/x/net/html"

	"github.com/pressrun/pressrun/digest"
)

const (
	minPixels = 50 // below it is an icon or a tracker
	maxAlt    = 250
)

// picture returns an item's picture: the largest that Media RSS names, else an
// enclosure, else iTunes' or JSON Feed's, else the first in the text.
func picture(item *gofeed.Item, base *url.URL) digest.Image {
	if img := largest(mediaImages(item.Extensions["media"], base)); img.URL != "" {
		return img
	}
	for _, e := range item.Enclosures {
		if isImageType(e.Type) || e.Type == "" && hasImageSuffix(e.URL) {
			if img := image(e.URL, "", "", "", base); img.URL != "" {
				return img
			}
		}
	}
	if item.ITunesExt != nil {
		if img := image(item.ITunesExt.Image, "", "", "", base); img.URL != "" {
			return img
		}
	}
	if item.Image != nil {
		if img := image(item.Image.URL, item.Image.Title, "", "", base); img.URL != "" {
			return img
		}
	}
	for _, text := range []string{item.Content, item.Description} {
		if img := firstImage(text, base); img.URL != "" {
			return img
		}
	}
	return digest.Image{}
}

// mediaImages returns the pictures of media:content, media:thumbnail and media:group.
func mediaImages(media map[string][]ext.Extension, base *url.URL) []digest.Image {
	var all []digest.Image
	for _, c := range media["content"] {
		kind, medium, at := c.Attrs["type"], c.Attrs["medium"], c.Attrs["url"]
		if isImageType(kind) || kind == "" && (medium == "image" || medium == "" && hasImageSuffix(at)) {
			all = append(all, image(at, alt(c), c.Attrs["width"], c.Attrs["height"], base))
		}
		all = append(all, mediaImages(c.Children, base)...)
	}
	for _, t := range media["thumbnail"] {
		all = append(all, image(t.Attrs["url"], "", t.Attrs["width"], t.Attrs["height"], base))
	}
	for _, g := range media["group"] {
		all = append(all, mediaImages(g.Children, base)...)
	}
	return all
}

func largest(all []digest.Image) digest.Image {
	var best digest.Image
	for _, img := range all {
		if img.URL != "" && (best.URL == "" || img.Width > best.Width) {
			best = img
		}
	}
	return best
}

// image returns a picture readers should see, or none.
func image(at, alt, width, height string, base *url.URL) digest.Image {
	img := digest.Image{URL: absolute(at, base), Width: pixels(width), Height: pixels(height)}
	if img.URL == "" || isSmall(width, img.Width) || isSmall(height, img.Height) || isOrnament(at) {
		return digest.Image{}
	}
	if alt = plain(alt); !looksLikeFile(alt) {
		img.Alt = shorten(alt, maxAlt)
	}
	return img
}

func isSmall(attr string, pixels int) bool {
	return attr == "0" || pixels > 0 && pixels < minPixels
}

// pixels reads a length attribute; 0 if it is missing or relative.
func pixels(s string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(s), "px"))
	if err != nil || n < 0 || n > 50_000 {
		return 0
	}
	return n
}

// isOrnament knows pictures that stand in feeds without being part of an article:
// portraits of authors, smileys, counters and advertisements.
func isOrnament(at string) bool {
	for _, s := range []string{"gravatar.com/avatar", "/images/core/emoji/", "feeds.feedburner.com/~",
		"feeds.wordpress.com/1.0/", "pixel.wp.com", "stats.wordpress.com", "doubleclick.net", "feedsportal.com",
		"google-analytics.com", "/pixel.gif", "/spacer.gif", "/blank.gif"} {
		if strings.Contains(at, s) {
			return true
		}
	}
	return isSVG("", at) // mail programs do not show it
}

// alt returns the text that Media RSS gives in place of a picture.
func alt(c ext.Extension) string {
	for _, name := range []string{"description", "title"} {
		for _, x := range c.Children[name] {
			if strings.TrimSpace(x.Value) != "" {
				return x.Value
			}
		}
	}
	return ""
}

// looksLikeFile reports whether a picture's text is its file's name.
func looksLikeFile(alt string) bool {
	return strings.Count(alt, " ") < 2 && strings.ContainsAny(alt, "-_.0123456789")
}

func isImageType(t string) bool {
	return strings.HasPrefix(strings.ToLower(t), "image/") && !isSVG(t, "")
}

func isSVG(kind, at string) bool {
	return strings.HasPrefix(strings.ToLower(kind), "image/svg") || suffix(at) == ".svg"
}

func hasImageSuffix(at string) bool {
	switch suffix(at) {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif":
		return true
	}
	return false
}

func suffix(at string) string {
	at, _, _ = strings.Cut(at, "?")
	return strings.ToLower(path.Ext(at))
}

// firstImage returns the first picture in a text that is part of it.
func firstImage(text string, base *url.URL) digest.Image {
	text = clip(text, 4*maxMarkup)
	if !strings.Contains(text, "<img") && !strings.Contains(text, "<IMG") {
		return digest.Image{}
	}
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return digest.Image{}
		case html.StartTagToken, html.SelfClosingTagToken:
			if name, _ := z.TagName(); string(name) != "img" {
				continue
			}
			a := attributes(z)
			at := a["src"]
			if at == "" || strings.HasPrefix(at, "data:") {
				at = a["data-src"] // loaded late, by a script that no mail runs
			}
			if img := image(at, a["alt"], a["width"], a["height"], base); img.URL != "" {
				return img
			}
		}
	}
}

func attributes(z *html.Tokenizer) map[string]string {
	all := map[string]string{}
	for {
		key, value, more := z.TagAttr()
		if len(key) > 0 {
			all[string(key)] = string(value)
		}
		if !more {
			return all
		}
	}
}
