package digest

import (
	"crypto/sha256"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// keys returns the names of a, the surest first.
func (a *Article) keys() (keys [][]byte) {
	if a.GUID != "" {
		keys = append(keys, nameKey("guid", strconv.FormatInt(a.SourceID, 10), a.GUID))
	}
	if !a.SharedURL {
		for _, address := range append([]string{a.URL}, a.Aliases...) {
			keys = append(keys, addressKeys(address)...)
		}
	}
	// A headline alone can come again ("Letters to the editor"); with its summary it is
	// the same story.
	if words := fold(PlainText(a.Summary)); len(words) >= 40 {
		keys = append(keys, nameKey("words", fold(a.Title), words))
	}
	// A feed that gives neither: all its articles have one link, and no GUID.
	if a.GUID == "" && (canonical(a.URL) == "" || a.SharedURL) {
		keys = append(keys, nameKey("title", strconv.FormatInt(a.SourceID, 10), a.Title))
	}
	return keys
}

// nameKey is a name of an article as it is stored: all of one length.
func nameKey(kind string, parts ...string) []byte {
	sum := sha256.Sum256([]byte(kind + "\x00" + strings.Join(parts, "\x00")))
	return sum[:16]
}

// addressKeys returns the names that a page has by its URL: that of the page whatever
// device it is laid out for, and its own where it differs. The latter is what earlier
// versions of the program have kept.
func addressKeys(raw string) (keys [][]byte) {
	own := canonical(raw)
	if own == "" {
		return nil
	}
	if page := canonical(anyDevice(raw)); page != "" && page != own {
		keys = append(keys, nameKey("url", page))
	}
	return append(keys, nameKey("url", own))
}

// canonical returns what tells a page from others in its URL: not the scheme, not "www.",
// not a slash at the end.
func canonical(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	host := strings.TrimPrefix(strings.ToLower(u.Host), "www.")
	return host + strings.TrimSuffix(u.EscapedPath(), "/") + "?" + u.Query().Encode()
}

// anyDevice returns the address of the full page that raw, an AMP page or one for
// telephones, is another layout of; raw itself where it is none.
func anyDevice(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	u = outOfCache(u)
	host := strings.TrimPrefix(strings.ToLower(u.Host), "www.")
	for _, prefix := range []string{"amp.", "m.", "mobile."} {
		if rest, ok := strings.CutPrefix(host, prefix); ok && strings.Contains(rest, ".") {
			host = rest
			break
		}
	}
	u.Host = host
	u.Path, u.RawPath = withoutAMP(u.Path), ""
	query := u.Query()
	query.Del("amp")
	if query.Get("outputType") == "amp" {
		query.Del("outputType")
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// withoutAMP removes what marks an AMP page in a path: /amp/… at its front, …/amp,
// ….amp or ….amp.html at its end.
func withoutAMP(p string) string {
	p = strings.TrimSuffix(p, "/")
	if rest, ok := strings.CutPrefix(p, "/amp/"); ok && rest != "" {
		return "/" + rest
	}
	if rest, ok := strings.CutSuffix(p, "/amp"); ok && rest != "" {
		return rest
	}
	if rest, ok := strings.CutSuffix(p, ".amp.html"); ok && path.Base(rest) != "/" {
		return rest + ".html"
	}
	return strings.TrimSuffix(p, ".amp")
}

// outOfCache returns the address of the page that an AMP cache holds a copy of, as in
// google.com/amp/s/paper.example/a and paper-example.cdn.ampproject.org/c/s/paper.example/a.
func outOfCache(u *url.URL) *url.URL {
	host := strings.TrimPrefix(strings.ToLower(u.Host), "www.")
	kind, rest, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	switch {
	case strings.HasPrefix(host, "google.") && kind == "amp":
	case strings.HasSuffix(host, ".cdn.ampproject.org") && (kind == "c" || kind == "v" || kind == "i"):
	default:
		return u
	}
	rest = strings.TrimPrefix(rest, "s/")
	origin, p, _ := strings.Cut(rest, "/")
	if !strings.Contains(origin, ".") {
		return u
	}
	return &url.URL{Scheme: "https", Host: origin, Path: "/" + p, RawQuery: u.RawQuery}
}
