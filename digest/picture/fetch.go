package picture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	maxBytes = 10 << 20 // of a picture, as it is at its source
	patience = 10 * time.Second
	accepted = "image/jpeg, image/png, image/webp;q=0.9, image/gif;q=0.8, image/*;q=0.1"
)

// fetch asks for a picture. Its errors are sentences.
func (c *Copier) fetch(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	data, err := c.read(ctx, client, address)
	if errors.Is(err, context.DeadlineExceeded) || err != nil && ctx.Err() != nil {
		return nil, errors.New("the picture did not arrive in time")
	}
	return data, err
}

func (c *Copier) read(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	res, err := c.Fetcher.Ask(ctx, client, http.MethodGet, address, accepted)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the picture's address answers %d %s", res.StatusCode, http.StatusText(res.StatusCode))
	case res.ContentLength > maxBytes:
		return nil, errTooLarge
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, maxBytes+1))
	switch {
	case len(data) > maxBytes:
		return nil, errTooLarge
	case err != nil:
		return nil, fmt.Errorf("the picture broke off while it was read (%w)", err)
	case len(data) == 0:
		return nil, errors.New("the picture's address answers with nothing at all")
	}
	return data, nil
}

var errTooLarge = errors.New("the picture is larger than 10 MB")
