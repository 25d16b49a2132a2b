// Package picture keeps copies of the pictures of stories: of the size that letters need,
// read and written anew, and served by us, so that a letter stays as it was when the paper
// has moved its pictures, and the paper's servers do not learn who opens it when.
package picture

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/feed"
)

// Path is where the site serves the files.
const Path = "/pictures/"

const (
	atOnce = 8
	inAll  = 20 * time.Second // for the pictures of an issue
	// A copy is believed for so long; after that the address may have another picture, as
	// that of a weather map has.
	believed = 3 * time.Hour
	// What failed is not asked for again before.
	askAgain = 10 * time.Minute
	// keepFor is how long a file is there after an issue took it.
	keepFor = 365 * 24 * time.Hour
)

// A Copier gives stories copies of their pictures. All fields are set before use.
type Copier struct {
	Store   *Store
	Fetcher *feed.Fetcher // asks; private addresses are refused as it refuses them
	Base    string        // the site's public URL, without a slash at its end
	Log     *slog.Logger
	// Patience is how long all pictures of an issue may take; 0: twenty seconds.
	Patience time.Duration
}

// Replace puts our copy in the place of the picture of each story that is in. A story whose
// picture cannot be had in time stands without, and the log says why. The error says that
// ctx ended or that nothing can be kept; the stories are then as they were.
func (c *Copier) Replace(ctx context.Context, stories []digest.Story, now time.Time) error {
	var addresses []string
	seen := map[string]bool{}
	for _, st := range stories {
		if at := st.Image.URL; st.In && at != "" && !c.ours(at) && !seen[at] {
			addresses, seen[at] = append(addresses, at), true
		}
	}
	if len(addresses) == 0 {
		return nil
	}
	copies, err := c.copies(ctx, addresses, now)
	if err != nil {
		return err
	}
	for i := range stories {
		st := &stories[i]
		if !st.In || !seen[st.Image.URL] {
			continue
		}
		k := copies[st.Image.URL]
		if k.err != "" {
			c.Log.Warn("a story goes without its picture", "story", st.URL, "picture", st.Image.URL, "why", k.err)
			st.Image = digest.Image{}
			continue
		}
		alt := st.Image.Alt
		if alt == "" {
			alt = st.Title
		}
		st.Image = digest.Image{URL: c.url(k.large), Small: c.url(k.small), Alt: alt, Width: k.large.Width, Height: k.large.Height}
	}
	if _, err := c.Store.Tidy(ctx, now.Add(-keepFor)); err != nil {
		c.Log.Error("old pictures cannot be tidied away; it is tried again with the next issue", "error", err)
	}
	return nil
}

func (c *Copier) url(f File) string { return c.Base + Path + f.Name }

func (c *Copier) ours(address string) bool { return strings.HasPrefix(address, c.Base+Path) }

// copies returns for each address its copy, or why there is none.
func (c *Copier) copies(ctx context.Context, addresses []string, now time.Time) (map[string]kept, error) {
	copies, err := c.Store.known(ctx, addresses)
	if err != nil {
		return nil, err
	}
	patience := c.Patience
	if patience == 0 {
		patience = inAll
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client, done := c.Fetcher.Client()
	defer done()
	found := make([]kept, len(addresses))
	room := semaphore.NewWeighted(maxPixels)
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i, address := range addresses {
		if k, is := copies[address]; is && k.fresh(now) {
			found[i] = k
			continue
		}
		g.Go(func() error {
			found[i] = c.copy(limited, client, room, address)
			return nil
		})
	}
	g.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i, address := range addresses {
		if k, is := copies[address]; is && k.fresh(now) {
			err = c.Store.use(ctx, k, now)
		} else {
			err = c.Store.put(ctx, address, found[i], now)
		}
		if err != nil {
			return nil, err
		}
		copies[address] = found[i]
	}
	return copies, nil
}

// fresh reports whether a picture need not be asked for again.
func (k kept) fresh(now time.Time) bool {
	age := now.Sub(k.fetchedAt)
	if k.err != "" {
		return age < askAgain
	}
	return age < believed
}

// copy fetches a picture and makes its files. Pictures are decoded as many at a time as
// there are processors, and together with no more pixels than one of them may have.
func (c *Copier) copy(ctx context.Context, client *http.Client, room *semaphore.Weighted, address string) kept {
	data, err := c.fetch(ctx, client, address)
	if err != nil {
		return kept{err: err.Error()}
	}
	s, err := look(data)
	if err != nil {
		return kept{err: err.Error()}
	}
	weight := int64(max(s.pixels(), maxPixels/runtime.GOMAXPROCS(0)))
	if room.Acquire(ctx, weight) != nil {
		return kept{err: "the picture could not be read in time"}
	}
	defer room.Release(weight)
	k, err := s.files(ctx, data)
	if err != nil {
		return kept{err: err.Error()}
	}
	return k
}

// files makes the copies of a picture: a large one, and a small one that is made of it.
func (s sketch) files(ctx context.Context, data []byte) (k kept, err error) {
	m, err := s.decode(ctx, data)
	if err != nil {
		return kept{}, err
	}
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	if s.turn >= 5 {
		w, h = h, w
	}
	w, h = fit(w, h, largeWidth, largeHeight)
	large := resize(m, w, h, s.turn)
	if k.large, err = encode(large); err != nil {
		return kept{}, err
	}
	w, h = fit(w, h, smallWidth, smallHeight)
	k.small, err = encode(resize(large, w, h, 1))
	return k, err
}
