package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"testing"
)

func TestPicturesAreMadeToFit(t *testing.T) {
	see := image.NewNRGBA(image.Rect(0, 0, 400, 300)) // a disc on nothing
	for y := range 300 {
		for x := range 400 {
			if (x-200)*(x-200)+(y-150)*(y-150) < 100*100 {
				see.SetNRGBA(x, y, color.NRGBA{200, 30, 30, 255})
			}
		}
	}
	through := photo(900, 900) // does not fit as PNG
	for i := range 900 * 4 * 10 {
		through.Pix[i] = 0
	}
	var animation bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 500, 250), color.Palette{color.White, color.Black})
	if err := gif.EncodeAll(&animation, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name       string
		data       []byte
		kind       string
		w, h       int // of the large copy
		smallWidth int
	}{
		{"a photograph", asJPEG(photo(2400, 1600), 95), "image/jpeg", 1104, 736, 256},
		{"upright", asJPEG(photo(1200, 1800), 90), "image/jpeg", 920, 1380, 213},
		{"very tall", asPNG(photo(300, 3000)), "image/jpeg", 138, 1380, 32},
		{"small", asJPEG(photo(200, 120), 90), "image/jpeg", 200, 120, 200},
		{"as large as it may be", asJPEG(photo(1104, 1380), 90), "image/jpeg", 1104, 1380, 256},
		{"noise", asJPEG(noise(1600, 1600), 90), "image/jpeg", 828, 828, 256},
		{"a PNG that nothing shines through", asPNG(photo(640, 360)), "image/jpeg", 640, 360, 256},
		{"a PNG with a hole", asPNG(see), "image/png", 400, 300, 256},
		{"a PNG with a hole, too large as such", asPNG(through), "image/jpeg", 900, 900, 256},
		{"an animation", animation.Bytes(), "image/jpeg", 500, 250, 256},
		{"a WebP", webpOf(90, 60), "image/jpeg", 90, 60, 90},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.serves("/p", "application/octet-stream", c.data) // nobody believes it
			img := d.replace(morning, "/p")[0]
			if img.URL == "" {
				t.Fatal(d.log)
			}
			large, _ := d.file(img.URL)
			small, _ := d.file(img.Small)
			if large.Type != c.kind || large.Width != c.w || large.Height != c.h || small.Width != c.smallWidth {
				t.Errorf("%s of %d by %d, and %d wide", large.Type, large.Width, large.Height, small.Width)
			}
			if len(large.Data) > 200_000 || len(small.Data) > 200_000 {
				t.Errorf("%d and %d bytes (H5)", len(large.Data), len(small.Data))
			}
			if img.Width != large.Width || img.Height != large.Height || img.Alt != "Wet street" {
				t.Errorf("%+v", img)
			}
		})
	}
}

func TestPicturesKeepTheirColoursAndStandUpright(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 120, 80)) // red above, blue below, green at the left
	for y := range 80 {
		for x := range 120 {
			switch {
			case x < 30:
				m.SetRGBA(x, y, color.RGBA{0, 200, 0, 255})
			case y < 40:
				m.SetRGBA(x, y, color.RGBA{200, 0, 0, 255})
			default:
				m.SetRGBA(x, y, color.RGBA{0, 0, 200, 255})
			}
		}
	}
	upright := asJPEG(m, 95)
	// Where green, red and blue are after turning: left, right, top, bottom of the picture.
	for turn, want := range map[int]string{
		1: "green left, red top", 2: "green right, red top", 3: "green right, red bottom", 4: "green left, red bottom",
		5: "green top, red left", 6: "green top, red right", 7: "green bottom, red right", 8: "green bottom, red left",
	} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			d := newDesk(t)
			d.serves("/p", "image/jpeg", withEXIF(upright, turn, order))
			img := d.replace(morning, "/p")[0]
			f, got := d.file(img.URL)
			if bytes.Contains(f.Data, []byte("Exif")) {
				t.Error("what the camera wrote is still in it")
			}
			if s := describe(got); s != want {
				t.Errorf("turn %d: %s, want %s", turn, s, want)
			}
		}
	}
}

func describe(m image.Image) string {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	at := map[string]color.Color{"left": m.At(5, h/2), "right": m.At(w-5, h/2), "top": m.At(w/2, 5), "bottom": m.At(w/2, h-5)}
	is := func(side string, channel int) bool {
		r, g, b, _ := at[side].RGBA()
		all := [3]uint32{r, g, b}
		return all[channel] > 0x9000 && all[(channel+1)%3] < 0x4000 && all[(channel+2)%3] < 0x4000
	}
	// The green side is the one that is green; the red side is opposite to the blue.
	s := ""
	for _, side := range []string{"left", "right", "top", "bottom"} {
		if is(side, 1) {
			s += "green " + side
		}
	}
	opposite := map[string]string{"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
	for _, side := range []string{"left", "right", "top", "bottom"} {
		if is(side, 0) && is(opposite[side], 2) {
			s += ", red " + side
		}
	}
	return s
}

func BenchmarkFiles(b *testing.B) {
	for _, c := range []struct{ w, h int }{{1200, 675}, {3000, 2000}, {6000, 4000}} {
		data := asJPEG(photo(c.w, c.h), 88)
		b.Run(fmt.Sprintf("%dx%d", c.w, c.h), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s, err := look(data)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := s.files(b.Context(), data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
