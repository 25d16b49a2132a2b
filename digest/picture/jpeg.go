package picture

import (
	"bytes"
	"encoding/binary"
)

// A jpegHeader is what the decoder does not tell.
type jpegHeader struct {
	progressive bool
	turn        int // EXIF's Orientation, 1 where it is upright or not said
}

// readJPEG reads a JPEG's segments up to its pixels (ITU T.81 annex B).
func readJPEG(data []byte) jpegHeader {
	h := jpegHeader{turn: 1}
	for at := 2; at+4 <= len(data) && data[at] == 0xFF; {
		marker := data[at+1]
		if marker == 0xFF { // a byte that fills
			at++
			continue
		}
		size := int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xDA || size < 2 || at+2+size > len(data) {
			break
		}
		segment := data[at+4 : at+2+size]
		switch marker {
		case 0xC2: // SOF2
			h.progressive = true
		case 0xE1: // APP1
			if exif, is := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); is {
				h.turn = orientation(exif)
			}
		}
		at += 2 + size
	}
	return h
}

// orientation finds in EXIF how a camera was held (CIPA DC-008 §4.6.5, tag 0x0112): 1 to 8.
func orientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if string(tiff[:2]) == "II" {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		if turn := int(order.Uint16(entries[8:])); order.Uint16(entries) == 0x0112 && turn >= 1 && turn <= 8 {
			return turn
		}
		entries = entries[12:]
	}
	return 1
}
