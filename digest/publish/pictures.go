package publish

import (
	"context"
	"time"

	"github.com/pressrun/pressrun/digest"
)

// setPictures gives the stories of an issue the pictures that its rules ask for. That a
// copy cannot be kept does not hold up the issue.
func (p *Publisher) setPictures(ctx context.Context, e digest.Edition, stories []digest.Story, now time.Time) error {
	switch e.Rules.Look.Pictures {
	case digest.PicturesNone:
		withoutPictures(stories)
	case digest.PicturesOurs:
		if p.Pictures == nil {
			return nil
		}
		err := p.Pictures(ctx, stories, now)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			p.Log.Error("copies of pictures cannot be kept; they are left at their source", "edition", e.Slug, "error", err)
		}
	}
	return nil
}

func withoutPictures(stories []digest.Story) {
	for i := range stories {
		stories[i].Image = digest.Image{}
	}
}
