package feed

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html/atom"
)

// Bounds of an XML feed (W14). Real feeds stay far below them; a document beyond one
// is made to exhaust its reader.
const (
	maxDepth      = 100
	maxElements   = 300_000
	maxAttributes = 100
	maxNamespaces = 64 // in scope at one place: the parser copies them for each element
	maxItems      = 5_000
	maxRepairs    = 20
)

// An outline is an XML feed made safe for the parser: its root element alone, without
// declarations, processing instructions and stray end tags, closed where it was cut.
type outline struct {
	kind      string // KindRSS, KindRDF or KindAtom
	body      []byte
	items     int
	languages []string // of each item: its xml:lang, or that of its text
	links     offer    // of the feed itself
	broken    int      // items left out because they could not be read
	cut       bool     // the document ends before its root element does
}

// outlineXML reads doc, which is UTF-8, once from start to end.
func outlineXML(doc []byte, url string) (outline, error) {
	s := scanner{doc: doc, url: url}
	s.restart(max(0, bytes.IndexByte(doc, '<')))
	for {
		from := s.at()
		token, err := s.dec.RawToken()
		if err != nil {
			if s.repair(err) {
				continue
			}
			return s.endEarly()
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = s.open(t, from)
		case xml.EndElement:
			s.close(t, from)
		case xml.ProcInst:
			s.replace(from, s.at(), nil)
		case xml.Directive:
			err = s.directive(t, from)
		}
		if err != nil {
			return outline{}, err
		}
		if s.done {
			return s.finish(s.at(), s.closers(0)), nil
		}
	}
}

type scanner struct {
	doc    []byte
	url    string
	dec    *xml.Decoder
	offset int // of the decoder's first byte in doc

	out      outline
	root     int // offset of the root element
	isPage   bool
	stack    []element
	elements int
	edits    []edit
	done     bool

	item    int // offset of the item being read
	itemAt  int // its depth, 0 outside of an item
	lang    string
	lastEnd int // offset after the last complete item
	closing []byte
	repairs int
}

type element struct {
	space, name string
	namespaces  int // in scope
}

// An edit replaces doc[from:to].
type edit struct {
	from, to int
	with     []byte
}

func (s *scanner) restart(offset int) {
	s.offset = offset
	s.dec = xml.NewDecoder(bytes.NewReader(s.doc[offset:]))
	s.dec.Strict = false
	// The text is UTF-8 by now, whatever the declaration says.
	s.dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
}

func (s *scanner) at() int { return s.offset + int(s.dec.InputOffset()) }

func (s *scanner) replace(from, to int, with []byte) {
	for n := len(s.edits); n > 0 && s.edits[n-1].from >= from; n-- {
		s.edits = s.edits[:n-1]
	}
	s.edits = append(s.edits, edit{from, to, with})
}

// open takes in a start tag.
func (s *scanner) open(t xml.StartElement, from int) error {
	if s.elements++; s.elements > maxElements || len(t.Attr) > maxAttributes {
		return hostileError(s.url)
	}
	if len(s.stack) == 0 {
		if s.isPage && s.elements > 2000 {
			return webPageError(s.url)
		}
		isRoot, err := s.findRoot(t)
		if err != nil || !isRoot {
			return err
		}
		s.root = from
	}
	e := element{space: t.Name.Space, name: t.Name.Local}
	if n := len(s.stack); n > 0 {
		e.namespaces = s.stack[n-1].namespaces
	}
	lang := ""
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns", a.Name.Space == "" && a.Name.Local == "xmlns":
			e.namespaces++
		case a.Name.Space == "xml" && a.Name.Local == "lang":
			lang = a.Value
		case a.Name.Space == "xml" && a.Name.Local == "base":
			s.fixBase(from, a.Value)
		}
	}
	s.stack = append(s.stack, e)
	depth := len(s.stack)
	if depth > maxDepth || e.namespaces > maxNamespaces {
		return hostileError(s.url)
	}
	switch {
	case s.itemAt == 0 && s.isItem(depth):
		s.item, s.itemAt, s.lang = from, depth, lang
	case s.itemAt > 0 && depth == s.itemAt+1 && s.lang == "" && isText(e.name):
		s.lang = lang
	case s.itemAt == 0 && depth <= 3 && e.name == "link":
		s.out.links.takeElement(t.Attr)
	}
	return nil
}

// findRoot looks for the element that is the feed. It is the first one, or stands in
// an XHTML page that serves as wrapping.
func (s *scanner) findRoot(t xml.StartElement) (bool, error) {
	switch name := strings.ToLower(t.Name.Local); {
	case name == "rss":
		s.out.kind = KindRSS
	case name == "rdf" && !s.isPage:
		s.out.kind = KindRDF
	case name == "feed" && (!s.isPage || hasAtomNamespace(t.Attr)):
		s.out.kind = KindAtom
	case s.isPage || atom.Lookup([]byte(name)) != 0: // HTML, often without <html>
		s.isPage = true
		return false, nil
	default:
		return false, otherXMLError(s.url, t.Name.Local)
	}
	return true, nil
}

func hasAtomNamespace(attrs []xml.Attr) bool {
	for _, a := range attrs {
		if a.Name.Local == "xmlns" && a.Value == "http://www.w3.org/2005/Atom" {
			return true
		}
	}
	return false
}

// isItem reports whether the element on top of the stack is an item: an entry of an
// Atom feed, an item of a channel, or one beside the channel (RSS 0.9, 1.0).
func (s *scanner) isItem(depth int) bool {
	name := s.stack[depth-1].name
	if s.out.kind == KindAtom {
		return depth == 2 && strings.EqualFold(name, "entry")
	}
	inChannel := depth == 3 && strings.EqualFold(s.stack[1].name, "channel")
	return (depth == 2 || inChannel) && strings.EqualFold(name, "item")
}

func isText(name string) bool {
	switch name {
	case "title", "summary", "description", "content", "encoded":
		return true
	}
	return false
}

// fixBase cuts a base after its last slash. That changes nothing in what a relative
// path resolves to (RFC 3986 §5.2.3), but the parser would append to the file name.
func (s *scanner) fixBase(from int, base string) {
	path, _, _ := strings.Cut(base, "?")
	slash := strings.LastIndexByte(path, '/')
	if scheme := strings.Index(path, "://"); slash < 0 || scheme >= 0 && slash < scheme+3 {
		return
	}
	tag := s.doc[from:s.at()]
	name := bytes.Index(tag, []byte("xml:base"))
	if name < 0 {
		return
	}
	fixed := bytes.Replace(tag[name:], []byte(base), []byte(base[:slash+1]), 1)
	s.replace(from, s.at(), append(bytes.Clone(tag[:name]), fixed...))
}

// close takes in an end tag, and the elements it closes by implication.
func (s *scanner) close(t xml.EndElement, from int) {
	if len(s.stack) == 0 {
		return
	}
	i := len(s.stack) - 1
	for i >= 0 && (s.stack[i].name != t.Name.Local || s.stack[i].space != t.Name.Space) {
		i--
	}
	if i < 0 {
		s.replace(from, s.at(), nil)
		return
	}
	s.stack = s.stack[:i]
	s.done = i == 0
	if s.itemAt > i {
		s.itemDone()
	}
}

func (s *scanner) itemDone() {
	s.out.items++
	s.out.languages = append(s.out.languages, s.lang)
	s.itemAt = 0
	s.lastEnd = s.at()
	s.closing = s.closers(0)
	s.done = s.done || s.out.items >= maxItems
}

// closers returns the end tags of the open elements from depth keep on.
func (s *scanner) closers(keep int) []byte {
	var b bytes.Buffer
	for i := len(s.stack) - 1; i >= keep; i-- {
		b.WriteString("</")
		if e := s.stack[i]; e.space != "" {
			b.WriteString(e.space + ":" + e.name)
		} else {
			b.WriteString(e.name)
		}
		b.WriteByte('>')
	}
	return b.Bytes()
}

// directive refuses a document type that declares anything: entities are how a small
// document becomes a large one or reads files (W14). One that only names itself, as
// RSS 0.91 and XHTML must, is left out and never fetched.
func (s *scanner) directive(t xml.Directive, from int) error {
	name := bytes.ToUpper(t[:min(len(t), len("DOCTYPE HTML"))])
	if bytes.ContainsAny(t, "[") || !bytes.HasPrefix(name, []byte("DOCTYPE")) {
		return dtdError(s.url)
	}
	s.isPage = s.isPage || bytes.HasSuffix(name, []byte(" HTML"))
	s.replace(from, s.at(), nil)
	return nil
}

// repair leaves out what the decoder could not read and goes on at the next item.
func (s *scanner) repair(err error) bool {
	if s.repairs++; s.repairs > maxRepairs || len(s.stack) == 0 || err == io.EOF {
		return false
	}
	from, parent := s.at(), len(s.stack)
	if s.itemAt > 0 {
		from, parent = s.item, s.itemAt-1
	} else if s.out.kind == KindRSS {
		parent = min(parent, 2)
	} else {
		parent = min(parent, 1)
	}
	next := s.nextItem(from + 1)
	if next < 0 {
		return false
	}
	if s.itemAt > 0 {
		s.replace(from, next, nil)
	} else {
		// What was being read when it broke goes too: back to the last tag.
		if tag := bytes.LastIndexByte(s.doc[:min(from, len(s.doc))], '<'); tag > s.root && tag >= s.lastEnd {
			from = tag
		}
		s.replace(from, next, s.closers(parent))
	}
	s.out.broken++
	s.stack = s.stack[:parent]
	s.itemAt = 0
	s.restart(next)
	return true
}

// nextItem returns the offset of the first item's tag at or after from, -1 if none.
func (s *scanner) nextItem(from int) int {
	tag := []byte("<item")
	if s.out.kind == KindAtom {
		tag = []byte("<entry")
	}
	for from < len(s.doc) {
		i := bytes.Index(s.doc[from:], tag)
		if i < 0 {
			return -1
		}
		from += i
		if end := from + len(tag); end < len(s.doc) && bytes.IndexByte([]byte("> \t\r\n/"), s.doc[end]) >= 0 {
			return from
		}
		from++
	}
	return -1
}

// endEarly closes the document after its last complete item.
func (s *scanner) endEarly() (outline, error) {
	switch {
	case s.isPage && len(s.stack) == 0:
		return outline{}, webPageError(s.url)
	case len(s.stack) == 0:
		return outline{}, notFeedError(s.url)
	case s.out.items == 0:
		return outline{}, fmt.Errorf("the feed %s is cut off before the end of its first article; "+
			"nothing could be saved, it will be read again", s.url)
	}
	s.out.cut = true
	return s.finish(s.lastEnd, s.closing), nil
}

// finish puts the document together from its root to end.
func (s *scanner) finish(end int, closing []byte) outline {
	var b bytes.Buffer
	at := s.root
	for _, e := range s.edits {
		if e.from < at || e.to > end {
			continue
		}
		b.Write(s.doc[at:e.from])
		b.Write(e.with)
		at = e.to
	}
	b.Write(s.doc[at:end])
	b.Write(closing)
	s.out.body = b.Bytes()
	return s.out
}
