package publish

import (
	"context"
	"time"

	"github.com/pressrun/pressrun/digest"
)

// articlePatience is how long somebody who adds an article waits for its page.
const articlePatience = 20 * time.Second

// An UnreadError says that the page of an article could not be read.
type UnreadError struct{ Err error }

// Error is a sentence for people.
func (e *UnreadError) Error() string { return e.Err.Error() }

func (e *UnreadError) Unwrap() error { return e.Err }

// Article reads the page of an article and keeps the article, as handed over by whoever is
// named. It returns the addresses that the article goes by. A page that cannot be read is an
// *UnreadError.
func (p *Publisher) Article(ctx context.Context, address, by, title string, now time.Time) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, articlePatience)
	defer cancel()
	src := digest.Source{URL: "handed:" + by, Kind: digest.SourceHanded, Title: title}
	a, err := p.Fetcher.Article(ctx, address, src, now)
	if err != nil {
		return nil, &UnreadError{err}
	}
	_, err = p.Store.PutArticles(ctx, src, []digest.Article{a}, false, now)
	return append(a.Aliases, a.URL, address), err
}
