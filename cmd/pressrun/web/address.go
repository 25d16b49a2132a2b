package web

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
)

type addressKey struct{}

// Address returns where a request comes from, as the server that took it found out;
// the zero Addr if it could not.
func Address(r *http.Request) netip.Addr {
	a, _ := r.Context().Value(addressKey{}).(netip.Addr)
	return a
}

// withAddress notes where each request comes from. X-Forwarded-For counts only as far
// as it was written by proxies that the operator trusts (W12): the last address in it
// that is not such a proxy's is the visitor's.
func withAddress(proxies []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := visitor(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), proxies)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), addressKey{}, a)))
	})
}

func visitor(remote string, forwarded []string, proxies []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	at := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && trusted(at, proxies); i-- {
		before, err := parseHop(hops[i])
		if err != nil {
			break // the trusted proxy says nothing we can read: it stands for its visitor
		}
		at = before
	}
	return at
}

// parseHop reads an entry of X-Forwarded-For; some proxies add the port.
func parseHop(s string) (netip.Addr, error) {
	s = strings.TrimSpace(s)
	if with, err := netip.ParseAddrPort(s); err == nil {
		return with.Addr().Unmap(), nil
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap(), err
}

func trusted(a netip.Addr, proxies []netip.Prefix) bool {
	for _, p := range proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
