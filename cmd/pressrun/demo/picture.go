package demo

import (
	"bytes"
	"hash/fnv"
	"image/jpeg"
	"math/rand/v2"
	"slices"
	"sync"
)

// Size of every picture of the paper, in pixels.
const (
	PictureWidth  = 1200
	PictureHeight = 675
)

// pictureQuality keeps a picture below the 200 kB that H5 allows.
const pictureQuality = 80

// A scene paints one kind of picture. The same numbers from r give the same picture.
type scene func(c *canvas, p palette, r *rand.Rand)

// scenes by the name that a story asks for.
func scenes() map[string]scene {
	return map[string]scene{
		"harbour": paintHarbour, "waves": paintWaves,
		"hills": paintHills, "dunes": paintDunes, "fields": paintFields,
		"skyline": paintSkyline, "arcade": paintArcade, "shelves": paintShelves,
		"tiles": paintTiles, "market": paintMarket, "orbits": paintOrbits,
		"track": paintTrack, "stage": paintStage,
	}
}

// drawPicture paints the named scene for a story and returns it as a JPEG. The seed is the
// story's own name: asked again, it gives the same bytes. An empty palette name lets the
// seed choose.
func drawPicture(seed, sceneName, paletteName string) ([]byte, error) {
	sum := fnv.New64a()
	sum.Write([]byte(seed))
	r := rand.New(rand.NewPCG(sum.Sum64(), 675))
	p, ok := palettes()[paletteName]
	if !ok {
		p = anyPalette(r)
	}
	paint := scenes()[sceneName]
	if paint == nil {
		paint = paintTiles
	}
	c := newCanvas(PictureWidth, PictureHeight)
	paint(c, p, r)
	var out bytes.Buffer
	err := jpeg.Encode(&out, c.print(r), &jpeg.Options{Quality: pictureQuality})
	return out.Bytes(), err
}

// anyPalette chooses by name, so that the order of a map has no say.
func anyPalette(r *rand.Rand) palette {
	all := palettes()
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return all[names[r.IntN(len(names))]]
}

// A gallery keeps the pictures that were asked for. Each is drawn once, even when two
// readers ask for it at the same time.
type gallery struct {
	mu    sync.Mutex
	drawn map[string]func() ([]byte, error)
}

// picture returns the JPEG of a story.
func (g *gallery) picture(s *story) ([]byte, error) {
	g.mu.Lock()
	if g.drawn == nil {
		g.drawn = make(map[string]func() ([]byte, error))
	}
	draw := g.drawn[s.Slug]
	if draw == nil {
		draw = sync.OnceValues(func() ([]byte, error) { return drawPicture(s.Slug, s.Scene, s.Palette) })
		g.drawn[s.Slug] = draw
	}
	g.mu.Unlock()
	return draw()
}
