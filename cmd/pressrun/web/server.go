package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// A Server answers requests on a listener.
type Server struct {
	Handler http.Handler // must be set
	Log     *slog.Logger // must be set
	// Proxies whose X-Forwarded-For is believed; none if empty.
	Proxies []netip.Prefix
}

// drain is how long requests that are being answered may take once the end has come.
const drain = 15 * time.Second

// Run serves until ctx ends, lets the requests being answered finish, and returns nil.
// It closes the listener.
func (s *Server) Run(ctx context.Context, ln net.Listener) error {
	server := &http.Server{
		Handler:           withAddress(s.Proxies, s.Handler),
		ReadHeaderTimeout: 5 * time.Second, // W12: nobody holds a connection by being slow
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(acceptErrors{s.Log}, "", 0),
	}
	// Browsers open connections ahead of need, and Shutdown would wait five seconds for a
	// first request on each.
	var unasked sync.Map
	server.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew {
			unasked.Store(c, true)
		} else {
			unasked.Delete(c)
		}
	}
	server.RegisterOnShutdown(func() {
		unasked.Range(func(c, _ any) bool { c.(net.Conn).Close(); return true })
	})
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(ln) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve web pages on %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	err := server.Shutdown(end)
	if errors.Is(err, context.DeadlineExceeded) {
		s.Log.Warn("web requests were still running and have been cut off", "after", drain)
		err = server.Close()
	}
	<-failed
	return err
}

// acceptErrors passes on that connections cannot be taken, and nothing else that
// net/http writes: the rest names visitors' addresses.
type acceptErrors struct{ log *slog.Logger }

func (a acceptErrors) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("http: Accept error:")) {
		a.log.Error(string(bytes.TrimSpace(p)))
	}
	return len(p), nil
}
