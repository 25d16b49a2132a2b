package main

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressrun/pressrun/templates"
)

// TestContactSheet: every theme is in the picture, in every language, scheme and width.
func TestContactSheet(t *testing.T) {
	if _, err := findBrowser(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	set, err := templates.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := newContactSheet(set, templates.Paper{})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "sheet.png")
	if err := sheet.write(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, err := png.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := picture.Bounds().Size(); got != image.Pt(sheet.Width, sheet.Height) {
		t.Errorf("the picture is %v, want %d × %d", got, sheet.Width, sheet.Height)
	}
	y := sheetHead + sheetLabel
	for _, row := range sheet.Rows {
		x := sheetGap
		if len(row.Letters) != 8 {
			t.Errorf("%s is shown %d times", row.Theme, len(row.Letters))
		}
		for _, l := range row.Letters {
			width := int(float64(l.Width) * sheetScale)
			frame := image.Rect(x, y, x+width, y+int(sheetFrame*sheetScale))
			if n := coloursIn(picture, frame); n < 50 {
				t.Errorf("%s, %s: %d colours, so nothing is shown", row.Theme, l.Says, n)
			}
			x += width + sheetGap
		}
		y += sheetHead + sheetLabel + int(sheetFrame*sheetScale) + sheetGap
	}
}

func TestSheetAsksForABrowser(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := (&contactSheet{}).write(t.Context(), filepath.Join(t.TempDir(), "sheet.png"))
	if err == nil || err.Error() != sheetNeeded {
		t.Errorf("without a browser: %v", err)
	}
}

// coloursIn counts the colours of a part of a picture.
func coloursIn(picture image.Image, part image.Rectangle) int {
	seen := map[[3]uint32]bool{}
	for y := part.Min.Y; y < part.Max.Y; y += 2 {
		for x := part.Min.X; x < part.Max.X; x++ {
			r, g, b, _ := picture.At(x, y).RGBA()
			seen[[3]uint32{r, g, b}] = true
		}
	}
	return len(seen)
}
