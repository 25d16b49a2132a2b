package picture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// What letters need of a picture, in pixels: twice the width of the slots, and at most a
// quarter taller than wide.
const (
	largeWidth, largeHeight = 2 * 552, 2 * 690
	smallWidth, smallHeight = 2 * 128, 2 * 160
)

// maxFile is how large a file may be in a letter (H5).
const maxFile = 200_000

// fit returns the size at which a picture fits into a box; it is never enlarged.
func fit(width, height, maxWidth, maxHeight int) (w, h int) {
	w, h = width, height
	if w > maxWidth {
		w, h = maxWidth, (height*maxWidth+width/2)/width
	}
	if h > maxHeight {
		w, h = (width*maxHeight+height/2)/height, maxHeight
	}
	return max(w, 1), max(h, 1)
}

// resize returns a picture at another size, upright.
func resize(m image.Image, w, h, turn int) *image.RGBA {
	if turn >= 5 { // it lies on its side
		w, h = h, w
	}
	return upright(scale(m, w, h), turn)
}

// upright turns and mirrors a picture as EXIF's Orientation asks for.
func upright(from *image.RGBA, turn int) *image.RGBA {
	if turn < 2 {
		return from
	}
	w, h := from.Rect.Dx(), from.Rect.Dy()
	to := image.NewRGBA(image.Rect(0, 0, w, h))
	if turn >= 5 {
		to = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch turn {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(to.Pix[to.PixOffset(tx, ty):][:4], from.Pix[from.PixOffset(x, y):][:4])
		}
	}
	return to
}

// encode makes a file of at most maxFile bytes: a PNG where something shines through and
// it is small enough so, else a JPEG, as good as it may be.
func encode(m *image.RGBA) (File, error) {
	if !m.Opaque() {
		var out bytes.Buffer
		if err := png.Encode(&out, m); err != nil {
			return File{}, fmt.Errorf("write the picture as PNG: %w", err)
		}
		if out.Len() <= maxFile {
			return file(out.Bytes(), "image/png", ".png", m), nil
		}
		m = onWhite(m)
	}
	for {
		for quality := 84; quality >= 44; quality -= 8 {
			var out bytes.Buffer
			if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: quality}); err != nil {
				return File{}, fmt.Errorf("write the picture as JPEG: %w", err)
			}
			if out.Len() <= maxFile {
				return file(out.Bytes(), "image/jpeg", ".jpg", m), nil
			}
		}
		m = resize(m, m.Rect.Dx()*3/4, m.Rect.Dy()*3/4, 1) // noise; it is better small than smeared
	}
}

// onWhite puts white behind a picture.
func onWhite(m *image.RGBA) *image.RGBA {
	to := image.NewRGBA(m.Rect)
	draw.Draw(to, to.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(to, to.Rect, m, m.Rect.Min, draw.Over)
	return to
}

// file names a file by its content.
func file(data []byte, kind, suffix string, m *image.RGBA) File {
	sum := sha256.Sum256(data)
	return File{Name: hex.EncodeToString(sum[:16]) + suffix, Type: kind, Width: m.Rect.Dx(), Height: m.Rect.Dy(), Data: data}
}
