package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strings"

	"golang.org/x/image/webp"
)

const (
	maxPixels = 50_000_000
	// A progressive JPEG is held as coefficients of four bytes until its end.
	maxProgressive = 25_000_000
	// What is smaller is an icon or a tracker.
	minSide = 48
)

// A format is a kind of picture that can be read.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// formats by what the first bytes are, whatever the server calls them. Of an animation,
// the first frame is taken.
var formats = map[string]format{
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"image/png":  {png.DecodeConfig, png.Decode},
	"image/gif":  {gif.DecodeConfig, gif.Decode},
	"image/webp": {webp.DecodeConfig, webp.Decode},
}

// A sketch is what a picture says of itself before it is decoded.
type sketch struct {
	format
	width, height int
	turn          int // as EXIF counts them, 1 for upright
}

func (s sketch) pixels() int { return s.width * s.height }

// look tells whether a picture can be read, by its header alone: one that is small as a file
// may be huge in memory. Its errors are sentences.
func look(data []byte) (sketch, error) {
	kind := http.DetectContentType(data)
	s := sketch{turn: 1}
	var known bool
	if s.format, known = formats[kind]; !known {
		kind, _, _ = strings.Cut(kind, ";")
		return sketch{}, fmt.Errorf("it is no picture that mail programs show (JPEG, PNG, GIF or WebP) but %s", kind)
	}
	config, err := s.config(bytes.NewReader(data))
	if err != nil {
		return sketch{}, damaged(err)
	}
	s.width, s.height = config.Width, config.Height
	most := maxPixels
	if kind == "image/jpeg" {
		header := readJPEG(data)
		s.turn = header.turn
		if header.progressive {
			most = maxProgressive
		}
	}
	switch {
	case s.width < minSide || s.height < minSide:
		return sketch{}, fmt.Errorf("the picture is only %d by %d pixels: an icon or a counter", s.width, s.height)
	case s.width > most || s.height > most || s.pixels() > most:
		return sketch{}, fmt.Errorf("the picture is too large, %d by %d pixels; %d megapixels are read at most", s.width, s.height, most/1_000_000)
	}
	if w, h := fit(s.width, s.height, largeWidth, largeHeight); min(w, h) < minSide {
		return sketch{}, fmt.Errorf("the picture is a strip of %d by %d pixels, of which a letter would show a line", s.width, s.height)
	}
	return s, nil
}

// decode returns the pixels. It gives up when ctx ends: a picture can be made so that it
// takes minutes. What a decoder did not foresee is one more damaged picture.
func (s sketch) decode(ctx context.Context, data []byte) (m image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, damaged(fmt.Errorf("%v", p))
		}
	}()
	m, err = s.format.decode(&lasting{ctx, bytes.NewReader(data)})
	switch {
	case ctx.Err() != nil:
		return nil, errors.New("the picture could not be read in time")
	case err != nil:
		return nil, damaged(err)
	}
	return m, nil
}

func damaged(err error) error { return fmt.Errorf("the picture is damaged (%w)", err) }

// lasting reads until ctx ends.
type lasting struct {
	ctx context.Context
	r   io.Reader
}

func (l *lasting) Read(p []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	return l.r.Read(p[:min(len(p), 4096)])
}
