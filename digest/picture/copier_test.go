package picture

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
	"github.com/pressrun/pressrun/subscribers/db"
)

var morning = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// A desk is a copier on a real database, and a server with the pictures of a paper.
type desk struct {
	*testing.T
	*Copier
	*httptest.Server
	db  *db.DB
	log *bytes.Buffer

	mu    sync.Mutex
	files map[string]http.HandlerFunc
	asked map[string]int
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{T: t, log: &bytes.Buffer{}, files: map[string]http.HandlerFunc{}, asked: map[string]int{}}
	var err error
	if d.db, err = db.Open(t.Context(), filepath.Join(t.TempDir(), "pressrun.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.db.Close() })
	if err := d.db.Migrate(t.Context(), Schema()); err != nil {
		t.Fatal(err)
	}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		d.asked[r.URL.Path]++
		h := d.files[r.URL.Path]
		d.mu.Unlock()
		if h == nil {
			http.NotFound(w, r)
			return
		}
		h(w, r)
	}))
	t.Cleanup(d.Server.CloseClientConnections)
	d.Copier = &Copier{
		Store: NewStore(d.db), Base: "https://letters.paper.example", Log: slog.New(slog.NewTextHandler(d.log, nil)),
		Fetcher: &feed.Fetcher{UserAgent: "Pressrun/test", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
	}
	return d
}

func (d *desk) serves(path, kind string, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files[path] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Write(data)
	}
}

// replace returns the pictures of stories whose pictures were at these paths.
func (d *desk) replace(now time.Time, paths ...string) (all []digest.Image) {
	d.Helper()
	var stories []digest.Story
	for _, p := range paths {
		if strings.HasPrefix(p, "/") {
			p = d.URL + p
		}
		stories = append(stories, digest.Story{In: true, Article: digest.Article{Title: "Rain", Image: digest.Image{URL: p, Alt: "Wet street", Width: 7, Height: 5}}})
	}
	if err := d.Replace(d.Context(), stories, now); err != nil {
		d.Fatal(err)
	}
	for _, st := range stories {
		all = append(all, st.Image)
	}
	return all
}

// file returns what is served under an address of ours.
func (d *desk) file(address string) (File, image.Image) {
	d.Helper()
	name, is := strings.CutPrefix(address, d.Base+Path)
	if !is {
		d.Fatalf("%q is not ours", address)
	}
	f, err := d.Store.File(d.Context(), name)
	if err != nil {
		d.Fatal(err)
	}
	m, kind, err := image.Decode(bytes.NewReader(f.Data))
	if err != nil || "image/"+kind != f.Type || m.Bounds().Dx() != f.Width || m.Bounds().Dy() != f.Height {
		d.Fatalf("%s is %s of %d by %d: %v", f.Name, kind, f.Width, f.Height, err)
	}
	return f, m
}

func (d *desk) count(query string, args ...any) (n int) {
	d.Helper()
	if err := d.db.View(context.Background(), func(tx *sql.Tx) error { return tx.QueryRow(query, args...).Scan(&n) }); err != nil {
		d.Fatal(err)
	}
	return n
}

func TestAPictureIsAskedForOnceAndAgainAfterSomeHours(t *testing.T) {
	d := newDesk(t)
	d.serves("/map", "image/jpeg", asJPEG(photo(600, 400), 90))
	first := d.replace(morning, "/map", "/map", "/none")
	if first[0] != first[1] || d.asked["/map"] != 1 {
		t.Errorf("asked %d times: %+v", d.asked["/map"], first)
	}
	d.serves("/map", "image/jpeg", asJPEG(photo(500, 500), 90))
	if again := d.replace(morning.Add(5*time.Minute), "/map", "/none"); again[0] != first[0] || d.asked["/map"] != 1 || d.asked["/none"] != 1 {
		t.Errorf("%+v, asked %v", again, d.asked)
	}
	later := d.replace(morning.Add(24*time.Hour), "/map", "/none")
	if later[0].URL == first[0].URL || later[0].Width != 500 || d.asked["/none"] != 2 {
		t.Errorf("%+v", later)
	}
	d.file(first[0].URL) // the issue of yesterday has it still
}

func TestOurOwnPicturesAndStoriesThatAreOutAreLeftAlone(t *testing.T) {
	d := newDesk(t)
	own := d.Base + Path + strings.Repeat("a", 32) + ".jpg"
	out := digest.Image{URL: d.URL + "/out"}
	stories := []digest.Story{
		{In: true, Article: digest.Article{Image: digest.Image{URL: own}}},
		{In: true},
		{Article: digest.Article{Image: out}},
	}
	if err := d.Replace(t.Context(), stories, morning); err != nil {
		t.Fatal(err)
	}
	if stories[0].Image.URL != own || stories[1].Image.URL != "" || stories[2].Image != out || len(d.asked) > 0 {
		t.Errorf("%+v, asked %v", stories, d.asked)
	}
}

func TestWithoutAltTheHeadlineStandsForAPicture(t *testing.T) {
	d := newDesk(t)
	d.serves("/p", "image/jpeg", asJPEG(photo(300, 200), 90))
	stories := []digest.Story{{In: true, Article: digest.Article{Title: "Rain at last", Image: digest.Image{URL: d.URL + "/p"}}}}
	if err := d.Replace(t.Context(), stories, morning); err != nil || stories[0].Image.Alt != "Rain at last" {
		t.Errorf("%+v %v", stories[0].Image, err)
	}
}

// An issue that waits for one slow server waits for no more than the patience that all its
// pictures have; one that is stopped is left as it was.
func TestManySlowPicturesTakeNoLongerThanOne(t *testing.T) {
	d := newDesk(t)
	d.Patience = 300 * time.Millisecond
	var paths []string
	for n := range 40 {
		paths = append(paths, fmt.Sprintf("/slow/%d", n))
		d.files[paths[n]] = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	}
	began := time.Now()
	d.replace(morning, paths...)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	d.files["/more"] = d.files[paths[0]]
	stories := []digest.Story{{In: true, Article: digest.Article{Image: digest.Image{URL: d.URL + "/more"}}}}
	if err := d.Replace(ctx, stories, morning); !errors.Is(err, context.DeadlineExceeded) || stories[0].Image.URL == "" {
		t.Errorf("%v %+v", err, stories[0].Image)
	}
}

func TestFilesThatNoIssueTookForAYearAreTidiedAway(t *testing.T) {
	d := newDesk(t)
	d.serves("/old", "image/jpeg", asJPEG(photo(300, 200), 90))
	d.serves("/used", "image/jpeg", asJPEG(photo(310, 200), 90))
	first := d.replace(morning, "/old", "/used")
	d.replace(morning.AddDate(0, 6, 0), "/used")
	d.replace(morning.AddDate(1, 0, 1), "/none")
	if _, err := d.Store.File(t.Context(), strings.TrimPrefix(first[0].URL, d.Base+Path)); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("the old one: %v", err)
	}
	d.file(first[1].URL)
	d.file(first[1].Small)
	if n := d.count(`SELECT count(*) FROM picture_file`); n != 2 {
		t.Errorf("%d files", n)
	}
	// A row whose file is gone does not count as a copy.
	d.db.Update(t.Context(), func(tx *sql.Tx) error { _, err := tx.Exec(`DELETE FROM picture_file`); return err })
	d.file(d.replace(morning.AddDate(1, 0, 1), "/used")[0].URL)
}
