package feed

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The modes of a HubRequest.
const (
	HubSubscribe   = "subscribe"
	HubUnsubscribe = "unsubscribe"
)

// A HubRequest asks a hub to begin or to end telling of news (WebSub §5.1).
type HubRequest struct {
	Hub      string
	Mode     string // HubSubscribe or HubUnsubscribe
	Topic    string // the address of the source as the hub knows it
	Callback string // where the hub asks back, and tells of news
	Secret   string // the hub signs with it
	Lease    time.Duration
}

// AskHub sends a request to a hub, at a public address or one of Allow (W13). That it is
// taken means only that the hub will ask back. Its error is a sentence without Callback and
// Secret; again is when a hub that refused said it may be asked again, or zero.
func (f *Fetcher) AskHub(ctx context.Context, r HubRequest, now time.Time) (again time.Time, err error) {
	u, err := webAddress(r.Hub)
	if err != nil {
		return time.Time{}, err
	}
	client, done := f.client()
	defer done()
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(f.timeout, patience))
	defer cancel()
	form := url.Values{"hub.mode": {r.Mode}, "hub.topic": {r.Topic}, "hub.callback": {r.Callback}}
	if r.Mode == HubSubscribe {
		form.Set("hub.secret", r.Secret)
		form.Set("hub.lease_seconds", strconv.Itoa(int(r.Lease.Seconds())))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a web address (%w)", r.Hub, err)
	}
	req.Header.Set("User-Agent", f.UserAgent)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(req)
	if err != nil {
		return time.Time{}, unreachable(u, err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	switch {
	case res.Request.Method != http.MethodPost: // a redirect that is none for requests (§5.1.2)
		return time.Time{}, fmt.Errorf("%s leads to a page and takes no requests", u.Redacted())
	case res.StatusCode/100 == 2:
		return time.Time{}, nil
	}
	refused := &statusFailure{code: res.StatusCode, retryAfter: res.Header.Get("Retry-After"),
		error: fmt.Errorf("%s answered %d %s", u.Redacted(), res.StatusCode, http.StatusText(res.StatusCode))}
	return askAgain(refused, now), refused
}
