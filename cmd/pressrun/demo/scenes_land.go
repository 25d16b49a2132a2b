package demo

import (
	"math"
	"math/rand/v2"
)

// paintHills is a valley in layers of mist, with pines in front.
func paintHills(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	c.wash(0, h*0.75, p.high, p.middle, p.low, mix(p.low, p.light, 0.5))
	sunX, sunY := w*between(r, 0.2, 0.8), h*between(r, 0.2, 0.36)
	c.glow(sunX, sunY, h*0.6, p.light, 0.6)
	c.disc(sunX, sunY, h*0.09, p.light, 1)
	birds(c, p, r, w*between(r, 0.3, 0.7), h*0.2)
	for i := range 5 {
		t := float64(i) / 4
		top := mix(mix(p.far, p.low, 0.55*(1-t)), p.near, t*t*0.9)
		line := swell(r, h*(0.42+0.43*t), h*(0.13-0.05*t), w*(0.34+0.12*t), 5)
		c.ridge(line, top, mix(top, p.low, 0.55*(1-t)), h*0.25)
		if i >= 3 {
			pines(c, r, line, mix(top, p.near, 0.55), 14+34*(t-0.5))
		}
	}
}

// birds draws a small flight of birds.
func birds(c *canvas, p palette, r *rand.Rand, x, y float64) {
	for range 7 {
		bx, by, s := x+between(r, -110, 110), y+between(r, -45, 45), between(r, 6, 11)
		c.line(point{bx - s, by - s*0.45}, point{bx, by}, 1.8, p.near, 0.7)
		c.line(point{bx, by}, point{bx + s, by - s*0.5}, 1.8, p.near, 0.7)
	}
}

// pines plants trees along a line, in groves.
func pines(c *canvas, r *rand.Rand, ground func(float64) float64, k ink, size float64) {
	grove := swell(r, 0, 1, 190, 2)
	for x := 0.0; x < float64(c.w); x += between(r, 0.35, 0.8) * size {
		if grove(x) < -0.1 {
			continue
		}
		y, tall := ground(x)+4, size*between(r, 1.2, 2.4)
		for i := range 3 {
			t := float64(i) / 3
			half := tall * 0.2 * (1 - t*0.55)
			c.fill([]point{{x - half, y - tall*t*0.75}, {x, y - tall*(0.5+t*0.5)}, {x + half, y - tall*t*0.75}}, k, 1)
		}
		c.rect(x-1.5, y-2, x+1.5, y+5, k, 1)
	}
}

// paintDunes is a desert with light on one side of each dune and a caravan of small trees.
func paintDunes(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	c.wash(0, h*0.7, p.high, p.middle, p.low)
	sunX, sunY := w*between(r, 0.55, 0.85), h*between(r, 0.18, 0.3)
	c.glow(sunX, sunY, h*0.7, p.light, 0.6)
	c.disc(sunX, sunY, h*0.1, p.light, 1)
	for i := range 4 {
		t := float64(i) / 3
		line := swell(r, h*(0.5+0.33*t), h*(0.07+0.04*t), w*(0.28+0.14*t), 2)
		lit := mix(mix(p.far, p.low, 0.6-0.45*t), p.mid, t*0.5)
		c.ridge(line, lit, mix(lit, p.mid, 0.5), h*0.35)
		shadeDune(c, line, mix(lit, p.near, 0.42), h*(0.10+0.16*t), r)
		if i == 1 || i == 2 {
			palms(c, p, r, line, h*(0.06+0.10*t), w*between(r, 0.1, 0.6))
		}
	}
}

// shadeDune darkens the lee side: a curved wedge under each stretch where the line falls.
func shadeDune(c *canvas, line func(float64) float64, k ink, deep float64, r *rand.Rand) {
	start := -1.0
	for x := -40.0; x <= float64(c.w)+40; x += 8 {
		falls := line(x+8) > line(x)
		if falls && start < -50 || falls && start == -1 {
			start = x
		}
		if !falls && start != -1 || x+8 > float64(c.w)+40 && start != -1 {
			wedge(c, line, start, x, k, deep*between(r, 0.7, 1.2))
			start = -1
		}
	}
}

func wedge(c *canvas, line func(float64) float64, a, b float64, k ink, deep float64) {
	if b-a < 60 {
		return
	}
	shape := []point{}
	for x := a; x <= b; x += 6 {
		shape = append(shape, point{x, line(x)})
	}
	for x := b; x >= a; x -= 6 {
		t := (x - a) / (b - a)
		shape = append(shape, point{x - deep*0.9*(1-t), line(x) + deep*math.Sin(t*math.Pi*0.5)*(1-t*t) + deep*0.9*(1-t)*t + 1})
	}
	c.fill(shape, k, 0.55)
}

// palms is a small oasis.
func palms(c *canvas, p palette, r *rand.Rand, ground func(float64) float64, size, x float64) {
	k := mix(p.near, p.accent, 0.45)
	for range 3 + r.IntN(3) {
		x += size * between(r, 0.35, 0.8)
		foot, tall := ground(x)+3, size*between(r, 0.8, 1.5)
		lean := tall * between(r, -0.12, 0.12)
		head := point{x + lean, foot - tall}
		c.fill([]point{{x - size*0.045, foot}, {head.x - size*0.02, head.y}, {head.x + size*0.02, head.y}, {x + size*0.045, foot}}, k, 1)
		for i := range 7 {
			a := math.Pi*(1.05+0.9*float64(i)/6) + between(r, -0.08, 0.08)
			frond(c, head, a, size*0.5, k)
		}
	}
}

// frond is one leaf that bends down with its weight.
func frond(c *canvas, from point, a, long float64, k ink) {
	upper, lower := []point{}, []point{}
	for i := range 9 {
		t := float64(i) / 8
		x := from.x + math.Cos(a)*long*t
		y := from.y + math.Sin(a)*long*t*0.8 + long*0.75*t*t
		thick := long * 0.07 * math.Sin(math.Pi*min(t+0.12, 1))
		upper, lower = append(upper, point{x, y - thick}), append(lower, point{x, y + thick})
	}
	for i := len(lower) - 1; i >= 0; i-- {
		upper = append(upper, lower[i])
	}
	c.fill(upper, k, 1)
}

// paintFields is farmland from the air: strips of crops and a river.
func paintFields(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	crops := []ink{p.far, p.mid, mix(p.far, p.low, 0.5), mix(p.mid, p.near, 0.35), mix(p.low, p.accent, 0.25), mix(p.far, p.mid, 0.5), p.middle}
	c.wash(0, h, p.mid, p.mid)
	tilt := between(r, -0.35, -0.2)
	for band := -3; band < 8; band++ {
		y := float64(band)*h*0.16 + between(r, -10, 10)
		for x := -w * 0.3; x < w*1.3; {
			wide := w * between(r, 0.08, 0.22)
			k := crops[r.IntN(len(crops))]
			shape := []point{{x, y + x*tilt*-1 - w*0.12}, {x + wide - 5, y + (x+wide)*-tilt - w*0.12}, {x + wide - 5 + 40, y + h*0.16 - 5 + (x+wide)*-tilt - w*0.12}, {x + 40, y + h*0.16 - 5 + x*-tilt - w*0.12}}
			c.fill(shape, k, 1)
			furrows(c, shape, mix(k, p.near, 0.3), 3+r.IntN(4))
			x += wide
		}
	}
	river(c, p, r)
	for range 90 {
		x, y, s := w*r.Float64(), h*r.Float64(), between(r, 4, 11)
		c.disc(x+s*0.5, y+s*0.6, s, p.near, 0.3)
		c.disc(x, y, s, mix(p.near, p.mid, 0.25), 1)
	}
}

// furrows rules a field along its length.
func furrows(c *canvas, f []point, k ink, n int) {
	for i := 1; i < n; i++ {
		t := float64(i) / float64(n)
		a := point{f[0].x + (f[3].x-f[0].x)*t, f[0].y + (f[3].y-f[0].y)*t}
		b := point{f[1].x + (f[2].x-f[1].x)*t, f[1].y + (f[2].y-f[1].y)*t}
		c.line(a, b, 1.4, k, 0.35)
	}
}

func river(c *canvas, p palette, r *rand.Rand) {
	bend := swell(r, float64(c.h)*0.5, float64(c.h)*0.26, float64(c.w)*0.42, 2)
	band := func(extra float64) []point {
		upper, lower := []point{}, []point{}
		for x := -10.0; x <= float64(c.w)+10; x += 12 {
			half := 24 + 9*math.Sin(x/170) + extra
			upper, lower = append(upper, point{x, bend(x) - half}), append(lower, point{x, bend(x) + half})
		}
		for i := len(lower) - 1; i >= 0; i-- {
			upper = append(upper, lower[i])
		}
		return upper
	}
	c.fill(band(9), mix(p.low, p.near, 0.1), 1)
	c.fill(band(0), mix(p.high, p.near, 0.2), 1)
	c.fill(band(-14), mix(p.high, p.light, 0.25), 0.6)
}
