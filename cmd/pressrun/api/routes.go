package api

import (
	"net/http"
	"strings"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

// What a body may have at most.
const (
	maxBody     = 1 << 20
	maxArticles = 5 << 20
)

// A route is one line of the table of all. The tests walk it, with openapi.json beside it.
type route struct {
	pattern string // "POST /api/v1/sources"
	// scope a token needs, "" for none: everybody may ask.
	scope staff.Scope
	serve func(*call) (answer, error)

	query []string // the parameters it knows; any other is refused
	body  int64    // how many bytes a request may have, 0 for maxBody
	keyed bool     // refuses calls without an Idempotency-Key
	asks  bool     // changes nothing although it is no GET: what it asks does not belong in a URL
}

func (rt route) method() string { m, _, _ := strings.Cut(rt.pattern, " "); return m }
func (rt route) path() string   { _, p, _ := strings.Cut(rt.pattern, " "); return p }

// changes reports whether a route may change something, and so is noted in the audit log.
func (rt route) changes() bool { return rt.method() != http.MethodGet && !rt.asks }

func (rt route) limit() int64 {
	if rt.body > 0 {
		return rt.body
	}
	return maxBody
}

// routes is the table of all.
func (a *API) routes() []route {
	pages := func(more ...string) []string { return append([]string{"cursor", "limit"}, more...) }
	return []route{
		{pattern: "GET /api/v1/openapi.json", serve: describe},

		{pattern: "GET /api/v1/editions", scope: staff.Read, serve: a.listEditions},
		{pattern: "GET /api/v1/editions/{edition}", scope: staff.Read, serve: a.showEdition},
		{pattern: "PUT /api/v1/editions/{edition}", scope: staff.Write, serve: a.putEdition},
		{pattern: "GET /api/v1/editions/{edition}/next", scope: staff.Read, serve: a.showNext, query: []string{"count", "from"}},
		{pattern: "GET /api/v1/editions/{edition}/draft", scope: staff.Read, serve: a.showDraft, query: []string{"at"}},
		{pattern: "GET /api/v1/editions/{edition}/plan", scope: staff.Read, serve: a.showPlan},
		{pattern: "PUT /api/v1/editions/{edition}/plan", scope: staff.Write, serve: a.putPlan},
		{pattern: "GET /api/v1/editions/{edition}/issues", scope: staff.Read, serve: a.listIssues, query: pages()},
		{pattern: "POST /api/v1/editions/{edition}/issues", scope: staff.Send, serve: a.publishNow, keyed: true},

		{pattern: "GET /api/v1/sources", scope: staff.Read, serve: a.listSources},
		{pattern: "POST /api/v1/sources", scope: staff.Write, serve: a.addSource},
		{pattern: "POST /api/v1/sources/fetch", scope: staff.Write, serve: a.fetchSources},
		{pattern: "DELETE /api/v1/sources/{id}", scope: staff.Write, serve: a.removeSource},
		{pattern: "POST /api/v1/articles", scope: staff.Write, serve: a.takeArticles, query: []string{"source", "section", "language"}, body: maxArticles},

		{pattern: "GET /api/v1/runs", scope: staff.Read, serve: a.listRuns, query: []string{"limit"}},
		{pattern: "GET /api/v1/issues/{id}", scope: staff.Read, serve: a.showIssue},
		{pattern: "GET /api/v1/issues/{id}/letters/{language}", scope: staff.Read, serve: a.showLetter},
		{pattern: "GET /api/v1/issues/{id}/progress", scope: staff.Read, serve: a.showProgress},
		{pattern: "GET /api/v1/issues/{id}/deliveries", scope: staff.Read, serve: a.listDeliveries, query: pages("state")},
		{pattern: "GET /api/v1/issues/{id}/clicks", scope: staff.Read, serve: a.showClicks},
		{pattern: "GET /api/v1/issues/{id}/verify", scope: staff.Read, serve: a.verifyIssue},
		{pattern: "POST /api/v1/issues/{id}/pause", scope: staff.Send, serve: a.pauseIssue},
		{pattern: "POST /api/v1/issues/{id}/resume", scope: staff.Send, serve: a.resumeIssue},
		{pattern: "POST /api/v1/issues/{id}/resend", scope: staff.Send, serve: a.resendIssue},
		{pattern: "POST /api/v1/issues/{id}/cancel", scope: staff.Send, serve: a.cancelIssue},
		{pattern: "POST /api/v1/issues/{id}/stories/{story}/pull", scope: staff.Send, serve: a.pullStory},

		{pattern: "GET /api/v1/subscribers", scope: staff.Read, serve: a.listReaders, query: pages("search", "edition", "state")},
		{pattern: "POST /api/v1/subscribers", scope: staff.Write, serve: a.addReader},
		{pattern: "GET /api/v1/subscribers/{id}", scope: staff.Read, serve: a.showReader},
		{pattern: "DELETE /api/v1/subscribers/{id}", scope: staff.Write, serve: a.eraseReader},
		{pattern: "GET /api/v1/subscribers/{id}/why", scope: staff.Read, serve: a.tellWhy, query: []string{"issue"}},
		{pattern: "POST /api/v1/subscribers/{id}/unsubscribe", scope: staff.Write, serve: a.unsubscribeReader},
		{pattern: "POST /api/v1/suppressions", scope: staff.Write, serve: a.suppress},

		{pattern: "GET /api/v1/webhooks", scope: staff.Read, serve: a.listHooks},
		{pattern: "POST /api/v1/webhooks", scope: staff.Write, serve: a.addHook},
		{pattern: "GET /api/v1/webhooks/{id}/secret", scope: staff.Write, serve: a.showHookSecret},
		{pattern: "GET /api/v1/webhooks/{id}/deliveries", scope: staff.Read, serve: a.listHookDeliveries, query: pages()},
		{pattern: "POST /api/v1/webhooks/{id}/test", scope: staff.Write, serve: a.testHook},
		{pattern: "DELETE /api/v1/webhooks/{id}", scope: staff.Write, serve: a.removeHook},
	}
}
