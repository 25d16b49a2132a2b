package picture

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"testing"

	reference "golang.org/x/image/draw"
)

// The filter of golang.org/x/image is the judge: it holds a picture's rows four times as
// large, and gives the same.
func TestScaledAsByTheReference(t *testing.T) {
	ycbcr := image.NewYCbCr(image.Rect(10, 20, 410, 320), image.YCbCrSubsampleRatio420)
	for i := range ycbcr.Y {
		ycbcr.Y[i] = uint8(i * 7)
	}
	for i := range ycbcr.Cb {
		ycbcr.Cb[i], ycbcr.Cr[i] = uint8(i), uint8(i/3)
	}
	shining := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	for i := range shining.Pix {
		shining.Pix[i] = uint8(i * i >> 5)
	}
	for name, m := range map[string]image.Image{
		"a drawing": photo(333, 217), "a part of one": photo(333, 217).SubImage(image.Rect(30, 40, 230, 200)),
		"a JPEG's": ycbcr, "one that shines through": shining, "grey": image.NewGray16(image.Rect(0, 0, 60, 60)),
	} {
		for _, size := range [][2]int{{160, 120}, {31, 199}, {7, 3}, {m.Bounds().Dx(), m.Bounds().Dy()}, {400, 400}} {
			got := scale(m, size[0], size[1])
			want := image.NewRGBA(got.Rect)
			reference.CatmullRom.Scale(want, want.Rect, m, m.Bounds(), draw.Src, nil)
			worst, sum := 0.0, 0.0
			for i := range got.Pix {
				d := math.Abs(float64(got.Pix[i]) - float64(want.Pix[i]))
				worst, sum = max(worst, d), sum+d
			}
			if mean := sum / float64(len(got.Pix)); worst > 6 || mean > 0.6 {
				t.Errorf("%s at %v: off by %.0f at worst, by %.2f in the mean", name, size, worst, mean)
			}
		}
	}
}

func TestAnEvenColourStaysEven(t *testing.T) {
	m := image.NewUniform(color.RGBA{90, 140, 200, 255})
	even := image.NewRGBA(image.Rect(0, 0, 977, 411))
	draw.Draw(even, even.Rect, m, image.Point{}, draw.Src)
	got := scale(even, 256, 107)
	for i := 0; i < len(got.Pix); i += 4 {
		if [4]uint8(got.Pix[i:i+4]) != [4]uint8{90, 140, 200, 255} {
			t.Fatalf("%v at %d", got.Pix[i:i+4], i)
		}
	}
}
