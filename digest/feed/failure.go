package feed

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The sentences for what goes wrong. Each says what to do; none holds a password.

var errWebPage = errors.New("web page")

// A notFeed is an answer that Parse could not use. errors.Is finds errWebPage in it
// when the answer is a page that may name its feeds.
type notFeed struct {
	sentence string
	kind     error
}

func (e *notFeed) Error() string { return e.sentence }
func (e *notFeed) Unwrap() error { return e.kind }

// IsNoFeed reports whether err says that an address answered, but neither with a feed nor
// with a page that has one. It may still be a sitemap, or a page with a list of stories.
func IsNoFeed(err error) bool {
	_, is := errors.AsType[*notFeed](err)
	return is
}

func noFeedError(url string) error {
	return &notFeed{sentence: fmt.Sprintf("%s has no feed that could be found; look for RSS or Atom on the site "+
		"and give the feed's own address, or read its pages: `pressrun sources test %s --kind page`", url, url)}
}

func webPageError(url string) error {
	return &notFeed{fmt.Sprintf("this is a web page, not a feed; run `pressrun sources test %s` to find its feeds", url), errWebPage}
}

func notFeedError(url string) error {
	return &notFeed{sentence: fmt.Sprintf("%s is neither RSS, Atom nor JSON Feed; "+
		"check the address, or run `pressrun sources test` with that of the site's front page", url)}
}

func otherXMLError(url, root string) error {
	return &notFeed{sentence: fmt.Sprintf("%s is XML but not a feed (its root is <%.40s>); "+
		"run `pressrun sources test` with the address of the site's front page to find its feeds", url, root)}
}

func emptyError(url string) error {
	return &notFeed{sentence: fmt.Sprintf("%s answered with nothing at all; "+
		"open it in a browser, and if it is empty there too tell the site", url)}
}

func tooLargeError(url string) error {
	return fmt.Errorf("%s is larger than 5 MB; ask the site for a feed with fewer articles", url)
}

func dtdError(url string) error {
	return fmt.Errorf("%s declares entities of its own, which Pressrun refuses as a danger; "+
		"ask the site for a feed without a document type", url)
}

func hostileError(url string) error {
	return fmt.Errorf("%s is nested or repeated beyond what a feed needs, so Pressrun refuses it; "+
		"ask the site whether it is broken", url)
}

func brokenError(url string, err error) error {
	return fmt.Errorf("the feed %s is broken (%w); show it to the site, a feed validator names the place", url, err)
}

// cutWarning says what was saved of a feed that ended too early.
func cutWarning(saved int) string {
	return fmt.Sprintf("the feed was cut off before its end; %s saved, it will be read again", count(saved, "article"))
}

func brokenWarning(broken, saved int) string {
	return fmt.Sprintf("the feed is broken in %s; %s could still be read, show the feed to the site", count(broken, "place"), count(saved, "article"))
}

func droppedWarning(dropped int) string {
	return fmt.Sprintf("the feed has %s, but none with a title and a web address; "+
		"ask the site for a feed with links", count(dropped, "item"))
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// A statusFailure is an answer whose status says that it is of no use.
type statusFailure struct {
	code       int
	retryAfter string
	error
}

// statusError is nil for an answer that can be used.
func statusError(res *http.Response) error {
	err := statusSentence(res.StatusCode, res.Request.URL)
	if err == nil {
		return nil
	}
	failure := &statusFailure{code: res.StatusCode, error: err}
	if res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable {
		failure.retryAfter = strings.TrimSpace(res.Header.Get("Retry-After"))
	}
	return failure
}

// askAgain returns when a site said it may be asked again, in seconds or as a date
// (RFC 9110 §10.2.3); zero if it did not.
func askAgain(err error, now time.Time) time.Time {
	status, is := errors.AsType[*statusFailure](err)
	if !is {
		return time.Time{}
	}
	if seconds, err := strconv.Atoi(status.retryAfter); err == nil && seconds > 0 {
		return now.Add(time.Duration(min(seconds, 1<<30)) * time.Second)
	}
	at, err := http.ParseTime(status.retryAfter)
	if err != nil {
		return time.Time{}
	}
	return at
}

// A waitError says that a source was not asked because its time has not come.
type waitError struct{ sentence string }

func (e *waitError) Error() string { return e.sentence }

// IsWaiting reports whether Fetch did not ask a source because its time has not come: no
// new failure, and nothing to be told of again.
func IsWaiting(err error) bool {
	_, is := errors.AsType[*waitError](err)
	return is
}

func statusSentence(code int, u *url.URL) error {
	at := u.Redacted()
	switch {
	case code == http.StatusOK, code == http.StatusNonAuthoritativeInfo:
		return nil
	case code == http.StatusNoContent, code == http.StatusResetContent:
		return emptyError(at)
	case code == http.StatusNotFound:
		return fmt.Errorf("%s does not exist (404); run `pressrun sources test %s://%s` to find where the feed went", at, u.Scheme, u.Host)
	case code == http.StatusGone:
		return fmt.Errorf("%s is gone for good (410); remove the source, or run `pressrun sources test %s://%s` to find another", at, u.Scheme, u.Host)
	case code == http.StatusUnauthorized, code == http.StatusProxyAuthRequired:
		return fmt.Errorf("%s asks for a password (%d); write it into the address as https://name:password@%s/…", at, code, u.Host)
	case code == http.StatusForbidden, code == http.StatusUnavailableForLegalReasons:
		return fmt.Errorf("%s refuses Pressrun (%d); ask the site to let its User-Agent or this server's address in", at, code)
	case code == http.StatusTooManyRequests:
		return fmt.Errorf("%s asks to be read less often (429); it will be tried again later", at)
	case code >= 500:
		return fmt.Errorf("%s is in trouble at the site itself (%d); it will be tried again", at, code)
	}
	return fmt.Errorf("%s answered %d %s instead of a feed; open it in a browser to see why", at, code, http.StatusText(code))
}

// A privateAddress is an address that the dialer refused (W13).
type privateAddress struct {
	addr netip.Addr
	err  error
}

func (e *privateAddress) Error() string { return e.addr.String() + " is not a public address" }
func (e *privateAddress) Unwrap() error { return e.err }

// A redirectError is a redirect that is not followed.
type redirectError struct{ sentence string }

func (e *redirectError) Error() string { return e.sentence }

// An unreachableError is the failure of a request that got no answer.
type unreachableError struct {
	sentence string
	err      error
}

func (e *unreachableError) Error() string { return e.sentence }
func (e *unreachableError) Unwrap() error { return e.err }

func isUnreachable(err error) bool {
	_, is := errors.AsType[*unreachableError](err)
	return is
}

// unreachable returns err, which the HTTP client returned, as a sentence.
func unreachable(u *url.URL, err error) error {
	return &unreachableError{unreachableSentence(u, err).Error(), err}
}

// unreachableSentence turns what the HTTP client returned into a sentence.
func unreachableSentence(u *url.URL, err error) error {
	var (
		private *privateAddress
		away    *redirectError
		dns     *net.DNSError
		cert    *tls.CertificateVerificationError
		asked   *url.Error
	)
	at := u.Redacted()
	host := u.Hostname()
	if errors.As(err, &asked) {
		if last, perr := url.Parse(asked.URL); perr == nil && last.Host != "" {
			host = last.Hostname() // that of the last redirect
		}
	}
	switch {
	case errors.As(err, &private):
		what := "is at the private address " + private.addr.String()
		if host == private.addr.String() {
			what = "is a private address"
		}
		return fmt.Errorf(`%s %s; add "%s/%d" to fetch.allow in pressrun.toml if it is yours`, host, what, private.addr, private.addr.BitLen())
	case errors.As(err, &away):
		return fmt.Errorf("%s %w", at, away)
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Errorf("there is no server named %s; check the spelling of %s", host, at)
	case errors.As(err, &dns):
		return fmt.Errorf("the name %s could not be looked up; check this machine's DNS, it will be tried again", host)
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return fmt.Errorf("%s took longer than 15 seconds; it will be tried again", at)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%s refuses connections; check the address and whether its web server runs", host)
	case errors.As(err, &cert):
		return fmt.Errorf("the TLS certificate of %s is not valid (%v); tell the site", host, cert.Err)
	case strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("%s does not speak TLS; try the address with http://", host)
	}
	if asked != nil {
		err = asked.Err
	}
	return fmt.Errorf("%s could not be read (%w); it will be tried again", at, err)
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
