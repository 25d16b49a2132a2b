package desk

// newQR draws the patterns that every code of a version has (6.3).
func newQR(version int) *qr {
	q := &qr{version: version, side: 17 + 4*version}
	for range q.side {
		q.dark, q.fixed = append(q.dark, make([]bool, q.side)), append(q.fixed, make([]bool, q.side))
	}
	for i := range q.side { // timing
		q.fix(6, i, i%2 == 0)
		q.fix(i, 6, i%2 == 0)
	}
	q.finder(3, 3)
	q.finder(q.side-4, 3)
	q.finder(3, q.side-4)
	marks := q.marks()
	for i, y := range marks {
		for j, x := range marks {
			corner := i == 0 && j == 0 || i == 0 && j == len(marks)-1 || i == len(marks)-1 && j == 0
			if !corner {
				q.alignment(x, y)
			}
		}
	}
	q.format(0)
	q.number()
	return q
}

func (q *qr) fix(x, y int, dark bool) { q.dark[y][x], q.fixed[y][x] = dark, true }

// finder draws a corner's pattern and the light line around it.
func (q *qr) finder(cx, cy int) {
	for dy := -4; dy <= 4; dy++ {
		for dx := -4; dx <= 4; dx++ {
			x, y := cx+dx, cy+dy
			if x >= 0 && y >= 0 && x < q.side && y < q.side {
				ring := max(abs(dx), abs(dy))
				q.fix(x, y, ring != 2 && ring != 4)
			}
		}
	}
}

func (q *qr) alignment(cx, cy int) {
	for dy := -2; dy <= 2; dy++ {
		for dx := -2; dx <= 2; dx++ {
			q.fix(cx+dx, cy+dy, max(abs(dx), abs(dy)) != 1)
		}
	}
}

// marks are the rows and columns of the alignment patterns (annex E).
func (q *qr) marks() []int {
	if q.version == 1 {
		return nil
	}
	n := q.version/7 + 2
	step := (q.version*4 + n*2 + 1) / (2*n - 2) * 2
	at := make([]int, n)
	at[0] = 6
	for i := 1; i < n; i++ {
		at[n-i] = q.side - 7 - (i-1)*step
	}
	return at
}

// format writes the level and the mask, with their own error correction (7.9).
func (q *qr) format(mask int) {
	bits := remainder(1<<3|mask, 10, 0x537) ^ 0x5412 // 1: level L
	for i := range 15 {
		dark := bits>>i&1 == 1
		switch { // beside the first corner
		case i < 6:
			q.fix(8, i, dark)
		case i < 8:
			q.fix(8, i+1, dark)
		case i == 8:
			q.fix(7, 8, dark)
		default:
			q.fix(14-i, 8, dark)
		}
		if i < 8 { // beside the others
			q.fix(q.side-1-i, 8, dark)
		} else {
			q.fix(8, q.side-15+i, dark)
		}
	}
	q.fix(8, q.side-8, true)
}

// number writes the version of larger codes (7.10).
func (q *qr) number() {
	if q.version < 7 {
		return
	}
	bits := remainder(q.version, 12, 0x1f25)
	for i := range 18 {
		a, b := q.side-11+i%3, i/3
		q.fix(a, b, bits>>i&1 == 1)
		q.fix(b, a, bits>>i&1 == 1)
	}
}

// remainder appends n bits of a BCH code to v.
func remainder(v, n, generator int) int {
	rest := v
	for range n {
		rest = rest<<1 ^ rest>>(n-1)*generator
	}
	return v<<n | rest
}

// room is how many modules carry data.
func (q *qr) room() (n int) {
	for _, row := range q.fixed {
		for _, fixed := range row {
			if !fixed {
				n++
			}
		}
	}
	return n
}

// place writes the words in columns of two, up and down from the right (7.7.3).
func (q *qr) place(words []byte) {
	bit := 0
	for right := q.side - 1; right > 0; right -= 2 {
		if right == 6 {
			right--
		}
		up := (right+1)&2 == 0
		for i := range q.side {
			y := i
			if up {
				y = q.side - 1 - i
			}
			for _, x := range [2]int{right, right - 1} {
				if !q.fixed[y][x] && bit < 8*len(words) {
					q.dark[y][x] = words[bit/8]>>(7-bit%8)&1 == 1
					bit++
				}
			}
		}
	}
}

// masks turn modules over, so that no pattern comes about that a camera takes for another
// (7.8.2).
var masks = [8]func(x, y int) bool{
	func(x, y int) bool { return (x+y)%2 == 0 },
	func(_, y int) bool { return y%2 == 0 },
	func(x, _ int) bool { return x%3 == 0 },
	func(x, y int) bool { return (x+y)%3 == 0 },
	func(x, y int) bool { return (x/3+y/2)%2 == 0 },
	func(x, y int) bool { return x*y%2+x*y%3 == 0 },
	func(x, y int) bool { return (x*y%2+x*y%3)%2 == 0 },
	func(x, y int) bool { return ((x+y)%2+x*y%3)%2 == 0 },
}

// mask takes the one that leaves the fewest runs and squares of one colour. The standard
// counts two more faults; any mask can be read.
func (q *qr) mask() {
	best, least := 0, -1
	for i := range masks {
		q.turn(i)
		if n := q.faults(); least < 0 || n < least {
			best, least = i, n
		}
		q.turn(i)
	}
	q.turn(best)
	q.format(best)
}

func (q *qr) turn(mask int) {
	for y := range q.side {
		for x := range q.side {
			if !q.fixed[y][x] && masks[mask](x, y) {
				q.dark[y][x] = !q.dark[y][x]
			}
		}
	}
}

func (q *qr) faults() (n int) {
	for a := range q.side {
		row, column := 1, 1
		for b := 1; b < q.side; b++ {
			row = longer(row, q.dark[a][b] == q.dark[a][b-1], &n)
			column = longer(column, q.dark[b][a] == q.dark[b-1][a], &n)
			if a > 0 && q.dark[a][b] == q.dark[a-1][b] && q.dark[a][b] == q.dark[a][b-1] && q.dark[a][b] == q.dark[a-1][b-1] {
				n += 3
			}
		}
	}
	return n
}

// longer counts a run of one colour, which is a fault from five modules on.
func longer(run int, same bool, faults *int) int {
	if !same {
		return 1
	}
	run++
	switch {
	case run == 5:
		*faults += 3
	case run > 5:
		*faults++
	}
	return run
}

func abs(n int) int { return max(n, -n) }
