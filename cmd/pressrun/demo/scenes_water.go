package demo

import (
	"math"
	"math/rand/v2"
)

// swell returns a smooth random line around level: octaves of noise, the slowest wave
// `wave` pixels long and `rise` high.
func swell(r *rand.Rand, level, rise, wave float64, octaves int) func(float64) float64 {
	var knots [64]float64
	for i := range knots {
		knots[i] = r.Float64()*2 - 1
	}
	shift := r.Float64() * 64
	return func(x float64) float64 {
		y, high, long := 0.0, rise, wave
		for range octaves {
			at := x/long + shift
			n := math.Floor(at)
			t := at - n
			t = t * t * (3 - 2*t)
			a, b := knots[int(n)&63], knots[int(n+1)&63]
			y += (a + (b-a)*t) * high
			high, long = high*0.48, long*0.47
		}
		return level + y
	}
}

// between returns a random number from a to b.
func between(r *rand.Rand, a, b float64) float64 { return a + r.Float64()*(b-a) }

// paintHarbour is a harbour at first light: sun, far hills, still water, boats.
func paintHarbour(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	sea := h * between(r, 0.56, 0.62)
	sunX, sunY := w*between(r, 0.25, 0.75), sea-h*between(r, 0.10, 0.22)
	c.wash(0, sea, p.high, mix(p.high, p.middle, 0.7), p.middle, p.low)
	c.glow(sunX, sunY, h*0.55, p.light, 0.55)
	c.disc(sunX, sunY, h*0.085, p.light, 1)
	clouds(c, p, r, sea*0.72)
	c.ridge(swell(r, sea-h*0.07, h*0.07, w*0.30, 4), mix(p.far, p.low, 0.35), mix(p.far, p.low, 0.6), h*0.14)
	c.ridge(swell(r, sea-h*0.015, h*0.045, w*0.22, 4), p.far, mix(p.far, p.low, 0.3), h*0.1)
	c.wash(sea, h, mix(p.low, p.mid, 0.25), mix(p.middle, p.mid, 0.6), p.mid, mix(p.mid, p.near, 0.7))
	glitter(c, p, r, sunX, sea)
	mole(c, p, r, sea, sunX > w/2)
	for i := range 3 + r.IntN(3) {
		depth := (float64(i) + r.Float64()*0.5) / 5
		boat(c, p, r, w*between(r, 0.08, 0.92), sea+h*(0.05+0.3*depth), h*(0.05+0.14*depth), i)
	}
}

// clouds draws long flat clouds in the upper sky.
func clouds(c *canvas, p palette, r *rand.Rand, below float64) {
	w := float64(c.w)
	for range 5 {
		x, y := w*r.Float64(), below*between(r, 0.12, 0.95)
		k := mix(p.light, p.low, r.Float64())
		for range 4 {
			long, thick := w*between(r, 0.06, 0.17), between(r, 3, 9)
			pill(c, x-long/2, y, x+long/2, thick, k, 0.22)
			x, y = x+between(r, -60, 60), y+thick*0.9
		}
	}
}

// pill fills a lying bar with round ends.
func pill(c *canvas, x0, y, x1, thick float64, k ink, alpha float64) {
	shape := arc(x1, y, thick/2, -math.Pi/2, math.Pi/2, 8)
	shape = append(shape, arc(x0, y, thick/2, math.Pi/2, 3*math.Pi/2, 8)...)
	c.fill(shape, k, alpha)
}

// arc returns points on a circle from angle a to b.
func arc(x, y, r, a, b float64, n int) []point {
	out := make([]point, n+1)
	for i := range out {
		t := a + (b-a)*float64(i)/float64(n)
		out[i] = point{x + math.Cos(t)*r, y + math.Sin(t)*r}
	}
	return out
}

// glitter lays the light of the sun on the water, broader towards the viewer.
func glitter(c *canvas, p palette, r *rand.Rand, sunX, sea float64) {
	w, h := float64(c.w), float64(c.h)
	for y := sea + 4; y < h; y += between(r, 3, 8) {
		near := (y - sea) / (h - sea)
		half := (0.03 + 0.10*near) * w * between(r, 0.3, 1)
		x := sunX + between(r, -1, 1)*w*0.035*(1+near)
		pill(c, x-half, y, x+half, 1.5+3.5*near, p.light, 0.5-0.33*near)
	}
	for range 70 {
		near := r.Float64()
		y, x, half := sea+5+near*near*(h-sea), w*r.Float64(), between(r, 8, 30)*(0.4+near)
		pill(c, x-half, y, x+half, 1+1.8*near, mix(p.low, p.light, 0.4), 0.2)
	}
}

// mole is a breakwater with a lighthouse, coming in from one side.
func mole(c *canvas, p palette, r *rand.Rand, sea float64, left bool) {
	w, h := float64(c.w), float64(c.h)
	flip := func(x float64) float64 {
		if left {
			return x
		}
		return w - x
	}
	end := w * between(r, 0.20, 0.30)
	top := sea + h*0.015
	stone := mix(p.mid, p.near, 0.75)
	c.fill([]point{{flip(-5), top}, {flip(end), top}, {flip(end + 22), top + 26}, {flip(-5), top + 46}}, stone, 1)
	c.fill([]point{{flip(-5), top + 46}, {flip(end + 22), top + 26}, {flip(end + 4), top + 40}, {flip(-5), top + 78}}, p.near, 0.35)
	x, tall := flip(end-26), h*0.25
	c.fill([]point{{x - 15, top}, {x - 9, top - tall}, {x + 9, top - tall}, {x + 15, top}}, mix(p.low, p.light, 0.5), 1)
	for i := range 2 {
		a := float64(i)*0.36 + 0.16
		c.fill([]point{{x - 15 + 6*a, top - tall*a}, {x - 15 + 6*(a+0.18), top - tall*(a+0.18)}, {x + 15 - 6*(a+0.18), top - tall*(a+0.18)}, {x + 15 - 6*a, top - tall*a}}, p.accent, 1)
	}
	c.fill([]point{{x + 3, top}, {x + 2, top - tall}, {x + 9, top - tall}, {x + 15, top}}, p.near, 0.22)
	c.glow(x, top-tall-10, 60, p.light, 0.55)
	c.rect(x-8, top-tall-18, x+8, top-tall, p.light, 1)
	c.rect(x-12, top-tall-3, x+12, top-tall+1, p.near, 1)
	c.fill([]point{{x - 11, top - tall - 18}, {x, top - tall - 31}, {x + 11, top - tall - 18}}, p.near, 1)
}

// boat is a sailing boat with its reflection; size is the height of the mast.
func boat(c *canvas, p palette, r *rand.Rand, x, y, size float64, n int) {
	half := size * 0.36
	hull := mix(p.near, p.mid, 0.1)
	lean := size * between(r, -0.03, 0.03)
	sail := []ink{mix(p.light, p.low, 0.3), p.accent, mix(p.light, p.low, 0.6)}[n%3]
	for i := range 9 {
		t := float64(i) / 9
		pill(c, x-half*(1-t)+between(r, -4, 4), y+3+size*0.5*t, x+half*(1-t), 2.5, hull, 0.45*(1-t))
	}
	c.line(point{x, y}, point{x + lean, y - size}, max(1.5, size*0.022), p.near, 1)
	c.fill([]point{{x + lean, y - size*0.97}, {x + half*0.95, y - size*0.16}, {x + 2, y - size*0.16}}, sail, 1)
	c.fill([]point{{x + lean, y - size*0.88}, {x - half*0.85, y - size*0.16}, {x - 2, y - size*0.16}}, mix(sail, p.near, 0.22), 1)
	c.fill([]point{{x - half, y - size*0.1}, {x + half*1.1, y - size*0.1}, {x + half*0.75, y + size*0.03}, {x - half*0.8, y + size*0.03}}, hull, 1)
	c.rect(x-half*0.97, y-size*0.1, x+half*1.06, y-size*0.08, p.light, 0.7)
}

// paintWaves is a heavy sea: bands of waves with crests, rain above.
func paintWaves(c *canvas, p palette, r *rand.Rand) {
	w, h := float64(c.w), float64(c.h)
	c.wash(0, h*0.6, mix(p.high, p.near, 0.3), p.high, p.middle)
	moonX := w * between(r, 0.2, 0.8)
	c.glow(moonX, h*0.24, h*0.5, p.light, 0.35)
	c.disc(moonX, h*0.24, h*0.11, p.light, 0.95)
	for range 150 {
		x, y, long := w*1.2*r.Float64(), h*0.62*r.Float64(), between(r, 20, 70)
		c.line(point{x, y}, point{x - long*0.35, y + long}, 1.2, p.light, 0.13)
	}
	for i := range 6 {
		t := float64(i) / 5
		level, rise, long := h*(0.42+0.5*t), h*(0.035+0.05*t), w*(0.12+0.16*t)
		shift := r.Float64() * long
		slow := swell(r, 0, h*0.03, w*0.4, 2)
		wave := func(x float64) float64 {
			u := math.Mod((x+shift)/long+10, 1)
			return level + slow(x) - rise*math.Pow(1-math.Abs(2*u-1), 1.7)*1.6
		}
		body := mix(mix(p.far, p.middle, 0.2), p.near, t)
		c.ridge(wave, mix(body, p.low, 0.28), body, h*0.12)
		crest(c, wave, 2.5+3.5*t, mix(p.light, p.low, 0.25), 0.85)
		crest(c, func(x float64) float64 { return wave(x) + 12 + 16*t }, 1+t, p.light, 0.25)
	}
}

// crest draws a line of foam along a wave, strong on the tops.
func crest(c *canvas, wave func(float64) float64, width float64, k ink, alpha float64) {
	upper, lower := []point{}, []point{}
	for x := -6.0; x <= float64(c.w)+6; x += 6 {
		y := wave(x)
		upper = append(upper, point{x, y})
		lower = append(lower, point{x, y + width*(0.6+0.6*math.Sin(x/37))})
	}
	for i := len(lower) - 1; i >= 0; i-- {
		upper = append(upper, lower[i])
	}
	c.fill(upper, k, alpha)
}
