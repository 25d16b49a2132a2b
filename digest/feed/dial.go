package feed

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"

	"code.dny.dev/ssrf"
)

const maxRedirects = 5

// client returns an HTTP client that connects to public addresses and those of Allow
// only. The address is looked at when it is dialled, after the name was resolved, so
// that neither a redirect nor a name server can lead it elsewhere (W13).
func (f *Fetcher) client() (*http.Client, func()) {
	var v4, v6 []netip.Prefix
	for _, p := range f.Allow {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	dialer := &net.Dialer{
		ControlContext: func(_ context.Context, network, address string, c syscall.RawConn) error {
			err := guard.Safe(network, address, c)
			if at, perr := netip.ParseAddrPort(address); err != nil && perr == nil {
				return &privateAddress{at.Addr(), err}
			}
			return err
		},
	}
	transport := &http.Transport{
		Proxy:                  nil, // a proxy would dial for us, without the guard
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return &http.Client{Transport: transport, CheckRedirect: checkRedirect}, transport.CloseIdleConnections
}

func checkRedirect(next *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return &redirectError{fmt.Sprintf("redirects more than %d times; find in a browser where it leads and use that address", maxRedirects)}
	}
	if next.URL.Scheme != "http" && next.URL.Scheme != "https" {
		return &redirectError{fmt.Sprintf("redirects to %s, which is no web address; tell the site", next.URL.Redacted())}
	}
	next.Header.Del("Referer")
	return nil
}
