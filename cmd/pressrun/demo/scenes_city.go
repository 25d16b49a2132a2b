package demo

import (
	"math"
	"math/rand/v2"
)

// paintSkyline is a city at dusk: three rows of houses, lit windows, a moon.
func paintSkyline(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	c.wash(0, h, p.high, p.middle, p.low, mix(p.low, p.light, 0.3))
	x, y := w*between(r, 0.15, 0.85), h*between(r, 0.16, 0.3)
	c.glow(x, y, h*0.5, p.light, 0.45)
	c.disc(x, y, h*0.08, p.light, 1)
	clouds(c, p, r, h*0.5)
	for i := range 3 {
		t := float64(i) / 2
		k := mix(mix(p.far, p.low, 0.35*(1-t)), p.near, t*0.92)
		houses(c, p, r, h*(0.66+0.07*t), h*(0.36-0.10*t), w*(0.035+0.03*t), k, 0.25+0.6*t)
	}
	quay(c, p, r, h*0.9)
}

// houses draws one row of buildings on the ground line y.
func houses(c *canvas, p palette, r *rand.Rand, y, tall, wide float64, k ink, lit float64) {
	for x := -wide * r.Float64(); x < float64(c.w); {
		bw, bh := wide*between(r, 0.7, 1.7), tall*between(r, 0.35, 1)
		top := y - bh
		c.rect(x, top, x+bw, float64(c.h), k, 1)
		c.rect(x+bw*0.72, top, x+bw, float64(c.h), p.near, 0.16)
		roof(c, p, r, x, top, bw, k)
		windows(c, p, r, x, top, bw, float64(c.h)-top, lit)
		x += bw + between(r, -2, 3)
	}
}

// roof crowns a house: flat, gabled, domed, stepped or with a mast.
func roof(c *canvas, p palette, r *rand.Rand, x, y, w float64, k ink) {
	switch r.IntN(6) {
	case 0:
		c.fill([]point{{x, y + 1}, {x + w/2, y - w*0.45}, {x + w, y + 1}}, k, 1)
	case 1:
		c.fill(arc(x+w/2, y+1, w*0.36, math.Pi, 2*math.Pi, 24), k, 1)
		c.rect(x+w/2-1, y-w*0.62, x+w/2+1, y-w*0.3, k, 1)
	case 2:
		c.rect(x+w*0.2, y-w*0.3, x+w*0.8, y+1, k, 1)
		c.rect(x+w*0.35, y-w*0.55, x+w*0.65, y, k, 1)
	case 3:
		c.rect(x+w*0.3-1, y-w*0.8, x+w*0.3+1.5, y, k, 1)
		c.disc(x+w*0.3, y-w*0.8, 2.4, p.accent, 1)
	}
}

// windows lights some of the windows of a house.
func windows(c *canvas, p palette, r *rand.Rand, x, y, w, h, lit float64) {
	step := max(9, w/5)
	for wy := y + step*0.8; wy < y+h; wy += step * 1.35 {
		for wx := x + step*0.5; wx < x+w-step*0.6; wx += step {
			if r.Float64() < 0.34*lit {
				k := mix(p.light, p.accent, r.Float64()*0.75)
				c.rect(wx, wy, wx+step*0.42, wy+step*0.62, k, 0.9*lit)
			}
		}
	}
}

// quay is water before the houses with their light in it.
func quay(c *canvas, p palette, r *rand.Rand, y float64) {
	w, h := float64(c.w), float64(c.h)
	c.wash(y, h, mix(p.near, p.mid, 0.35), p.near)
	c.rect(0, y-3, w, y+2, mix(p.light, p.near, 0.6), 0.8)
	for range 90 {
		x, wy, half := w*r.Float64(), between(r, y+6, h), between(r, 6, 26)
		pill(c, x-half, wy, x+half, 2, mix(p.light, p.accent, r.Float64()), 0.34)
	}
}

// paintArcade is a row of pointed arches, one behind another, with light at the end.
func paintArcade(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	cx, foot := w*between(r, 0.4, 0.6), h*1.02
	walls := []ink{p.near, mix(p.near, p.mid, 0.55), p.mid, mix(p.mid, p.far, 0.6), p.far, mix(p.far, p.low, 0.6)}
	c.wash(0, h, p.near, p.near)
	for i, half := 0, w*0.40; i < len(walls)-1; i, half = i+1, half*0.76 {
		t := float64(i) / float64(len(walls)-1)
		base := foot - h*0.27*t
		gate := archway(cx, base, half, h*(0.90-0.36*t))
		c.fill(gate, mix(walls[i], p.light, 0.4), 1)
		inner := archway(cx, base+2, half-9+5*t, h*(0.90-0.36*t)-8)
		c.fill(inner, walls[i+1], 1)
		studs(c, archway(cx, base, half+16-8*t, h*(0.90-0.36*t)+14), mix(p.accent, walls[i], 0.25), 3.2-2*t)
	}
	base, half := foot-h*0.27, w*0.40*math.Pow(0.76, 5)
	door := archway(cx, base, half, h*0.47)
	c.fill(door, p.low, 1)
	c.glow(cx, base-h*0.2, h*0.42, p.light, 0.7)
	c.disc(cx, base-h*0.26, half*0.36, p.accent, 0.95)
	c.fill([]point{{cx - half, base}, {cx + half, base}, {cx + w*0.3, h}, {cx - w*0.3, h}}, p.light, 0.22)
	for i := range 6 {
		y := base + (h-base)*math.Pow(float64(i)/6, 1.6)
		c.rect(0, y, w, y+1.2+float64(i)*0.4, p.near, 0.22)
	}
	figure(c, p, cx+half*between(r, -1.6, 1.6), base+h*0.09, h*0.13)
}

// archway is the outline of a pointed arch standing on y.
func archway(x, y, half, tall float64) []point {
	spring := y - tall*0.56
	out := []point{{x - half, y}, {x - half, spring}}
	for i := 1; i <= 20; i++ {
		t := float64(i) / 20
		out = append(out, point{x - half*math.Pow(math.Cos(t*math.Pi/2), 0.8), spring - (tall*0.44)*math.Sin(t*math.Pi/2)*(0.82+0.18*t)})
	}
	for i := 19; i >= 1; i-- {
		t := float64(i) / 20
		out = append(out, point{x + half*math.Pow(math.Cos(t*math.Pi/2), 0.8), spring - (tall*0.44)*math.Sin(t*math.Pi/2)*(0.82+0.18*t)})
	}
	return append(out, point{x + half, spring}, point{x + half, y})
}

// studs sets small dots along an outline.
func studs(c *canvas, along []point, k ink, size float64) {
	for i := 1; i < len(along)-1; i++ {
		c.disc(along[i].x, along[i].y, size, k, 0.9)
	}
}

// figure is a person in a long coat, seen from behind, feet at y.
func figure(c *canvas, p palette, x, y, tall float64) {
	at := func(dx, up float64) point { return point{x + dx*tall, y - up*tall} }
	c.fill([]point{at(-0.10, 0), at(0.10, 0), at(0.55, -0.45), at(0.28, -0.45)}, p.near, 0.3)
	c.line(at(-0.045, 0.4), at(-0.055, 0.01), tall*0.065, p.near, 1)
	c.line(at(0.045, 0.4), at(0.075, 0), tall*0.065, p.near, 1)
	coat := []point{at(-0.035, 0.85), at(-0.115, 0.79), at(-0.15, 0.68), at(-0.185, 0.45), at(-0.14, 0.43), at(-0.105, 0.6),
		at(-0.145, 0.2), at(0.15, 0.2), at(0.105, 0.6), at(0.14, 0.42), at(0.185, 0.44), at(0.15, 0.68), at(0.115, 0.79), at(0.035, 0.85)}
	c.fill(coat, p.near, 1)
	c.disc(x, y-tall*0.92, tall*0.072, p.near, 1)
	c.line(at(0.112, 0.76), at(0.125, 0.24), tall*0.012, p.light, 0.55)
}

// paintShelves is a wall of books with a lamp.
func paintShelves(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	c.wash(0, h, mix(p.near, p.mid, 0.25), p.near)
	inks := []ink{p.accent, p.mid, p.far, p.middle, p.low, mix(p.high, p.light, 0.2), mix(p.accent, p.near, 0.4)}
	rows := 4
	high := h / float64(rows)
	for row := range rows {
		floor := high*float64(row+1) - 12
		for x := 14.0; x < w-10; {
			thick, tall := between(r, 15, 42), high*between(r, 0.55, 0.84)
			if r.IntN(13) == 0 {
				x += thick * 1.6
				continue
			}
			book(c, p, r, x, floor, thick, tall, inks[r.IntN(len(inks))])
			x += thick + 1.5
		}
		c.rect(0, floor, w, floor+12, mix(p.mid, p.low, 0.25), 1)
		c.rect(0, floor+9, w, floor+20, p.near, 0.5)
	}
	x := w * between(r, 0.3, 0.7)
	c.glow(x, h*0.3, h*0.75, p.light, 0.42)
	c.rect(x-1.5, 0, x+1.5, h*0.2, p.near, 1)
	c.fill([]point{{x - 26, h * 0.2}, {x + 26, h * 0.2}, {x + 78, h * 0.31}, {x - 78, h * 0.31}}, p.accent, 1)
	c.fill([]point{{x + 8, h * 0.2}, {x + 26, h * 0.2}, {x + 78, h * 0.31}, {x + 24, h * 0.31}}, p.near, 0.25)
	c.fill(arc(x, h*0.31, 24, 0, math.Pi, 20), p.light, 1)
}

// book is one spine; some lean, most carry bands.
func book(c *canvas, p palette, r *rand.Rand, x, floor, w, h float64, k ink) {
	lean := 0.0
	if r.IntN(9) == 0 {
		lean = w * 0.35
	}
	c.fill([]point{{x, floor}, {x + lean, floor - h}, {x + w + lean, floor - h}, {x + w, floor}}, k, 1)
	c.fill([]point{{x + w*0.75, floor}, {x + w*0.75 + lean, floor - h}, {x + w + lean, floor - h}, {x + w, floor}}, p.near, 0.25)
	if lean == 0 && r.IntN(3) > 0 {
		c.rect(x+w*0.15, floor-h*0.86, x+w*0.85, floor-h*0.82, p.light, 0.65)
		c.rect(x+w*0.15, floor-h*0.2, x+w*0.85, floor-h*0.17, p.light, 0.65)
		c.rect(x+w*0.38, floor-h*0.7, x+w*0.62, floor-h*0.4, p.light, 0.35)
	}
}
