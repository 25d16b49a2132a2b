// Package site is what readers meet: the pages behind the links of their mails, and the
// archive of issues.
package site

import (
	"net/http"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/click"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/picture"
	"github.com/pressrun/pressrun/subscribers"
)

// A Site answers readers. All fields but Signups, Clicks and Queue must be set.
type Site struct {
	Frame  *web.Frame
	Digest *digest.Store
	// Pictures are the copies that letters show.
	Pictures *picture.Store
	Readers  *subscribers.Store
	Keys     *subscribers.Keys
	Signups  Signups
	// Clicks, if not nil, counts the links of letters that are followed.
	Clicks *click.Counter
	// Queue, if not nil, adds a reader's deliveries to what they may have of their data.
	Queue *outbox.Queue

	door      *door
	followed  *web.Gauge // links of letters, by network
	texts     formTexts
	scriptSum string
}

// Handler returns the routes of the site. Those with a token in them are never logged
// with it, and of these only POST changes anything (W1).
func (s *Site) Handler() http.Handler {
	s.door, s.scriptSum = newDoor(s.Signups.Limits, s.Frame.Log), scriptSum()
	s.followed = web.NewGauge(time.Hour, gaugeRoom)
	mux := http.NewServeMux()
	page := func(pattern string, kind web.Kind, h web.Handler) { mux.Handle(pattern, s.Frame.Handle(kind, h)) }

	page("GET /subscribe", web.Open, s.showSignup)
	page("POST /subscribe", web.Open, s.signUp)
	page("GET /subscribe/sent", web.Private, s.showSent)
	page("GET /subscribe/embed", web.Active, s.showEmbed)
	page("GET /subscribe/embed.js", web.Public, s.showComponent)
	page("GET /subscribe/token", web.Private, s.showToken)
	page("POST /api/subscribe", web.Private, s.callSignUp)
	page("OPTIONS /api/subscribe", web.Private, s.preflight)
	page("GET /c/{token}", web.Active, s.showConfirm)
	page("POST /c/{token}", web.Active, s.confirm)
	page("GET /a/{token}", web.Active, s.showMove)
	page("POST /a/{token}", web.Active, s.move)

	page("GET /u/{token}", web.Private, s.showLeave)
	page("POST /u/{token}", web.Private, s.leave)
	page("GET /p/{token}", web.Active, s.showPreferences)
	page("POST /p/{token}", web.Active, s.changePreferences)
	page("GET /p/{token}/erase", web.Private, s.showErase)
	page("POST /p/{token}/erase", web.Private, s.erase)

	page("GET /desk/approve/{token}", web.Private, s.showApprove)
	page("POST /desk/approve/{token}", web.Private, s.approve)

	mux.Handle(HubPath+"{token}", s.hubs())

	page("GET /{$}", web.Public, s.showFront)
	page("GET /issues", web.Public, s.showFront)
	page("GET /issues/{edition}", web.Public, s.showArchive)
	page("GET /issues/{edition}/feed.atom", web.Public, s.showFeed)
	page("GET /issues/{edition}/{number}", web.Letter, s.showIssue)
	page("GET /issues/{edition}/{number}/{language}", web.Letter, s.showIssue)
	page("GET "+picture.Path+"{name}", web.Public, s.showPicture)
	page("GET "+compose.CountedPath+"{issue}/{story}/{stamp}", web.Private, s.follow)
	page("GET /help", web.Public, s.showHelp)

	page("GET /static/{sum}/style.css", web.Public, s.Frame.Style)
	page("GET /static/{sum}/js/{name}", web.Public, s.showScript)
	page("GET /favicon.ico", web.Public, s.noIcon)
	page("GET /robots.txt", web.Public, s.robots)
	page("GET /sitemap.xml", web.Public, s.showSitemap)
	page("GET /healthz", web.Private, s.health)
	return s.Frame.Routes(mux)
}

// How long others may keep what is public before they ask again.
const (
	keepLists = time.Minute
	keepIssue = 10 * time.Minute
	keepFixed = time.Hour
)
