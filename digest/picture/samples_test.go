package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
)

// photo draws something with edges, colours and a little noise.
func photo(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.New(rand.NewPCG(1, uint64(w)))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{uint8(x * 255 / w), uint8(y*255/h) ^ uint8(x/40*8), uint8(128 + r.IntN(12)), 255})
		}
	}
	return m
}

func noise(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	r := rand.NewChaCha8([32]byte{})
	r.Read(m.Pix)
	for i := 3; i < len(m.Pix); i += 4 {
		m.Pix[i] = 255
	}
	return m
}

func asJPEG(m image.Image, quality int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func asPNG(m image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// webpOf is a WebP of one colour: VP8L whose five prefix codes have one symbol each.
func webpOf(w, h int) []byte {
	bits, n := uint64(0), 0
	put := func(v uint64, size int) { bits |= v << n; n += size }
	put(0x2F, 8)
	put(uint64(w-1), 14)
	put(uint64(h-1), 14)
	put(0, 4) // opaque, version 0
	head := binary.LittleEndian.AppendUint64(nil, bits)[:5]
	// No transform, no colour cache, no meta codes; then simple codes of one symbol: green,
	// red and blue 0x50, alpha 0xFF, distance 0.
	bits, n = 0, 0
	put(0, 3)
	for _, symbol := range []uint64{0x50, 0x50, 0x50, 0xFF} {
		put(0b101, 3) // simple, one symbol, of eight bits
		put(symbol, 8)
	}
	put(0b0001, 4) // simple, one symbol, of one bit, 0
	data := append(head, binary.LittleEndian.AppendUint64(nil, bits)...)
	data = append(data, 0)[:14]
	out := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(4+8+len(data)))...)
	out = append(append(out, "WEBPVP8L"...), binary.LittleEndian.AppendUint32(nil, uint32(len(data)))...)
	return append(out, data...)
}

func withEXIF(jpg []byte, turn int, order binary.AppendByteOrder) []byte {
	mark := "MM"
	if order == binary.LittleEndian {
		mark = "II"
	}
	tiff := order.AppendUint32(order.AppendUint16([]byte(mark), 42), 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, e := range [][2]uint16{{0x0100, 1}, {0x0112, uint16(turn)}} {
		tiff = order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, e[0]), 3), 1)
		tiff = order.AppendUint16(order.AppendUint16(tiff, e[1]), 0)
	}
	exif := append([]byte("Exif\x00\x00"), tiff...)
	segment := append(binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(exif)+2)), exif...)
	return append(append(append([]byte{}, jpg[:2]...), segment...), jpg[2:]...)
}

// pngHead is a PNG that claims a size and has no pixels.
func pngHead(w, h uint32) []byte {
	out := []byte("\x89PNG\r\n\x1a\n")
	head := append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...)
	head = append(head, 8, 2, 0, 0, 0)
	out = append(binary.BigEndian.AppendUint32(out, 13), head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}
