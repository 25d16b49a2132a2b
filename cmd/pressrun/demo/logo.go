package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// drawLogo is the paper's emblem: a lamp over two waves, in a disc.
func drawLogo() ([]byte, error) {
	const size = 256
	c := newCanvas(size, size)
	sea, lamp, foam := hex(0x17324a), hex(0xb5452c), hex(0xf6ead2)
	c.wash(0, size, sea, sea)
	c.fill([]point{{108, 176}, {116, 92}, {140, 92}, {148, 176}}, foam, 1)
	c.fill([]point{{111, 144}, {113.5, 118}, {142.5, 118}, {145, 144}}, lamp, 1)
	c.fill([]point{{106, 92}, {150, 92}, {150, 86}, {106, 86}}, foam, 1)
	c.fill([]point{{114, 86}, {114, 66}, {142, 66}, {142, 86}}, hex(0xf3c46a), 1)
	c.fill([]point{{110, 66}, {128, 46}, {146, 66}}, foam, 1)
	for _, side := range []float64{-1, 1} {
		for i := range 2 {
			y := 70 + 16*float64(i)
			c.line(point{128 + side*28, y}, point{128 + side*72, y + (float64(i)-0.5)*26}, 7, hex(0xf3c46a), 1)
		}
	}
	for i := range 2 {
		y := 182 + 22*float64(i)
		crest(c, func(x float64) float64 { return y + 7*math.Sin(x/15+float64(i)*2) }, 9, foam, 1)
	}
	out := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			p := c.pix[(y*size+x)*3:]
			edge := size/2 + 0.5 - math.Hypot(float64(x)+0.5-size/2, float64(y)+0.5-size/2)
			out.SetNRGBA(x, y, color.NRGBA{p[0], p[1], p[2], uint8(255 * min(max(edge, 0), 1))})
		}
	}
	var data bytes.Buffer
	err := png.Encode(&data, out)
	return data.Bytes(), err
}
