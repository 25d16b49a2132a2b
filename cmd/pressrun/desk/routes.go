package desk

import (
	"slices"
	"strings"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
)

// A route is one line of the desk's table. A test walks the table: whoever is less than least
// is turned away, and every POST asks for its form's token and the same origin (W10).
type route struct {
	pattern string     // "POST /desk/editors"
	least   staff.Role // "" lets everybody in
	serve   web.Handler

	// file says that the answer is the same for everybody, so that nobody is asked who they are.
	file bool
	// own says that a POST changes nothing but what is the editor's own, so that a viewer may.
	own bool
	// body is how many bytes a request may have, 0 for those of a form.
	body int64
	// nav names the word under which the bar leads here, "" if it does not; key opens it
	// after a "g".
	nav, key string
}

func (rt route) method() string { m, _, _ := strings.Cut(rt.pattern, " "); return m }
func (rt route) path() string   { _, p, _ := strings.Cut(rt.pattern, " "); return p }

// changes reports whether a route may change something.
func (rt route) changes() bool { return rt.method() != "GET" }

// routes is the table of all, in the order of the bar.
func (d *Desk) routes() []route {
	return slices.Concat(
		d.todayRoutes(),
		d.issueRoutes(),
		d.timesRoutes(),
		d.historyRoutes(),
		d.readersRoutes(),
		d.editionsRoutes(),
		d.themesRoutes(),
		d.sourcesRoutes(),
		d.relaysRoutes(),
		d.staffRoutes(),
		d.doorRoutes(),
	)
}

func (d *Desk) todayRoutes() []route {
	return []route{
		{pattern: "GET /desk", least: staff.Viewer, serve: d.showToday, nav: "nav.today", key: "t"},
		{pattern: "GET /desk/{$}", least: staff.Viewer, serve: d.showToday},
	}
}

// staffRoutes are about editors and programs.
func (d *Desk) staffRoutes() []route {
	return []route{
		{pattern: "GET /desk/editors", least: staff.Owner, serve: d.showEditors, nav: "nav.editors", key: "w"},
		{pattern: "POST /desk/editors", least: staff.Owner, serve: d.addEditor},
		{pattern: "POST /desk/editors/{id}/role", least: staff.Owner, serve: d.changeRole},
		{pattern: "POST /desk/editors/{id}/reset", least: staff.Owner, serve: d.resetEditor},
		{pattern: "POST /desk/editors/{id}/remove", least: staff.Owner, serve: d.removeEditor},
		{pattern: "POST /desk/tokens", least: staff.Owner, serve: d.mintToken},
		{pattern: "POST /desk/tokens/{id}/revoke", least: staff.Owner, serve: d.revokeToken},
		{pattern: "GET /desk/audit", least: staff.Writer, serve: d.showAudit, nav: "nav.audit", key: "l"},
	}
}

// doorRoutes lead in and out, and to what the pages are made of.
func (d *Desk) doorRoutes() []route {
	return []route{
		{pattern: "GET /desk/login", serve: d.showLogin},
		{pattern: "POST /desk/login", serve: d.withPasswords(d.login)},
		{pattern: "GET /desk/login/oidc", serve: d.leaveForAccount},
		{pattern: "GET " + AccountPath, serve: d.returnFromAccount},
		{pattern: "POST /desk/login/passkey/begin", serve: d.askPasskey},
		{pattern: "POST /desk/login/passkey", serve: d.loginByPasskey},
		{pattern: "GET /desk/invite/{token}", serve: d.showInvite},
		{pattern: "POST /desk/invite/{token}", serve: d.acceptInvite},
		{pattern: "GET /desk/me", least: staff.Viewer, serve: d.showMe},
		{pattern: "POST /desk/me/password", least: staff.Viewer, own: true, serve: d.withPasswords(d.changePassword)},
		{pattern: "GET /desk/me/codes", least: staff.Viewer, serve: d.withPasswords(d.showCodes)},
		{pattern: "POST /desk/me/codes", least: staff.Viewer, own: true, serve: d.withPasswords(d.useCodes)},
		{pattern: "POST /desk/me/codes/drop", least: staff.Viewer, own: true, serve: d.withPasswords(d.dropCodes)},
		{pattern: "POST /desk/me/passkeys/begin", least: staff.Viewer, own: true, serve: d.offerPasskey},
		{pattern: "POST /desk/me/passkeys", least: staff.Viewer, own: true, serve: d.addPasskey},
		{pattern: "POST /desk/me/passkeys/{id}/remove", least: staff.Viewer, own: true, serve: d.removePasskey},
		{pattern: "POST /desk/me/everywhere", least: staff.Viewer, own: true, serve: d.logoutEverywhere},
		{pattern: "POST /desk/logout", least: staff.Viewer, own: true, serve: d.logout},
		{pattern: "POST /desk/language", serve: d.chooseLanguage},
		{pattern: "GET /desk/{rest...}", serve: d.showNothing},
		{pattern: "GET /desk/static/{sum}/style.css", file: true, serve: d.showStyle},
		{pattern: "GET /desk/static/{sum}/js/{name}", file: true, serve: d.showScript},
	}
}

// A navigation is a link of the bar, for those who may go there.
type navigation struct {
	path, word, key string
	least           staff.Role
}
