package demo

import (
	"image"
	"math"
	"math/rand/v2"
)

// An ink is a colour in sRGB, each part 0 to 255.
type ink struct{ r, g, b int32 }

// hex reads an ink written as 0xRRGGBB.
func hex(v uint32) ink {
	return ink{int32(v >> 16 & 255), int32(v >> 8 & 255), int32(v & 255)}
}

// mix returns the ink t of the way from a to b.
func mix(a, b ink, t float64) ink {
	f := int32(min(max(t, 0), 1) * 1024)
	return ink{a.r + (b.r-a.r)*f>>10, a.g + (b.g-a.g)*f>>10, a.b + (b.b-a.b)*f>>10}
}

type point struct{ x, y float64 }

// A canvas is painted from back to front. Coordinates are pixels from the top left.
type canvas struct {
	w, h int
	pix  []uint8   // r, g, b for each pixel, row by row
	area []float32 // scratch of fill
}

func newCanvas(w, h int) *canvas {
	return &canvas{w: w, h: h, pix: make([]uint8, w*h*3)}
}

// blend lays ink over the pixel at offset i with the given cover, 0 to 1.
func (c *canvas) blend(i int, k ink, cover float32) {
	p := c.pix[i : i+3 : i+3]
	f := int32(cover * 1024)
	r, g, b := int32(p[0]), int32(p[1]), int32(p[2])
	p[0], p[1], p[2] = uint8(r+(k.r-r)*f>>10), uint8(g+(k.g-g)*f>>10), uint8(b+(k.b-b)*f>>10)
}

// wash fills the rows from y0 to y1 with an even change through the inks.
func (c *canvas) wash(y0, y1 float64, inks ...ink) {
	for y := max(0, int(y0)); y < min(c.h, int(math.Ceil(y1))); y++ {
		t := (float64(y) - y0) / (y1 - y0) * float64(len(inks)-1)
		n := min(max(int(t), 0), len(inks)-1)
		k := mix(inks[n], inks[min(n+1, len(inks)-1)], t-float64(n))
		row := c.pix[y*c.w*3 : (y+1)*c.w*3]
		for i := 0; i < len(row); i += 3 {
			row[i], row[i+1], row[i+2] = uint8(k.r), uint8(k.g), uint8(k.b)
		}
	}
}

// ridge fills everything below the line y = height(x), from top at the line to foot
// depth pixels further down.
func (c *canvas) ridge(height func(x float64) float64, top, foot ink, depth float64) {
	lines := make([]float64, c.w)
	first := float64(c.h)
	for x := range lines {
		lines[x] = height(float64(x))
		first = min(first, lines[x])
	}
	steps := make([]ink, int(depth)+1)
	for i := range steps {
		steps[i] = mix(top, foot, float64(i)/depth)
	}
	for y := max(0, int(first)); y < c.h; y++ {
		for x, line := range lines {
			cover := float64(y+1) - line
			if cover <= 0 {
				continue
			}
			k := steps[min(max(int(float64(y)-line), 0), len(steps)-1)]
			i := (y*c.w + x) * 3
			if cover < 1 {
				c.blend(i, k, float32(cover))
				continue
			}
			c.pix[i], c.pix[i+1], c.pix[i+2] = uint8(k.r), uint8(k.g), uint8(k.b)
		}
	}
}

// glow lays a soft light around (x, y) that ends at radius r.
func (c *canvas) glow(x, y, r float64, k ink, strength float64) {
	for py := max(0, int(y-r)); py < min(c.h, int(y+r)+1); py++ {
		dy := float64(py) - y
		reach := chord(r, dy)
		for px := max(0, int(x-reach)); px < min(c.w, int(x+reach)+1); px++ {
			dx := float64(px) - x
			if d := float32(1 - (dx*dx+dy*dy)/(r*r)); d > 0 {
				c.blend((py*c.w+px)*3, k, d*d*float32(strength))
			}
		}
	}
}

// disc fills a circle.
func (c *canvas) disc(x, y, r float64, k ink, alpha float64) {
	c.ring(x, y, r/2, r, k, alpha)
}

// ring draws a circle as a line of the given width.
func (c *canvas) ring(x, y, r, width float64, k ink, alpha float64) {
	in, out := r-width/2, r+width/2
	for py := max(0, int(y-out-1)); py < min(c.h, int(y+out+2)); py++ {
		dy := float64(py) + 0.5 - y
		reach, hole := chord(out+0.5, dy), chord(in-0.5, dy)
		c.arcRow(py, x-reach, x-hole, x, dy, in, out, k, alpha)
		c.arcRow(py, max(x+hole, math.Floor(x-hole+1)), x+reach, x, dy, in, out, k, alpha)
	}
}

// chord is half the length of the chord at distance dy from the middle of a circle.
func chord(r, dy float64) float64 {
	if r <= 0 || dy*dy >= r*r {
		return 0
	}
	return math.Sqrt(r*r - dy*dy)
}

// arcRow paints the pixels from x0 to x1 of row py that lie between the radii in and out.
func (c *canvas) arcRow(py int, x0, x1, x, dy, in, out float64, k ink, alpha float64) {
	for px := max(0, int(x0)); px < min(c.w, int(math.Ceil(x1))); px++ {
		dx := float64(px) + 0.5 - x
		far := math.Sqrt(dx*dx + dy*dy)
		cover := min(out+0.5-far, 1)
		if in > 0 {
			cover = min(cover, far-in+0.5)
		}
		if cover > 0 {
			c.blend((py*c.w+px)*3, k, float32(cover*alpha))
		}
	}
}

// rect fills an upright rectangle.
func (c *canvas) rect(x0, y0, x1, y1 float64, k ink, alpha float64) {
	for py := max(0, int(y0)); py < min(c.h, int(math.Ceil(y1))); py++ {
		cy := min(y1, float64(py+1)) - max(y0, float64(py))
		for px := max(0, int(x0)); px < min(c.w, int(math.Ceil(x1))); px++ {
			cx := min(x1, float64(px+1)) - max(x0, float64(px))
			c.blend((py*c.w+px)*3, k, float32(cx*cy*alpha))
		}
	}
}

// line draws a straight stroke.
func (c *canvas) line(a, b point, width float64, k ink, alpha float64) {
	dx, dy := b.x-a.x, b.y-a.y
	n := math.Hypot(dx, dy)
	if n == 0 {
		return
	}
	ox, oy := -dy/n*width/2, dx/n*width/2
	c.fill([]point{{a.x + ox, a.y + oy}, {b.x + ox, b.y + oy}, {b.x - ox, b.y - oy}, {a.x - ox, a.y - oy}}, k, alpha)
}

// fill paints a closed shape with smooth edges. Each edge adds the area it leaves to its
// right within the pixels it crosses; the running sum along a row is the cover.
func (c *canvas) fill(shape []point, k ink, alpha float64) {
	x0, y0, x1, y1 := c.bounds(shape)
	if x0 >= x1 || y0 >= y1 {
		return
	}
	w := x1 - x0 + 2
	need := w * (y1 - y0)
	if cap(c.area) < need {
		c.area = make([]float32, need)
	}
	area := c.area[:need]
	clear(area)
	for i, a := range shape {
		b := shape[(i+1)%len(shape)]
		edge(area, w, y1-y0, point{a.x - float64(x0), a.y - float64(y0)}, point{b.x - float64(x0), b.y - float64(y0)})
	}
	for y := y0; y < y1; y++ {
		var sum float32
		row := area[(y-y0)*w:]
		for x := x0; x < x1; x++ {
			sum += row[x-x0]
			cover := min(max(sum, -sum), 1) * float32(alpha)
			if cover > 0.996 {
				i := (y*c.w + x) * 3
				c.pix[i], c.pix[i+1], c.pix[i+2] = uint8(k.r), uint8(k.g), uint8(k.b)
			} else if cover > 0.004 {
				c.blend((y*c.w+x)*3, k, cover)
			}
		}
	}
}

// bounds is the part of the canvas that shape can touch.
func (c *canvas) bounds(shape []point) (x0, y0, x1, y1 int) {
	lo, hi := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, p := range shape {
		lo.x, lo.y = min(lo.x, p.x), min(lo.y, p.y)
		hi.x, hi.y = max(hi.x, p.x), max(hi.y, p.y)
	}
	return max(0, int(lo.x)), max(0, int(lo.y)), min(c.w, int(hi.x)+2), min(c.h, int(hi.y)+2)
}

// edge adds one edge of a shape to area, a grid w wide and h high.
func edge(area []float32, w, h int, a, b point) {
	sign := 1.0
	if a.y > b.y {
		a, b, sign = b, a, -1
	}
	if a.y == b.y {
		return
	}
	slope := (b.x - a.x) / (b.y - a.y)
	for y := max(0, int(math.Floor(a.y))); y < min(h, int(math.Ceil(b.y))); y++ {
		top, end := max(a.y, float64(y)), min(b.y, float64(y+1))
		if end <= top {
			continue
		}
		span(area[y*w:(y+1)*w], a.x+(top-a.y)*slope, a.x+(end-a.y)*slope, (end-top)*sign)
	}
}

// span spreads the height dy of an edge piece over the pixels between xa and xb of a row.
func span(row []float32, xa, xb, dy float64) {
	if xa > xb {
		xa, xb = xb, xa
	}
	last := float64(len(row) - 1)
	xa, xb = min(max(xa, 0), last), min(max(xb, 0), last)
	left := int(xa)
	right := int(xb)
	if left == right {
		in := 1 - ((xa+xb)/2 - float64(left))
		row[left] += float32(dy * in)
		if left+1 < len(row) {
			row[left+1] += float32(dy * (1 - in))
		}
		return
	}
	per := dy / (xb - xa)
	for x := left; x <= right; x++ {
		from, to := max(xa, float64(x)), min(xb, float64(x+1))
		part := (to - from) * per
		in := 1 - ((from+to)/2 - float64(x))
		row[x] += float32(part * in)
		if x+1 < len(row) {
			row[x+1] += float32(part * (1 - in))
		}
	}
}

// print returns the canvas as a picture, darker towards the corners and with the grain
// of paper.
func (c *canvas) print(r *rand.Rand) *image.YCbCr {
	out := image.NewYCbCr(image.Rect(0, 0, c.w, c.h), image.YCbCrSubsampleRatio420)
	seed := r.Uint32() | 1
	sides := make([]int32, c.w) // what the distance from the middle takes away, in 1/65536
	for x := range sides {
		d := float64(2*x-c.w) / float64(c.w)
		sides[x] = int32(65536 * 0.07 * d * d)
	}
	for y := range c.h {
		d := float64(2*y-c.h) / float64(c.h)
		shade := 65536 - int32(65536*0.07*d*d)
		row, luma := c.pix[y*c.w*3:(y+1)*c.w*3], out.Y[y*out.YStride:]
		for x, side := range sides {
			r, g, b := int32(row[x*3]), int32(row[x*3+1]), int32(row[x*3+2])
			seed = seed*1664525 + 1013904223
			grain := int32(seed>>21) - 1024                               // about ±5 of 255
			bright := (77*r + 150*g + 29*b) * ((shade - side) >> 4) >> 12 // in 1/256
			luma[x] = uint8(min(max((bright+grain*5/4)>>8, 0), 255))
		}
		if y&1 == 0 {
			tint(row, out.Cb[y/2*out.CStride:], out.Cr[y/2*out.CStride:])
		}
	}
	return out
}

// tint writes the two colour differences of every second pixel of a row (JFIF, section 7).
func tint(row, cb, cr []uint8) {
	for x := 0; x*3 < len(row); x += 2 {
		r, g, b := int32(row[x*3]), int32(row[x*3+1]), int32(row[x*3+2])
		cb[x/2] = uint8(128 + (-43*r-85*g+128*b)>>8)
		cr[x/2] = uint8(128 + (128*r-107*g-21*b)>>8)
	}
}
