package demo

import (
	"math"
	"math/rand/v2"
)

// paintTiles is a composition of quarter circles and bars on a grid.
func paintTiles(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	inks := []ink{p.low, p.mid, p.near, p.accent, p.far, p.light, p.middle}
	size := h / 3
	for row := range 3 {
		for col := 0; float64(col)*size < w; col++ {
			x, y := float64(col)*size, float64(row)*size
			ground := inks[r.IntN(len(inks))]
			front := inks[r.IntN(len(inks))]
			for front == ground {
				front = inks[r.IntN(len(inks))]
			}
			c.rect(x, y, x+size, y+size, ground, 1)
			tile(c, r, x, y, size, front, inks[r.IntN(len(inks))])
		}
	}
}

// tile draws one of six figures into a square.
func tile(c *canvas, r *rand.Rand, x, y, s float64, a, b ink) {
	corner := []point{{x, y}, {x + s, y}, {x + s, y + s}, {x, y + s}}[r.IntN(4)]
	turn := math.Atan2(y+s/2-corner.y, x+s/2-corner.x)
	switch r.IntN(6) {
	case 0, 1:
		for i, k := range []ink{a, b, a} {
			q := arc(corner.x, corner.y, s*(1-0.33*float64(i)), turn-math.Pi/4, turn+math.Pi/4, 28)
			c.fill(append(q, corner), k, 1)
		}
	case 2:
		c.disc(x+s/2, y+s/2, s*0.36, a, 1)
		c.disc(x+s/2, y+s/2, s*0.15, b, 1)
	case 3:
		for i := range 4 {
			c.rect(x, y+s*(0.125+0.25*float64(i))-s*0.0625, x+s, y+s*(0.125+0.25*float64(i))+s*0.0625, a, 1)
		}
	case 4:
		c.fill([]point{{x, y + s}, {x + s, y}, {x + s, y + s}}, a, 1)
		c.disc(x+s*0.3, y+s*0.3, s*0.14, b, 1)
	case 5:
		half := arc(x+s/2, y, s/2, 0, math.Pi, 32)
		c.fill(half, a, 1)
		c.fill(arc(x+s/2, y+s/2, s/2, 0, math.Pi, 32), b, 1)
	}
}

// paintMarket is trade and money: columns that rise and fall, a line above them, coins.
func paintMarket(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	c.wash(0, h, mix(p.low, p.light, 0.4), p.low, mix(p.low, p.middle, 0.6))
	for y := h * 0.14; y < h; y += h * 0.12 {
		c.rect(0, y, w, y+1.4, p.mid, 0.22)
	}
	c.disc(w*0.78, h*0.3, h*0.2, mix(p.accent, p.low, 0.15), 0.9)
	n := 13
	step := w / float64(n)
	level := swell(r, 0.5, 0.22, 4.5, 3)
	var path []point
	for i := range n {
		x := float64(i) * step
		up := min(max(level(float64(i))+0.018*float64(i)-0.08, 0.14), 0.85)
		top := h - h*up
		k := mix(p.far, p.near, float64(i)/float64(n-1))
		c.rect(x+step*0.14, top, x+step*0.86, h, k, 1)
		c.rect(x+step*0.62, top, x+step*0.86, h, p.near, 0.22)
		c.rect(x+step*0.14, top, x+step*0.86, top+6, p.light, 0.5)
		path = append(path, point{x + step/2, top - h*between(r, 0.06, 0.13)})
	}
	for i := 1; i < len(path); i++ {
		c.line(path[i-1], path[i], 4.5, p.accent, 1)
	}
	for _, at := range path {
		c.disc(at.x, at.y, 8, p.accent, 1)
		c.disc(at.x, at.y, 4, p.light, 1)
	}
}

// paintOrbits is the night sky: rings, planets and stars.
func paintOrbits(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	dark := mix(p.near, p.high, 0.35)
	c.wash(0, h, p.near, dark, mix(dark, p.mid, 0.55))
	for range 260 {
		c.disc(w*r.Float64(), h*r.Float64(), between(r, 0.5, 1.7), p.light, between(r, 0.25, 0.95))
	}
	x, y := w*between(r, 0.25, 0.75), h*between(r, 0.8, 1.05)
	c.glow(x, y, h*0.75, p.accent, 0.5)
	for i := range 6 {
		radius := h * (0.34 + 0.145*float64(i))
		c.ring(x, y, radius, 1.8, mix(p.light, p.far, 0.4), 0.6)
		a := math.Pi * between(r, 1.12, 1.88)
		planet(c, p, x+math.Cos(a)*radius, y+math.Sin(a)*radius, between(r, 10, 34), []ink{p.far, p.accent, p.low, p.middle, p.mid, p.light}[i], x, y)
	}
	c.disc(x, y, h*0.21, p.accent, 1)
	c.disc(x, y, h*0.17, mix(p.accent, p.light, 0.5), 1)
}

// planet is a disc, lit from (lx, ly).
func planet(c *canvas, p palette, x, y, r float64, k ink, lx, ly float64) {
	c.disc(x, y, r, mix(k, p.near, 0.55), 1)
	a := math.Atan2(ly-y, lx-x)
	c.fill(append(arc(x, y, r, a-math.Pi/2, a+math.Pi/2, 24), arc(x-math.Cos(a)*r*0.55, y-math.Sin(a)*r*0.55, r*1.14, a+1.07, a-1.07, 16)...), k, 1)
	if r > 24 {
		for i := range 60 {
			t0, t1 := math.Pi*2*float64(i)/60, math.Pi*2*float64(i+1)/60
			if math.Sin(t0) < -0.05 && math.Abs(math.Cos(t0)) < 0.55 {
				continue
			}
			c.line(point{x + math.Cos(t0)*r*1.8, y + math.Sin(t0)*r*0.45}, point{x + math.Cos(t1)*r*1.8, y + math.Sin(t1)*r*0.45}, 2.6, mix(k, p.light, 0.5), 0.9)
		}
	}
}

// paintTrack is the bend of a running track with runners' shadows.
func paintTrack(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	c.wash(0, h, mix(p.mid, p.far, 0.35), p.mid)
	for i := range 9 {
		if i%2 == 0 {
			x := w * float64(i) / 9
			c.fill([]point{{x, 0}, {x + w/9, 0}, {x + w/9 - 90, h}, {x - 90, h}}, p.far, 0.28)
		}
	}
	x, y := w*between(r, -0.05, 0.12), h*between(r, 1.02, 1.15)
	inner, lane, lanes := h*0.46, h*0.115, 7
	outer := inner + lane*float64(lanes)
	c.disc(x, y, outer+8, p.light, 1)
	c.disc(x, y, outer, p.accent, 1)
	for i := range lanes {
		edge := inner + lane*float64(i)
		if i%2 == 1 {
			c.ring(x, y, edge+lane/2, lane, mix(p.accent, p.near, 0.3), 0.45)
		}
	}
	for i := 1; i < lanes; i++ {
		c.ring(x, y, inner+lane*float64(i), 3.2, p.light, 0.9)
	}
	c.disc(x, y, inner, p.light, 1)
	c.disc(x, y, inner-7, mix(p.mid, p.near, 0.3), 1)
	for i := range lanes - 1 {
		a := -math.Pi * between(r, 0.12, 0.38)
		radius := inner + lane*(float64(i)+0.5)
		runner(c, p, x+math.Cos(a)*radius, y+math.Sin(a)*radius, a, lane, []ink{p.light, p.near, p.low}[i%3])
	}
}

// runner is an athlete from above with a long morning shadow.
func runner(c *canvas, p palette, x, y, a, lane float64, k ink) {
	ux, uy := math.Cos(a-math.Pi/2), math.Sin(a-math.Pi/2)
	s := lane * 0.2
	c.fill([]point{{x - s*0.4, y - s}, {x + s*0.4, y + s*0.8}, {x + s*5.4, y + s*4.6}, {x + s*4.8, y + s*3.4}}, p.near, 0.38)
	c.line(point{x - uy*s*1.2, y + ux*s*1.2}, point{x + uy*s*1.2, y - ux*s*1.2}, s*0.95, k, 1)
	c.line(point{x, y}, point{x + ux*s*1.5 + uy*s, y + uy*s*1.5 - ux*s}, s*0.5, mix(k, p.near, 0.3), 1)
	c.line(point{x, y}, point{x - ux*s*1.8 - uy*s*0.7, y - uy*s*1.8 + ux*s*0.7}, s*0.55, mix(k, p.near, 0.5), 1)
	c.disc(x+ux*s*0.35, y+uy*s*0.35, s*0.55, mix(p.near, k, 0.15), 1)
}

// paintStage is a theatre: curtains, a cone of light, one singer.
func paintStage(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	c.wash(0, h, mix(p.near, p.mid, 0.3), p.near)
	x, floor := w*between(r, 0.4, 0.6), h*0.80
	c.glow(x, h*0.5, h*0.75, p.middle, 0.75)
	c.fill([]point{{x - 18, -5}, {x + 18, -5}, {x + h*0.36, floor + 26}, {x - h*0.36, floor + 26}}, p.light, 0.30)
	c.wash(floor, h, mix(p.mid, p.near, 0.45), p.near)
	for i := range 12 {
		c.line(point{w * (float64(i)/11*0.5 + 0.25), floor}, point{w * (float64(i)/11*1.6 - 0.3), h}, 1.6, p.near, 0.5)
	}
	for i := range 5 {
		oval := make([]point, 48)
		for j := range oval {
			a := math.Pi * 2 * float64(j) / 48
			oval[j] = point{x + math.Cos(a)*h*(0.38-0.04*float64(i)), floor + 30 + math.Sin(a)*h*(0.085-0.009*float64(i))}
		}
		c.fill(oval, p.light, 0.16)
	}
	figure(c, p, x, floor+34, h*0.36)
	for side := range 2 {
		curtain(c, p, r, side == 0)
	}
	for i := range 9 {
		at := w * (float64(i) + 0.5) / 9
		c.fill(arc(at, -6, w/15, 0, math.Pi, 24), mix(p.accent, p.near, 0.2+0.25*float64(i%2)), 1)
		c.fill(arc(at, -16, w/15, 0, math.Pi, 24), mix(p.accent, p.light, 0.1), 1)
	}
}

// curtain hangs in folds at one side.
func curtain(c *canvas, p palette, r *rand.Rand, left bool) {
	w, h := float64(c.w), float64(c.h)
	back := []point{{-5, -5}, {w * 0.27, -5}, {w * 0.25, h * 0.4}, {w * 0.26, h * 0.95}, {-5, h * 0.98}}
	if !left {
		for i := range back {
			back[i].x = w - back[i].x
		}
	}
	c.fill(back, mix(p.accent, p.near, 0.62), 1)
	for i := 7; i >= 0; i-- {
		edge, fold := w*0.036*float64(i+1), w*0.036
		k := mix(p.accent, p.near, 0.15+0.3*float64(i%2)+0.02*float64(i))
		sag := between(r, 10, 30)
		shape := []point{{edge - fold, -5}, {edge, -5}}
		for j := range 14 {
			t := float64(j) / 13
			shape = append(shape, point{edge + math.Sin(t*math.Pi*0.9)*-sag + t*t*30, t * h * 0.95})
		}
		shape = append(shape, point{edge - fold, h * 0.97})
		if !left {
			for j := range shape {
				shape[j].x = w - shape[j].x
			}
		}
		c.fill(shape, k, 1)
	}
}
