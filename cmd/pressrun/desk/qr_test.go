package desk

import (
	"strings"
	"testing"
)

// The example of ISO/IEC 18004 annex I and of many textbooks: remainders by generators that
// are printed in the standard.
func TestCorrectionIsThatOfTheStandard(t *testing.T) {
	data := []byte{0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11, 0xec, 0x11}
	want := []byte{0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55}
	if got := reedSolomon(data, 10); string(got) != string(want) {
		t.Errorf("the correction is %x, not %x", got, want)
	}
	if got := remainder(7, 12, 0x1f25); got != 0x07c94 { // annex D: version 7
		t.Errorf("version 7 is written %#x", got)
	}
	if got := remainder(5, 10, 0x537) ^ 0x5412; got != 0x40ce { // annex C: level M, mask 5
		t.Errorf("format 5 is written %#x", got)
	}
}

// unplace reads the words back, as a camera's program does.
func (q *qr) unplace(mask int) []byte {
	q.turn(mask)
	defer q.turn(mask)
	var out []byte
	n := 0
	for right := q.side - 1; right > 0; right -= 2 {
		if right == 6 {
			right = 5
		}
		for i := range q.side {
			y := i
			if (right+1)%4 < 2 {
				y = q.side - 1 - i
			}
			for x := right; x > right-2; x-- {
				if q.fixed[y][x] {
					continue
				}
				if n%8 == 0 {
					out = append(out, 0)
				}
				if q.dark[y][x] {
					out[n/8] |= 0x80 >> (n % 8)
				}
				n++
			}
		}
	}
	return out
}

func TestCodeHasRoomForEveryAddressAndGrows(t *testing.T) {
	side := 0
	for n := 10; n <= 450; n += 40 {
		text := strings.Repeat("x", n)
		q, ok := encodeQR(text)
		if !ok {
			t.Fatalf("%d bytes have no room", n)
		}
		if q.side < side {
			t.Errorf("%d bytes make a smaller code", n)
		}
		side = q.side
		mask := -1
		for i := range masks { // the mask is written in the code
			bits := remainder(1<<3|i, 10, 0x537) ^ 0x5412
			same := true
			for b := range 8 {
				same = same && q.dark[8][q.side-1-b] == (bits>>b&1 == 1)
			}
			if same {
				mask = i
			}
		}
		if mask < 0 {
			t.Fatalf("%d bytes: no mask is named", n)
		}
		level := qrLevels[q.version-1]
		words := q.room() / 8
		want := interleave(dataWords(text, map[bool]int{false: 8, true: 16}[q.version > 9], words-level[0]*level[1]), level[0], level[1], words)
		if got := q.unplace(mask); string(got[:words]) != string(want) {
			t.Errorf("%d bytes are not read back", n)
		}
	}
	if _, ok := encodeQR(strings.Repeat("x", 600)); ok || qrPicture(strings.Repeat("x", 600)) != "" {
		t.Error("600 bytes had room")
	}
}
