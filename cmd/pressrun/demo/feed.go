package demo

import (
	"encoding/xml"
	"time"
)

// The feeds are written with their prefixes in the names, as newsrooms' systems write
// them; the namespaces are declared once at the top.
const (
	nsContent = "http://purl.org/rss/1.0/modules/content/"
	nsCreator = "http://purl.org/dc/elements/1.1/"
	nsMedia   = "http://search.yahoo.com/mrss/"
	nsAtom    = "http://www.w3.org/2005/Atom"
)

type rssFeed struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Content string     `xml:"xmlns:content,attr"`
	Creator string     `xml:"xmlns:dc,attr"`
	Media   string     `xml:"xmlns:media,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language"`
	Built       string    `xml:"lastBuildDate"`
	TTL         int       `xml:"ttl"`
	Items       []rssItem `xml:"item"`
}

type rssItem struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	GUID        rssGUID   `xml:"guid"`
	Date        string    `xml:"pubDate,omitempty"`
	Creator     string    `xml:"dc:creator"`
	Categories  []string  `xml:"category"`
	Description string    `xml:"description"`
	Content     cdata     `xml:"content:encoded"`
	Media       mediaFile `xml:"media:content"`
}

type rssGUID struct {
	PermaLink bool   `xml:"isPermaLink,attr"`
	Value     string `xml:",chardata"`
}

type cdata struct {
	Text string `xml:",cdata"`
}

type mediaFile struct {
	URL         string `xml:"url,attr"`
	Medium      string `xml:"medium,attr"`
	Type        string `xml:"type,attr"`
	Width       int    `xml:"width,attr"`
	Height      int    `xml:"height,attr"`
	Description string `xml:"media:description"`
}

type atomFeed struct {
	XMLName xml.Name    `xml:"feed"`
	Space   string      `xml:"xmlns,attr"`
	Media   string      `xml:"xmlns:media,attr"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Motto   string      `xml:"subtitle"`
	Updated string      `xml:"updated"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Links      []atomLink     `xml:"link"`
	Published  string         `xml:"published"`
	Updated    string         `xml:"updated"`
	Author     string         `xml:"author>name"`
	Categories []atomCategory `xml:"category"`
	Summary    string         `xml:"summary"`
	Content    atomText       `xml:"content"`
	Media      mediaFile      `xml:"media:content"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

// link is a story's address as the feed gives it: the second telling of a story carries
// the tracking parameters that newsletters and dashboards like to add.
func (p *Paper) link(e *edition, s *story) string {
	link := p.base + s.path(e.Lang)
	if s.Same != "" && !s.OwnLink {
		link += "?utm_source=feed&utm_medium=rss&utm_campaign=update"
	}
	return link
}

func (p *Paper) media(s *story) mediaFile {
	return mediaFile{
		URL: p.base + s.picture(), Medium: "image", Type: "image/jpeg",
		Width: PictureWidth, Height: PictureHeight, Description: s.Alt,
	}
}

// rss writes the stories of e as RSS 2.0.
func (p *Paper) rss(e *edition) ([]byte, error) {
	feed := rssFeed{Version: "2.0", Content: nsContent, Creator: nsCreator, Media: nsMedia}
	feed.Channel = rssChannel{
		Title: e.Name, Link: p.base + e.Home, Description: e.Motto, Language: e.Lang,
		Built: p.now.Format(time.RFC1123Z), TTL: 15,
	}
	for _, s := range e.stories {
		item := rssItem{
			Title: s.Title, Link: p.link(e, s), GUID: rssGUID{Value: "courier:" + s.Slug},
			Creator: s.By, Categories: append([]string{s.Section}, s.Tags...),
			Description: s.Summary, Content: cdata{string(s.body())}, Media: p.media(s),
		}
		if !s.Undated {
			item.Date = s.Published.Format(time.RFC1123Z)
		}
		feed.Channel.Items = append(feed.Channel.Items, item)
	}
	return marshal(feed)
}

// atom writes the stories of e as Atom (RFC 4287).
func (p *Paper) atom(e *edition) ([]byte, error) {
	feed := atomFeed{
		Space: nsAtom, Media: nsMedia, Lang: e.Lang, ID: "tag:harbour-courier.example,2026:" + e.Lang,
		Title: e.Name, Motto: e.Motto, Updated: p.now.Format(time.RFC3339),
		Links: []atomLink{
			{Rel: "alternate", Type: "text/html", Href: p.base + e.Home},
			{Rel: "self", Type: e.FeedType, Href: p.base + e.Feed},
		},
	}
	for _, s := range e.stories {
		entry := atomEntry{
			ID: "tag:harbour-courier.example,2026:" + s.Slug, Title: s.Title,
			Links: []atomLink{
				{Rel: "alternate", Type: "text/html", Href: p.link(e, s)},
				{Rel: "enclosure", Type: "image/jpeg", Href: p.base + s.picture()},
			},
			Published: s.Published.Format(time.RFC3339), Updated: s.Published.Format(time.RFC3339),
			Author: s.By, Summary: s.Summary, Content: atomText{"html", string(s.body())}, Media: p.media(s),
		}
		for _, term := range append([]string{s.Section}, s.Tags...) {
			entry.Categories = append(entry.Categories, atomCategory{term})
		}
		feed.Entries = append(feed.Entries, entry)
	}
	return marshal(feed)
}

func marshal(feed any) ([]byte, error) {
	data, err := xml.MarshalIndent(feed, "", "  ")
	return append([]byte(xml.Header), data...), err
}
