package site

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
	"github.com/pressrun/pressrun/digest/picture"
	"github.com/pressrun/pressrun/subscribers/db"
	"github.com/pressrun/pressrun/templates"
)

// A picture that was copied is served for good, as what it is, and to anybody.
func TestPicturesAreServedUnderTheNameOfTheirContent(t *testing.T) {
	var drawn bytes.Buffer
	ok(t, jpeg.Encode(&drawn, image.NewGray(image.Rect(0, 0, 1600, 900)), nil))
	paper := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(drawn.Bytes()) }))
	t.Cleanup(paper.Close)

	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "pressrun.db"))
	ok(t, err)
	t.Cleanup(func() { d.Close() })
	ok(t, d.Migrate(t.Context(), digest.Schema(), picture.Schema()))
	set, err := templates.Load(nil)
	ok(t, err)
	ours := httptest.NewUnstartedServer(nil)
	base := "http://" + ours.Listener.Addr().String()
	pages, err := set.Pages(wire, base)
	ok(t, err)
	log := slog.New(slog.DiscardHandler)
	store := picture.NewStore(d)
	ours.Config.Handler = (&Site{Frame: &web.Frame{Pages: pages, Base: base, Log: log}, Digest: digest.NewStore(d), Pictures: store}).Handler()
	ours.Start()
	t.Cleanup(ours.Close)

	copier := picture.Copier{Store: store, Base: base, Log: log,
		Fetcher: &feed.Fetcher{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	stories := []digest.Story{{In: true, Article: digest.Article{Title: "Ships", Image: digest.Image{URL: paper.URL}}}}
	ok(t, copier.Replace(t.Context(), stories, then))

	img := stories[0].Image
	for address, width := range map[string]int{img.URL: img.Width, img.Small: 256} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
			ok(t, err)
			res, err := http.DefaultClient.Do(req)
			ok(t, err)
			body, err := io.ReadAll(res.Body)
			ok(t, err)
			res.Body.Close()
			for name, want := range map[string]string{
				"Content-Type": "image/jpeg", "X-Content-Type-Options": "nosniff",
				"Cache-Control": "public, max-age=31536000, immutable", "Cross-Origin-Resource-Policy": "cross-origin",
			} {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s %s: %s is %q, want %q", method, address, name, got, want)
				}
			}
			if res.StatusCode != http.StatusOK || res.ContentLength < 500 {
				t.Errorf("%s %s: %d, %d bytes", method, address, res.StatusCode, res.ContentLength)
			}
			if method == http.MethodHead {
				continue
			}
			if c, err := jpeg.DecodeConfig(bytes.NewReader(body)); err != nil || c.Width != width {
				t.Errorf("%s is %d wide, want %d: %v", address, c.Width, width, err)
			}
		}
	}
	name := strings.TrimPrefix(img.URL, base+picture.Path)
	for _, other := range []string{strings.ToUpper(name), name[1:], strings.Repeat("0", 32) + ".jpg", name + "x", "..%2F" + name, "%27%20OR%201"} {
		res, err := http.Get(base + picture.Path + other)
		ok(t, err)
		res.Body.Close()
		if res.StatusCode != http.StatusNotFound || strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %s", other, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
}
