package picture

import (
	"context"
	"encoding/binary"
	"image"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
)

func TestWhatIsNoPictureLeavesTheStoryWithoutOne(t *testing.T) {
	good := asJPEG(photo(600, 400), 90)
	endless := func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(append(good, make([]byte, 1<<16)...)); err != nil {
				return
			}
		}
	}
	slow := func(w http.ResponseWriter, r *http.Request) {
		w.Write(good[:100])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
	progressive := append([]byte{0xFF, 0xD8, 0xFF, 0xC2, 0, 17, 8}, 0x17, 0x70, 0x17, 0x70, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
	progressive = append(progressive, 0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0)
	for _, c := range []struct {
		name, kind string
		data       []byte
		handler    http.HandlerFunc
		want       string
	}{
		{name: "a bomb", data: pngHead(50_000, 50_000), want: "50000 by 50000"},
		{name: "a bomb of one line", data: pngHead(2_000_000_000, 1), want: "only 2000000000 by 1 pixels"},
		{name: "a strip", data: asPNG(image.NewGray(image.Rect(0, 0, 9000, 60))), want: "a strip of 9000 by 60"},
		{name: "36 megapixels at once in memory", data: progressive, want: "25 megapixels"},
		{name: "a counter", data: asPNG(image.NewGray(image.Rect(0, 0, 1, 1))), want: "only 1 by 1"},
		{name: "cut off", data: good[:len(good)/2], want: "damaged"},
		{name: "only its first bytes", data: good[:12], want: "damaged"},
		{name: "an SVG", kind: "image/svg+xml", data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), want: "no picture that mail programs show"},
		{name: "a page with a picture's type", kind: "image/jpeg", data: []byte("<!DOCTYPE html><p>Sign in"), want: "but text/html"},
		{name: "nothing", data: nil, want: "nothing at all"},
		{name: "no such file", handler: http.NotFound, want: "404 Not Found"},
		{name: "an error with a picture", handler: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); w.Write(good) }, want: "500"},
		{name: "endless", handler: endless, want: "larger than 10 MB"},
		{name: "says that it is large", handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99999999")
			w.Write(good)
		}, want: "larger than 10 MB"},
		{name: "never done", handler: slow, want: "did not arrive in time"},
		{name: "leads into the house", handler: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://10.0.0.1/p.jpg", 302) }, want: "private address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.Patience = time.Second
			if d.serves("/p", c.kind, c.data); c.handler != nil {
				d.files["/p"] = c.handler
			}
			d.serves("/good", "image/jpeg", good)
			began := time.Now()
			got := d.replace(morning, "/p", "/good")
			if d := cmp.Diff(digest.Image{}, got[0]); d != "" {
				t.Error(d)
			}
			if got[1].URL == "" {
				t.Error("the other story has none either")
			}
			if !strings.Contains(d.log.String(), c.want) {
				t.Errorf("the log does not say %q: %s", c.want, d.log)
			}
			if n := d.count(`SELECT count(*) FROM picture WHERE large = '' AND error LIKE '%' || ?1 || '%'`, c.want); n != 1 {
				t.Errorf("%d rows say why", n)
			}
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
	t.Run("a private address", func(t *testing.T) {
		d := newDesk(t)
		d.Fetcher = &feed.Fetcher{}
		d.serves("/p", "image/jpeg", good)
		if got := d.replace(morning, "/p")[0]; got.URL != "" || d.asked["/p"] > 0 {
			t.Errorf("%+v, asked %d times", got, d.asked["/p"])
		}
	})
}

// A file can be made so that it takes minutes to decode.
func TestDecodingEndsWithItsTime(t *testing.T) {
	data := asJPEG(photo(600, 400), 90)
	s, err := look(data)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.files(ctx, data); err == nil || !strings.Contains(err.Error(), "in time") {
		t.Errorf("%v", err)
	}
}

// Any bytes give either files within their bounds or a sentence.
func FuzzPictures(f *testing.F) {
	for _, seed := range [][]byte{
		asJPEG(photo(64, 48), 90), withEXIF(asJPEG(photo(64, 48), 90), 6, binary.BigEndian), asPNG(photo(50, 50)),
		pngHead(100, 100), webpOf(60, 60), []byte("GIF89a"), {},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := look(data)
		if err == nil && s.pixels() > 1_000_000 {
			return // it would be read, and take its time
		}
		var k kept
		if err == nil {
			k, err = s.files(t.Context(), data)
		}
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("no reason")
			}
			return
		}
		if k.large.Width > largeWidth || k.large.Height > largeHeight || k.small.Width > smallWidth || k.small.Height > smallHeight ||
			len(k.large.Data) > maxFile || len(k.small.Data) > maxFile || !nameForm.MatchString(k.large.Name) {
			t.Errorf("%d by %d, %d bytes", k.large.Width, k.large.Height, len(k.large.Data))
		}
	})
}
