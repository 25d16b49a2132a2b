package feed

import (
	"context"
	"fmt"
	"net/http"
)

// Client returns an HTTP client for what is no source, such as the pictures of stories. It
// connects to public addresses and those of Allow only (W13); done closes its connections.
func (f *Fetcher) Client() (client *http.Client, done func()) { return f.client() }

// Ask sends a request in the Fetcher's name. Whatever status is answered is no error. Its
// errors are sentences.
func (f *Fetcher) Ask(ctx context.Context, client *http.Client, method, address, accept string) (*http.Response, error) {
	u, err := webAddress(address)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%q is not a web address (%w)", address, err)
	}
	req.Header.Set("User-Agent", f.UserAgent)
	req.Header.Set("Accept", accept)
	res, err := client.Do(req)
	if err != nil {
		return nil, unreachable(u, err)
	}
	return res, nil
}
