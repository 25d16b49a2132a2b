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
	noted bool     // is in the audit log although it changes nothing
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
	ofFile := []string{"edition", "evidence", "language", "file", "left"}
	pages := func(more ...string) []string { return append([]string{"cursor", "limit"}, more...) }
	return []route{
		{pattern: "GET /api/v1/openapi.json", serve: describe},
		{pattern: "GET /api/v1/status", scope: staff.Read, serve: a.showStatus},

		{pattern: "GET /api/v1/editions", scope: staff.Read, serve: a.listEditions, query: pages()},
		{pattern: "GET /api/v1/editions/{edition}", scope: staff.Read, serve: a.showEdition},
		{pattern: "PUT /api/v1/editions/{edition}", scope: staff.Write, serve: a.putEdition},
		{pattern: "POST /api/v1/editions/{edition}/pause", scope: staff.Write, serve: a.pauseEdition},
		{pattern: "POST /api/v1/editions/{edition}/resume", scope: staff.Write, serve: a.resumeEdition},
		{pattern: "POST /api/v1/editions/{edition}/replay", scope: staff.Read, serve: a.replayEdition, asks: true},
		{pattern: "GET /api/v1/editions/{edition}/next", scope: staff.Read, serve: a.showNext, query: []string{"count", "from"}},
		{pattern: "GET /api/v1/editions/{edition}/one-offs", scope: staff.Read, serve: a.listOneOffs},
		{pattern: "POST /api/v1/editions/{edition}/one-offs", scope: staff.Send, serve: a.addOneOff},
		{pattern: "DELETE /api/v1/editions/{edition}/one-offs/{id}", scope: staff.Send, serve: a.removeOneOff},
		{pattern: "GET /api/v1/editions/{edition}/draft", scope: staff.Read, serve: a.showDraft, query: []string{"at"}},
		{pattern: "GET /api/v1/editions/{edition}/draft/letters/{language}", scope: staff.Read, serve: a.showDraftLetter},
		{pattern: "GET /api/v1/editions/{edition}/draft/checks", scope: staff.Read, serve: a.checkDraft, query: []string{"outside"}},
		{pattern: "POST /api/v1/editions/{edition}/draft/approve", scope: staff.Send, serve: a.approveDraft},
		{pattern: "POST /api/v1/editions/{edition}/draft/hold", scope: staff.Send, serve: a.holdDraft},
		{pattern: "POST /api/v1/editions/{edition}/draft/release", scope: staff.Send, serve: a.releaseDraft},
		{pattern: "POST /api/v1/editions/{edition}/draft/test", scope: staff.Send, serve: a.testDraft},
		{pattern: "GET /api/v1/editions/{edition}/plan", scope: staff.Read, serve: a.showPlan},
		{pattern: "PUT /api/v1/editions/{edition}/plan", scope: staff.Write, serve: a.putPlan},
		{pattern: "POST /api/v1/editions/{edition}/plan/stories", scope: staff.Write, serve: a.addStory},
		{pattern: "GET /api/v1/editions/{edition}/issues", scope: staff.Read, serve: a.listIssues, query: pages()},
		{pattern: "POST /api/v1/editions/{edition}/issues", scope: staff.Send, serve: a.publishNow, keyed: true},

		{pattern: "GET /api/v1/sources", scope: staff.Read, serve: a.listSources, query: pages()},
		{pattern: "POST /api/v1/sources", scope: staff.Write, serve: a.addSource},
		{pattern: "POST /api/v1/sources/fetch", scope: staff.Write, serve: a.fetchSources},
		{pattern: "POST /api/v1/sources/try", scope: staff.Write, serve: a.trySource, asks: true},
		{pattern: "GET /api/v1/sources/{id}", scope: staff.Read, serve: a.showSource},
		{pattern: "POST /api/v1/sources/{id}/fetch", scope: staff.Write, serve: a.fetchSource},
		{pattern: "DELETE /api/v1/sources/{id}", scope: staff.Write, serve: a.removeSource},
		{pattern: "POST /api/v1/articles", scope: staff.Write, serve: a.takeArticles, query: []string{"source", "section", "language"}, body: maxArticles},

		{pattern: "GET /api/v1/runs", scope: staff.Read, serve: a.listRuns, query: pages("edition")},
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
		{pattern: "POST /api/v1/subscribers/search", scope: staff.Read, serve: a.searchReaders, asks: true},
		{pattern: "POST /api/v1/subscribers/export", scope: staff.Write, serve: a.exportReaders, asks: true, noted: true},
		{pattern: "GET /api/v1/subscribers/{id}", scope: staff.Read, serve: a.showReader},
		{pattern: "PATCH /api/v1/subscribers/{id}", scope: staff.Write, serve: a.changeReader},
		{pattern: "DELETE /api/v1/subscribers/{id}", scope: staff.Write, serve: a.eraseReader},
		{pattern: "GET /api/v1/subscribers/{id}/why", scope: staff.Read, serve: a.tellWhy, query: []string{"issue"}},
		{pattern: "GET /api/v1/subscribers/{id}/deliveries", scope: staff.Read, serve: a.listCopies, query: pages()},
		{pattern: "GET /api/v1/subscribers/{id}/everything", scope: staff.Read, serve: a.showEverything},
		{pattern: "POST /api/v1/subscribers/{id}/address", scope: staff.Write, serve: a.moveReader},
		{pattern: "POST /api/v1/subscribers/{id}/confirmation", scope: staff.Write, serve: a.askAgain},
		{pattern: "POST /api/v1/subscribers/{id}/subscriptions", scope: staff.Write, serve: a.joinReader},
		{pattern: "PATCH /api/v1/subscribers/{id}/subscriptions/{edition}", scope: staff.Write, serve: a.changeChoices},
		{pattern: "POST /api/v1/subscribers/{id}/subscriptions/{edition}/pause", scope: staff.Write, serve: a.pauseReader},
		{pattern: "POST /api/v1/subscribers/{id}/subscriptions/{edition}/resume", scope: staff.Write, serve: a.wakeReader},
		{pattern: "POST /api/v1/subscribers/{id}/unsubscribe", scope: staff.Write, serve: a.unsubscribeReader},

		{pattern: "GET /api/v1/suppressions", scope: staff.Read, serve: a.listSilenced, query: pages()},
		{pattern: "POST /api/v1/suppressions", scope: staff.Write, serve: a.suppress},
		{pattern: "POST /api/v1/suppressions/search", scope: staff.Read, serve: a.findSilenced, asks: true},
		{pattern: "POST /api/v1/suppressions/lift", scope: staff.Write, serve: a.liftSuppression},

		{pattern: "GET /api/v1/imports", scope: staff.Read, serve: a.listImports, query: pages()},
		{pattern: "POST /api/v1/imports", scope: staff.Write, serve: a.takeImport, query: ofFile, body: maxImport, keyed: true},
		{pattern: "POST /api/v1/imports/try", scope: staff.Write, serve: a.tryImport, query: ofFile, body: maxImport, asks: true},
		{pattern: "GET /api/v1/imports/running", scope: staff.Read, serve: a.showImporting},
		{pattern: "GET /api/v1/imports/{id}", scope: staff.Read, serve: a.showImport},
		{pattern: "POST /api/v1/imports/{id}/undo", scope: staff.Write, serve: a.undoImport},

		{pattern: "GET /api/v1/statistics/readers", scope: staff.Read, serve: a.showGrowth, query: []string{"days"}},
		{pattern: "GET /api/v1/statistics/issues", scope: staff.Read, serve: a.listTallies, query: pages("edition")},
		{pattern: "GET /api/v1/relays", scope: staff.Write, serve: a.listRelays},
		{pattern: "POST /api/v1/relays/{n}/test", scope: staff.Write, serve: a.tryRelay, asks: true},
		{pattern: "GET /api/v1/themes", scope: staff.Read, serve: a.listThemes},

		{pattern: "GET /api/v1/audit", scope: staff.Read, serve: a.listAudit, query: pages()},

		{pattern: "GET /api/v1/webhooks", scope: staff.Read, serve: a.listHooks, query: pages()},
		{pattern: "POST /api/v1/webhooks", scope: staff.Write, serve: a.addHook},
		{pattern: "GET /api/v1/webhooks/{id}/secret", scope: staff.Write, serve: a.showHookSecret},
		{pattern: "GET /api/v1/webhooks/{id}/deliveries", scope: staff.Read, serve: a.listHookDeliveries, query: pages()},
		{pattern: "POST /api/v1/webhooks/{id}/test", scope: staff.Write, serve: a.testHook},
		{pattern: "DELETE /api/v1/webhooks/{id}", scope: staff.Write, serve: a.removeHook},
	}
}
