package templates

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"
	"sync"
)

// WithSamplePictures puts drawings into the places of a sample's pictures, which are not
// there.
func (s *Set) WithSamplePictures(page []byte) []byte {
	for _, p := range s.drawings() {
		page = bytes.ReplaceAll(page, p.address, p.data)
	}
	return page
}

// A drawing takes the place of a picture of the sample.
type drawing struct{ address, data []byte }

// drawings returns what draws them, once.
func drawings() func() []drawing {
	return sync.OnceValue(func() (all []drawing) {
		for _, p := range []struct {
			name          string
			width, height int
		}{{"river.jpg", 1200, 640}, {"bakery.jpg", 800, 600}, {"train.jpg", 900, 900}} {
			var out bytes.Buffer
			if err := jpeg.Encode(&out, hills(p.width/2, p.height/2), nil); err != nil {
				continue // the place stays empty
			}
			data := "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(out.Bytes())
			all = append(all, drawing{[]byte(SamplePictures + p.name), []byte(data)})
		}
		return all
	})
}

// hills draws a sky with a sun over three ranges.
func hills(width, height int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	ranges := []color.RGBA{{0x8f, 0xa3, 0xb5, 255}, {0x5d, 0x75, 0x86, 255}, {0x2f, 0x43, 0x4e, 255}}
	for y := range height {
		for x := range width {
			share := float64(y) / float64(height)
			c := color.RGBA{uint8(240 - 60*share), uint8(205 + 20*share), uint8(170 + 60*share), 255}
			if dx, dy := x-width*3/4, y-height/3; dx*dx+dy*dy < height*height/90 {
				c = color.RGBA{0xff, 0xf1, 0xcf, 255}
			}
			for i, ground := range ranges {
				span := width / (i + 2)
				slope := (x + i*width/5) % span
				rise := min(slope, span-slope)
				if y > height/2+height*i/7+height/12-rise*height/(3*span) {
					c = ground
				}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}
