package feed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
)

// KindJSONFiles is articles in JSON that were not fetched: in a folder, or handed over.
const KindJSONFiles = "JSON files"

const (
	maxFiles     = 2000     // of a folder
	maxFolder    = 64 << 20 // bytes of all its files
	maxStream    = 16 << 20 // bytes handed over at once
	maxDocuments = 5000     // of them
)

// ParseJSON makes articles of JSON documents, one after the other. Each is an article in
// the form of a JSON Feed item (jsonfeed.org), a list of such, or a whole JSON Feed:
//
//	{"id": "1", "url": "https://paper.example/rain", "title": "Rain", "summary": "It rains.",
//	 "date_published": "2026-11-23T06:00:00Z", "authors": [{"name": "Mona Haddad"}],
//	 "tags": ["City"], "image": "https://paper.example/rain.jpg", "language": "en"}
//
// url and title are needed. Its errors are sentences.
func ParseJSON(r io.Reader, src digest.Source, now time.Time) (Feed, error) {
	found := Feed{Kind: KindJSONFiles}
	limited := &io.LimitedReader{R: r, N: maxStream + 1}
	dec := json.NewDecoder(limited)
	for n := 1; ; n++ {
		var doc json.RawMessage
		err := dec.Decode(&doc)
		switch {
		case errors.Is(err, io.EOF):
			found.Articles = tellApart(newest(found.Articles))
			return found, nil
		case limited.N <= 0:
			return Feed{}, errors.New("the JSON is larger than 16 MB; hand it over in parts")
		case err != nil:
			return Feed{}, fmt.Errorf("document %d is no JSON (%w); each is an article with at least \"url\" and \"title\", or a JSON Feed", n, err)
		case n > maxDocuments:
			return Feed{}, fmt.Errorf("there are more than %d documents; hand them over in parts", maxDocuments)
		}
		one, err := parseDocument(doc, src, now)
		if err != nil {
			return Feed{}, fmt.Errorf("document %d: %w", n, err)
		}
		found.add(one)
	}
}

// add takes in the articles of another part.
func (f *Feed) add(part Feed) {
	f.Articles = append(f.Articles, part.Articles...)
	f.Dropped += part.Dropped
	f.Title = cmp.Or(f.Title, part.Title)
	f.HomeURL = cmp.Or(f.HomeURL, part.HomeURL)
	f.Language = cmp.Or(f.Language, part.Language)
	f.Warning = cmp.Or(f.Warning, part.Warning)
}

// parseDocument reads one document as the JSON Feed it is, or is an item of.
func parseDocument(doc []byte, src digest.Source, now time.Time) (Feed, error) {
	doc = bytes.TrimSpace(doc)
	var shape struct {
		Version string
		Items   json.RawMessage
	}
	var items []byte
	switch {
	case len(doc) > 0 && doc[0] == '[':
		items = doc
	case len(doc) == 0 || doc[0] != '{' || json.Unmarshal(doc, &shape) != nil:
		return Feed{}, errors.New("it is neither an article nor a JSON Feed")
	case shape.Items == nil:
		items = slices.Concat([]byte("["), doc, []byte("]"))
	}
	if items != nil {
		doc = slices.Concat([]byte(`{"version":"https://jsonfeed.org/version/1.1","items":`), items, []byte("}"))
	}
	found, err := parse(doc, "application/feed+json", &url.URL{}, src, now)
	if err == nil && len(found.Articles) == 0 && found.Dropped > 0 {
		err = errors.New(`it has no "title" or no "url" that begins with https:// or http://`)
	}
	return found, err
}

// FolderURL returns the address under which a folder is a source.
func FolderURL(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("where %s is cannot be found out (%w)", dir, err)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}).String(), nil
}

// readFolder reads the JSON files of a folder, by name. A file that cannot be read does not
// keep the others from it. Links that lead out of the folder are not followed.
func readFolder(src digest.Source, now time.Time) (reading, error) {
	u, err := url.Parse(src.URL)
	if err != nil || u.Scheme != "file" || u.Path == "" {
		return reading{}, fmt.Errorf("%q is no folder; write it as file:///srv/stories", src.URL)
	}
	root, err := os.OpenRoot(filepath.FromSlash(u.Path))
	if err != nil {
		return reading{}, fmt.Errorf("the folder %s cannot be opened (%w); check its path and that this user may read it", u.Path, reason(err))
	}
	defer root.Close()
	names, err := fs.Glob(root.FS(), "*.json")
	if err != nil {
		return reading{}, fmt.Errorf("the folder %s cannot be read (%w)", u.Path, reason(err))
	}
	if len(names) > maxFiles {
		return reading{}, fmt.Errorf("the folder %s has more than %d files; move the old ones away", u.Path, maxFiles)
	}
	r := reading{found: Feed{Kind: KindJSONFiles}}
	var parts [][]byte
	total := 0
	for _, name := range names {
		body, err := readFile(root, name)
		if total += len(body); total > maxFolder {
			return reading{}, fmt.Errorf("the files in %s are larger than 64 MB together; move the old ones away", u.Path)
		}
		var part Feed
		if err == nil {
			part, err = ParseJSON(bytes.NewReader(body), src, now)
		}
		if err != nil {
			part = Feed{Warning: fmt.Sprintf("the file %s is left out: %v", name, err)}
		}
		r.found.add(part)
		parts = append(parts, []byte(name), body)
	}
	r.hash = hashOf(parts...)
	r.found.Title = cmp.Or(r.found.Title, filepath.Base(u.Path))
	r.found.Articles = tellApart(newest(r.found.Articles))
	return r, nil
}

// readFile reads a plain file; a pipe or a device could keep us waiting for ever.
func readFile(root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	switch {
	case err != nil:
		return nil, reason(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no plain file")
	case info.Size() > maxBytes:
		return nil, errors.New("it is larger than 5 MB")
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxBytes))
}

// reason returns what a file's error says beside its path.
func reason(err error) error {
	if failed, is := errors.AsType[*fs.PathError](err); is {
		return failed.Err
	}
	return err
}

// IsFolder reports whether a source's address, as somebody wrote it, is that of a folder
// on this machine.
func IsFolder(address string) bool {
	if strings.Contains(address, "://") {
		return false
	}
	info, err := os.Stat(address)
	return err == nil && info.IsDir()
}
