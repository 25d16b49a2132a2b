package desk

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

// concrete is a route's path with something in the place of each wildcard.
func (rt route) concrete() string {
	path := strings.TrimSuffix(rt.path(), "{$}")
	for strings.Contains(path, "{") {
		before, rest, _ := strings.Cut(path, "{")
		_, after, _ := strings.Cut(rest, "}")
		path = before + "1" + after
	}
	return path
}

// ask sends a request of a route: to change something, with the form's token or another, and
// from where.
func (c *client) ask(t *testing.T, rt route, token, origin string) *http.Response {
	t.Helper()
	form := url.Values{}
	if token != "" {
		form.Set("csrf", token)
	}
	req, err := http.NewRequestWithContext(t.Context(), rt.method(), c.house.URL+rt.concrete(), strings.NewReader(form.Encode()))
	ok(t, err)
	if rt.changes() {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if origin != "" {
		req.Header.Set("Origin", origin)
	}
	res, err := c.Do(req)
	ok(t, err)
	t.Cleanup(func() { io.Copy(io.Discard, res.Body); res.Body.Close() })
	return res
}

// state is everything in the database that a request could change.
func (h *house) state(t *testing.T) string {
	t.Helper()
	return dump(t, h.db)
}

func TestEveryRouteThatChangesSomethingIsGuarded(t *testing.T) {
	h := open(t)
	owner := h.as(t, staff.Owner)
	before := h.state(t)
	changing := 0
	for _, rt := range h.desk.routes() {
		if rt.file && (rt.changes() || rt.least != "") {
			t.Errorf("%s is no file", rt.pattern)
		}
	}
	for _, rt := range h.desk.routes() {
		if !rt.changes() {
			continue
		}
		changing++
		for what, c := range map[string]struct{ token, origin, site string }{
			"from another site":                {owner.csrf, "https://evil.example", ""},
			"from nowhere":                     {owner.csrf, "", ""},
			"from a sandbox":                   {owner.csrf, "null", ""},
			"without the form's token":         {"", h.URL, ""},
			"with a wrong token":               {"x" + owner.csrf[1:], h.URL, ""},
			"from a subdomain's or old scheme": {owner.csrf, "https://" + strings.TrimPrefix(h.URL, "http://") + "0", ""},
		} {
			res := owner.ask(t, rt, c.token, c.origin)
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("%s %s answers %d, not 403", rt.pattern, what, res.StatusCode)
			}
		}
	}
	if changing < 10 {
		t.Fatalf("only %d routes change something: the table was not read", changing)
	}
	if h.state(t) != before {
		t.Error("something was changed all the same")
	}
}

func TestBrowsersWordOnWhereARequestComesFrom(t *testing.T) {
	h := open(t)
	d := h.desk
	for _, c := range []struct {
		site, origin string
		want         bool
	}{
		{"same-origin", "", true}, {"none", "", true}, {"same-site", "", false}, {"cross-site", "", false},
		{"cross-site", h.URL, false}, {"", h.URL, true}, {"", "https://evil.example", false}, {"", "null", false}, {"", "", false},
	} {
		r, err := http.NewRequest(http.MethodPost, h.URL+"/desk/logout", nil)
		ok(t, err)
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if got := d.sameOrigin(r); got != c.want {
			t.Errorf("Sec-Fetch-Site %q, Origin %q: %v", c.site, c.origin, got)
		}
	}
}

func TestRolesOverTheWholeTable(t *testing.T) {
	h := open(t)
	clients := map[staff.Role]*client{"": h.nobody(t)}
	clients[""].get(t, "/desk/login")
	for _, role := range staff.Roles {
		clients[role] = h.as(t, role)
	}
	for _, rt := range h.desk.routes() {
		if rt.changes() && rt.least == staff.Viewer && !rt.own {
			t.Errorf("%s lets a viewer change something", rt.pattern)
		}
		for role, c := range clients {
			if role.Covers(rt.least) || rt.least == "" {
				continue
			}
			before := h.state(t)
			res := c.ask(t, rt, c.csrf, h.URL)
			want := http.StatusForbidden
			switch {
			case role == "" && rt.changes():
				want = http.StatusUnauthorized
			case role == "":
				want = http.StatusSeeOther // to the login
				if to := res.Header.Get("Location"); !strings.HasPrefix(to, "/desk/login?next=") {
					t.Errorf("%s leads %q to %q", rt.pattern, role, to)
				}
			}
			if res.StatusCode != want {
				t.Errorf("%s as %q: %d, want %d", rt.pattern, role, res.StatusCode, want)
			}
			if h.state(t) != before {
				t.Errorf("%s as %q changed something", rt.pattern, role)
			}
		}
	}
}

func TestPagesSayWhatTheyMayDo(t *testing.T) {
	h := open(t)
	owner := h.as(t, staff.Owner)
	for _, rt := range h.desk.routes() {
		if rt.changes() || strings.Contains(rt.path(), "/preview") || strings.Contains(rt.path(), "/events") {
			continue
		}
		res := owner.ask(t, rt, "", "")
		csp := res.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy %q lacks %s", rt.pattern, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy is %q", rt.pattern, csp)
		}
		static := strings.Contains(rt.path(), "/static/")
		if got := res.Header.Get("Cache-Control"); !static && got != "no-store" {
			t.Errorf("%s may be kept: %q", rt.pattern, got)
		}
		if got := res.Header.Get("X-Robots-Tag"); !strings.Contains(got, "noindex") {
			t.Errorf("%s may be indexed: %q", rt.pattern, got)
		}
	}
}

func TestGetChangesNothing(t *testing.T) {
	h := open(t)
	owner := h.as(t, staff.Owner)
	before := h.state(t)
	for _, rt := range h.desk.routes() {
		if rt.changes() || strings.Contains(rt.path(), "/events") {
			continue
		}
		for range 3 {
			if res := owner.ask(t, rt, "", ""); res.StatusCode >= 500 {
				t.Errorf("%s answers %d\n%s", rt.pattern, res.StatusCode, h.log)
			}
		}
	}
	if h.state(t) != before {
		t.Error("looking at the pages changed something")
	}
}
