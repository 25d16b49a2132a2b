package desk

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

var shownOnce = regexp.MustCompile(`readonly value="([^"]+)"`)

func TestOwnerLetsSomebodyInAndOutAgain(t *testing.T) {
	h := open(t)
	owner := h.as(t, staff.Owner)
	status, page := owner.post(t, "/desk/editors", "name", "Sara Nour", "email", "sara@wire.example", "role", "viewer")
	link := shownOnce.FindStringSubmatch(page)
	if status != http.StatusOK || link == nil || !strings.HasPrefix(link[1], h.URL+"/desk/invite/") {
		t.Fatalf("adding answers %d and no link:\n%s", status, page)
	}
	if _, page := owner.get(t, "/desk/editors"); strings.Contains(page, link[1]) {
		t.Error("the link is shown twice")
	}
	sara := h.nobody(t)
	path := strings.TrimPrefix(link[1], h.URL)
	sara.get(t, path)
	sara.post(t, path, "password", password, "repeat", password)
	if status, _ := sara.get(t, "/desk/audit"); status != http.StatusForbidden {
		t.Errorf("a viewer sees the log: %d", status)
	}
	e, err := h.staff.Editor(t.Context(), "sara@wire.example")
	ok(t, err)
	if status, to := owner.post(t, fmt.Sprintf("/desk/editors/%d/role", e.ID), "role", "editor"); status != http.StatusSeeOther || to != "/desk/editors?done=role" {
		t.Errorf("the new role answers %d %s", status, to)
	}
	if status, _ := sara.get(t, "/desk/audit"); status != http.StatusOK { // at once, without a new login
		t.Errorf("an editor does not see the log: %d", status)
	}
	if status, to := owner.post(t, fmt.Sprintf("/desk/editors/%d/remove", e.ID)); status != http.StatusSeeOther || to != "/desk/editors?done=removed" {
		t.Errorf("removing answers %d %s", status, to)
	}
	if status, _ := sara.get(t, "/desk"); status != http.StatusSeeOther {
		t.Errorf("who was removed is still in: %d", status)
	}
	entries, err := h.staff.Audit(t.Context(), 0, 4)
	ok(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, strings.TrimSpace(strings.Join([]string{e.Name, e.Act, e.What, e.Detail}, " ")))
	}
	if d := cmp.Diff([]string{
		"Mona Haddad remove sara@wire.example", "Mona Haddad role sara@wire.example viewer → editor",
		"Sara Nour join", "Mona Haddad invite sara@wire.example viewer",
	}, got); d != "" {
		t.Error(d)
	}
	_, page = owner.get(t, "/desk/audit")
	has(t, page, "removed", "changed the role of", "chose a password", "let in")
}

func TestWhatCannotBeDoneToEditorsIsSaid(t *testing.T) {
	h := open(t)
	owner := h.as(t, staff.Owner)
	me, err := h.staff.Editor(t.Context(), "owner@wire.example")
	ok(t, err)
	before := h.state(t)
	for _, c := range []struct {
		path  string
		form  []string
		says  string
		gives int
	}{
		{"/desk/editors", []string{"name", "X", "email", "no address", "role", "viewer"}, "is no e-mail address", 422},
		{"/desk/editors", []string{"name", "", "email", "x@wire.example", "role", "viewer"}, "needs a name", 422},
		{"/desk/editors", []string{"name", "X", "email", "x@wire.example", "role", "root"}, "there is no role", 422},
		{"/desk/editors", []string{"name", "X", "email", "editor@wire.example", "role", "owner"}, "already", 422},
		{fmt.Sprintf("/desk/editors/%d/role", me.ID), []string{"role", "viewer"}, "only owner", 422},
		{fmt.Sprintf("/desk/editors/%d/remove", me.ID), nil, "nobody removes themselves", 422},
		{fmt.Sprintf("/desk/editors/%d/reset", me.ID), nil, "nobody removes themselves", 422},
		{"/desk/editors/999/remove", nil, "There is nothing here", 404},
		{"/desk/editors/x/role", nil, "There is nothing here", 404},
		{"/desk/tokens", []string{"name", "", "scope", "read", "days", "1"}, "needs a name", 422},
		{"/desk/tokens", []string{"name", "X", "days", "1"}, "without a scope", 422},
		{"/desk/tokens", []string{"name", "X", "scope", "root", "days", "1"}, "there is no scope", 422},
		{"/desk/tokens", []string{"name", "X", "scope", "read", "days", "-1"}, "too old", 403},
		{"/desk/tokens/999/revoke", nil, "There is nothing here", 404},
	} {
		status, page := owner.post(t, c.path, c.form...)
		if status != c.gives || !strings.Contains(strings.ToLower(page), strings.ToLower(c.says)) {
			t.Errorf("%s %v answers %d and does not say %q", c.path, c.form, status, c.says)
		}
	}
	if h.state(t) != before {
		t.Error("something was changed all the same")
	}
}

func TestTokenIsShownOnceAndRevoked(t *testing.T) {
	h := open(t)
	owner := h.as(t, staff.Owner)
	_, page := owner.post(t, "/desk/tokens", "name", "Newsroom screen", "scope", "read", "scope", "send", "days", "0")
	token := shownOnce.FindStringSubmatch(page)
	if token == nil {
		t.Fatalf("no token is shown:\n%s", page)
	}
	got, err := h.staff.Token(t.Context(), token[1], time.Now())
	ok(t, err)
	if got.Name != "Newsroom screen" || !got.Allows(staff.Send) || got.Allows(staff.Write) || !got.Expires.IsZero() {
		t.Errorf("the token is %+v", got)
	}
	_, page = owner.get(t, "/desk/editors")
	has(t, page, "Newsroom screen")
	if strings.Contains(page, token[1]) {
		t.Error("the token is shown twice")
	}
	if status, to := owner.post(t, fmt.Sprintf("/desk/tokens/%d/revoke", got.ID)); status != http.StatusSeeOther || to != "/desk/editors?done=revoked" {
		t.Errorf("revoking answers %d %s", status, to)
	}
	if _, err := h.staff.Token(t.Context(), token[1], time.Now()); err == nil {
		t.Error("the token still opens")
	}
}

func TestLogIsReadPageByPage(t *testing.T) {
	h := open(t)
	for i := range auditPage + 7 {
		ok(t, h.staff.Note(t.Context(), staff.Entry{Name: "Mona", Act: "send", What: fmt.Sprintf("issue-%03d-", i), At: then}))
	}
	c := h.as(t, staff.Writer) // logging in is one entry more
	_, page := c.get(t, "/desk/audit")
	if n := strings.Count(page, "<tr>"); n != auditPage+1 {
		t.Errorf("the first page has %d rows", n)
	}
	older := regexp.MustCompile(`rel="next" href="([^"]+)"`).FindStringSubmatch(page)
	if older == nil {
		t.Fatal("nothing leads to what is older")
	}
	_, second := c.get(t, older[1])
	for i := range auditPage + 7 {
		what := fmt.Sprintf("issue-%03d-", i)
		if strings.Contains(page, what) == strings.Contains(second, what) {
			t.Errorf("%s stands on both pages or on none", what)
		}
	}
	if strings.Contains(second, `rel="next"`) {
		t.Error("the last page leads on")
	}
	if status, _ := c.get(t, "/desk/audit?before=x"); status != http.StatusNotFound {
		t.Errorf("a page that cannot be answers %d", status)
	}
}
