package site

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
)

// HubPath is where hubs call: each at an address of its own, this and a token.
const HubPath = "/websub/"

// maxNews is what a hub may send at most, as much as a source may have.
const maxNews = 5 << 20

type hubBodyKey struct{}

// hubs answers hubs (WebSub §5.3 and §7).
func (s *Site) hubs() http.Handler {
	framed := s.Frame.Handle(web.Private, func(w http.ResponseWriter, r *http.Request) error {
		h, err := s.Digest.HubByToken(r.Context(), r.PathValue("token"))
		if errors.Is(err, digest.ErrNotFound) {
			return web.Plain(web.ErrLink)
		}
		if err != nil {
			return web.Plain(err)
		}
		switch r.Method {
		case http.MethodGet:
			return s.answerHub(w, r, h, time.Now())
		case http.MethodPost:
			return s.hearHub(w, r, h, time.Now())
		}
		w.Header().Set("Allow", "GET, POST")
		web.Line(w, http.StatusMethodNotAllowed, "A hub asks with GET and tells of news with POST.")
		return nil
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The frame cuts bodies off at what a form may have.
		framed.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), hubBodyKey{}, r.Body)))
	})
}

// answerHub tells a hub whether we asked for what it is about to do, in the only way the
// standard knows: with GET. What we did not ask for changes nothing and is answered with 404.
func (s *Site) answerHub(w http.ResponseWriter, r *http.Request, h digest.HubSubscription, now time.Time) error {
	q := r.URL.Query()
	if q.Get("hub.topic") != h.Topic {
		return web.Plain(web.ErrLink)
	}
	var err error
	switch mode := q.Get("hub.mode"); {
	case mode == "denied":
		return s.takeDenial(w, r, h, now)
	case q.Get("hub.challenge") == "":
		return web.Plain(web.ErrLink)
	case mode == "subscribe":
		err = s.Digest.HubConfirms(r.Context(), h, leaseOf(q), now)
	case mode == "unsubscribe":
		err = s.Digest.HubLeft(r.Context(), h)
	default:
		return web.Plain(web.ErrLink)
	}
	if errors.Is(err, digest.ErrNotFound) {
		return web.Plain(web.ErrLink)
	}
	if err != nil {
		return web.Plain(err)
	}
	s.Frame.Log.Info("a hub confirmed what it was asked for", "source", h.Source, "hub", h.Hub, "mode", q.Get("hub.mode"))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8") // no page, whatever is in it (§8.2)
	_, err = io.WriteString(w, q.Get("hub.challenge"))
	return err
}

// leaseOf reads how long the hub will tell of news; where it does not say, a day.
func leaseOf(q url.Values) time.Duration {
	seconds, err := strconv.ParseInt(q.Get("hub.lease_seconds"), 10, 32)
	if err != nil || seconds <= 0 {
		return 24 * time.Hour
	}
	return time.Duration(seconds) * time.Second
}

// takeDenial notes that a hub will not tell of news (§5.2).
func (s *Site) takeDenial(w http.ResponseWriter, r *http.Request, h digest.HubSubscription, now time.Time) error {
	reason := digest.OneLine(r.URL.Query().Get("hub.reason"))
	if reason == "" {
		reason = "it gave no reason"
	}
	reason = fmt.Sprintf("the hub will not tell of news: %.200s", reason)
	if err := s.Digest.HubDenies(r.Context(), h, reason, now); err != nil {
		return web.Plain(err)
	}
	s.Frame.Log.Warn("a hub will not tell of a source's news; the source is read by the clock, and the hub asked again in a week",
		"source", h.Source, "hub", h.Hub, "reason", reason)
	web.Line(w, http.StatusOK, "Noted.")
	return nil
}

// hearHub takes a hub's news as a sign to read the source: its words are checked for the
// signature and thrown away. The source is read later; who repeats a message gets it read
// once more at most.
func (s *Site) hearHub(w http.ResponseWriter, r *http.Request, h digest.HubSubscription, now time.Time) error {
	if h.State == digest.HubLeaving {
		web.Line(w, http.StatusGone, "This subscription has ended.") // the hub may forget it (§7)
		return nil
	}
	body := r.Body
	if whole, ok := r.Context().Value(hubBodyKey{}).(io.ReadCloser); ok {
		body = http.MaxBytesReader(w, whole, maxNews)
	}
	signed, err := isSigned(body, r.Header.Get("X-Hub-Signature"), h.Secret)
	if err != nil {
		return web.Plain(err)
	}
	if !signed {
		web.Line(w, http.StatusForbidden, "This is not signed with the secret of the subscription.")
		return fmt.Errorf("news of %s without the signature of its hub; nothing follows from it", h.Source)
	}
	if err := s.Digest.HubAnnounces(r.Context(), h, now); err != nil {
		return web.Plain(err)
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// isSigned reads body and reports whether the signature, such as "sha256=" and the sum in
// hexadecimal, is that of who knows the secret.
func isSigned(body io.Reader, signature, secret string) (bool, error) {
	method, sum, _ := strings.Cut(strings.TrimSpace(signature), "=")
	var by func() hash.Hash
	switch strings.ToLower(method) {
	case "sha1": // what most hubs have; as an HMAC it holds
		by = sha1.New
	case "sha256":
		by = sha256.New
	case "sha384":
		by = sha512.New384
	case "sha512":
		by = sha512.New
	default:
		return false, nil
	}
	want, err := hex.DecodeString(sum)
	if err != nil {
		return false, nil
	}
	mac := hmac.New(by, []byte(secret))
	if _, err := io.Copy(mac, body); err != nil {
		return false, err
	}
	return hmac.Equal(mac.Sum(nil), want), nil
}
