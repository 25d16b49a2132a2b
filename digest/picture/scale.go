package picture

import (
	"image"
	"image/draw"
	"math"
)

// scale returns a picture at another size, by a Catmull-Rom filter that is widened where
// the picture shrinks. It goes through the rows once and holds only those that a row of
// the result is made of: a picture of 24 megapixels needs no second copy of itself.
func scale(m image.Image, w, h int) *image.RGBA {
	from := m.Bounds()
	across, down := taps(from.Dx(), w), taps(from.Dy(), h)
	held := 0
	for _, t := range down {
		held = max(held, len(t.weights))
	}
	rows := make([][]float32, held) // source rows of the new width, the last ones
	for i := range rows {
		rows[i] = make([]float32, 4*w)
	}
	sum := make([]float32, 4*w)
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	strip := image.NewRGBA(image.Rect(0, 0, from.Dx(), stripRows))
	read := 0
	for y, t := range down {
		for ; read < t.start+len(t.weights); read++ {
			if read%stripRows == 0 {
				draw.Draw(strip, strip.Rect, m, from.Min.Add(image.Pt(0, read)), draw.Src)
			}
			narrow(rows[read%held], strip.Pix[read%stripRows*strip.Stride:], across)
		}
		clear(sum)
		for i, weight := range t.weights {
			for x, v := range rows[(t.start+i)%held] {
				sum[x] += weight * v
			}
		}
		write(to.Pix[y*to.Stride:], sum)
	}
	return to
}

// stripRows is how many rows are made RGBA at a time.
const stripRows = 16

// A tap says which pixels of the source a pixel of the result is made of.
type tap struct {
	start   int
	weights []float32 // their sum is 1
}

func taps(from, to int) []tap {
	ratio := float64(from) / float64(to)
	wide := max(ratio, 1)
	all := make([]tap, to)
	for i := range all {
		centre := (float64(i)+0.5)*ratio - 0.5
		start := max(int(math.Ceil(centre-2*wide)), 0)
		end := min(int(math.Floor(centre+2*wide)), from-1)
		t := tap{start: start, weights: make([]float32, end-start+1)}
		total := 0.0
		for k := range t.weights {
			total += catmullRom((float64(start+k) - centre) / wide)
		}
		for k := range t.weights {
			t.weights[k] = float32(catmullRom((float64(start+k)-centre)/wide) / total)
		}
		all[i] = t
	}
	return all
}

// catmullRom is the cubic with B = 0 and C = 1/2 (Mitchell and Netravali, 1988).
func catmullRom(x float64) float64 {
	switch x = math.Abs(x); {
	case x < 1:
		return (1.5*x-2.5)*x*x + 1
	case x < 2:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return 0
}

// narrow scales one row of RGBA.
func narrow(to []float32, row []uint8, across []tap) {
	for x, t := range across {
		var r, g, b, a float32
		p := row[4*t.start : 4*(t.start+len(t.weights))]
		for _, weight := range t.weights {
			r += weight * float32(p[0])
			g += weight * float32(p[1])
			b += weight * float32(p[2])
			a += weight * float32(p[3])
			p = p[4:]
		}
		out := to[4*x : 4*x+4]
		out[0], out[1], out[2], out[3] = r, g, b, a
	}
}

// write rounds a row. The filter overshoots at edges; no colour is above its alpha, by
// which it is multiplied.
func write(to []uint8, row []float32) {
	for i := 0; i < len(row); i += 4 {
		a := min(max(row[i+3]+0.5, 0), 255)
		to[i+3] = uint8(a)
		for c := range 3 {
			to[i+c] = uint8(min(max(row[i+c]+0.5, 0), a))
		}
	}
}
