package templates

import "testing"

func TestSmallPlacesGetTheSmallCopyOfAPicture(t *testing.T) {
	both := Image{URL: "https://a.example/large.jpg", Small: "https://a.example/small.jpg", Width: 1104, Height: 736}
	for _, c := range []struct {
		image Image
		width int
		want  picture
	}{
		{both, 552, picture{URL: "https://a.example/large.jpg", Alt: "Rain", Width: 552, Height: 368}},
		{both, 128, picture{URL: "https://a.example/small.jpg", Alt: "Rain", Width: 128, Height: 85}},
		{Image{URL: both.URL, Small: "javascript:alert(1)", Width: 1104, Height: 736}, 128, picture{URL: "https://a.example/large.jpg", Alt: "Rain", Width: 128, Height: 85}},
		{Image{URL: both.URL, Alt: "Wet"}, 128, picture{URL: "https://a.example/large.jpg", Alt: "Wet", Width: 128}},
	} {
		if got := newPicture(c.image, "Rain", c.width); got != c.want {
			t.Errorf("%d wide: %+v, want %+v", c.width, got, c.want)
		}
	}
}
