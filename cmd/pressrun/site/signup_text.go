package site

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"

	"golang.org/x/net/html"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/templates"
)

// formTexts remembers the versions of the form's text by what they depend on.
type formTexts struct {
	mu       sync.Mutex
	versions map[string]string
}

// formVersion names the text that a visitor agrees to, in a language: a hash of what the
// form shows (W6). The log has the text of each, so that it can be shown years later.
func (s *Site) formVersion(lang string, offer []digest.Edition) string {
	var key strings.Builder
	key.WriteString(lang)
	for _, e := range offer {
		for _, part := range append([]string{"", e.Slug, e.Name}, append(e.Languages, e.Rules.Offer...)...) {
			key.WriteString("\x00" + part)
		}
	}
	s.texts.mu.Lock()
	defer s.texts.mu.Unlock()
	if version := s.texts.versions[key.String()]; version != "" {
		return version
	}
	text := s.formText(lang, offer)
	sum := sha256.Sum256([]byte(text))
	version := hex.EncodeToString(sum[:6])
	if s.texts.versions == nil || len(s.texts.versions) > 100 {
		s.texts.versions = map[string]string{}
	}
	s.texts.versions[key.String()] = version
	s.Frame.Log.Info("the text of the sign-up form", "version", version, "language", lang, "text", text)
	return version
}

// formText is what a person reads on the form.
func (s *Site) formText(lang string, offer []digest.Edition) string {
	var page bytes.Buffer
	if err := s.Frame.Pages.Page(&page, "subscribe", templates.Page{Language: lang, View: s.formView(offer, wish{})}); err != nil {
		return ""
	}
	doc, err := html.Parse(&page)
	if err != nil {
		return ""
	}
	var words []string
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "main" {
			for t := range n.Descendants() {
				if t.Type == html.TextNode {
					words = append(words, strings.Fields(t.Data)...)
				}
				if t.Type == html.ElementNode && t.Data == "a" {
					for _, at := range t.Attr {
						if at.Key == "href" {
							words = append(words, at.Val)
						}
					}
				}
			}
		}
	}
	return strings.Join(words, " ")
}
