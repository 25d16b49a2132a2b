package desk

import (
	"fmt"
	"html/template"
	"strings"
)

// A QR code (ISO/IEC 18004) of bytes, with the least error correction: it is shown on a
// screen, not printed on a box.

// qrLevels are, for each size from 21 modules on in steps of four, how many code words of
// error correction a block has, and how many blocks there are (table 9, level L).
var qrLevels = [...][2]int{
	{7, 1}, {10, 1}, {15, 1}, {20, 1}, {26, 1}, {18, 2}, {20, 2}, {24, 2}, {30, 2}, {18, 4}, {20, 4}, {24, 4}, {26, 4}, {30, 4},
}

// A qr is a code being drawn.
type qr struct {
	version int
	side    int
	dark    [][]bool
	fixed   [][]bool // belongs to a pattern, and carries no data
}

// qrPicture is a text as a QR code in SVG; "" where it is too long for one.
func qrPicture(text string) template.HTML {
	q, ok := encodeQR(text)
	if !ok {
		return ""
	}
	const quiet = 4 // light modules around it
	var path strings.Builder
	for y, row := range q.dark {
		for x, dark := range row {
			if dark {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	side := q.side + 2*quiet
	return template.HTML(fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dh-%dz"/><path fill="#000" d="%s"/></svg>`,
		side, side, side, side, side, path.String()))
}

func encodeQR(text string) (*qr, bool) {
	for i, level := range qrLevels {
		q := newQR(i + 1)
		words := q.room() / 8
		room := words - level[0]*level[1]
		count := 8 // bits of the length
		if q.version > 9 {
			count = 16
		}
		if 4+count+8*len(text) > 8*room {
			continue
		}
		q.place(interleave(dataWords(text, count, room), level[0], level[1], words))
		q.mask()
		return q, true
	}
	return nil, false
}

// dataWords are the text in byte mode, filled up to what there is room for (7.4).
func dataWords(text string, count, room int) []byte {
	var bits []bool
	put := func(v, n int) {
		for i := n - 1; i >= 0; i-- {
			bits = append(bits, v>>i&1 == 1)
		}
	}
	put(4, 4)
	put(len(text), count)
	for _, b := range []byte(text) {
		put(int(b), 8)
	}
	put(0, min(4, 8*room-len(bits)))
	put(0, (8-len(bits)%8)%8)
	words := make([]byte, len(bits)/8, room)
	for i, b := range bits {
		if b {
			words[i/8] |= 0x80 >> (i % 8)
		}
	}
	for pad := byte(0xec); len(words) < room; pad ^= 0xec ^ 0x11 {
		words = append(words, pad)
	}
	return words
}

// interleave divides the data into blocks, adds to each its error correction, and takes a
// word of each block in turn (7.5, 7.6). The last blocks may have one word more.
func interleave(data []byte, correction, blocks, words int) []byte {
	short := blocks - words%blocks // so many blocks of the lesser length
	size := words/blocks - correction
	var parts, checks [][]byte
	for i := range blocks {
		n := size
		if i >= short {
			n++
		}
		parts = append(parts, data[:n])
		checks = append(checks, reedSolomon(data[:n], correction))
		data = data[n:]
	}
	out := make([]byte, 0, words)
	for i := range size + 1 {
		for _, p := range parts {
			if i < len(p) {
				out = append(out, p[i])
			}
		}
	}
	for i := range correction {
		for _, c := range checks {
			out = append(out, c[i])
		}
	}
	return out
}

// reedSolomon is the remainder of the data, as a polynomial, by the generator with n roots.
func reedSolomon(data []byte, n int) []byte {
	generator := make([]byte, n) // without its leading 1
	generator[n-1] = 1
	root := byte(1)
	for range n {
		for j := range generator {
			generator[j] = times(generator[j], root)
			if j+1 < n {
				generator[j] ^= generator[j+1]
			}
		}
		root = times(root, 2)
	}
	rest := make([]byte, n)
	for _, b := range data {
		factor := b ^ rest[0]
		rest = append(rest[1:], 0)
		for j, g := range generator {
			rest[j] ^= times(g, factor)
		}
	}
	return rest
}

// times multiplies in the field of 256 elements modulo x⁸+x⁴+x³+x²+1.
func times(a, b byte) (p byte) {
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			p ^= a
		}
		carry := a&0x80 != 0
		a <<= 1
		if carry {
			a ^= 0x1d
		}
	}
	return p
}
