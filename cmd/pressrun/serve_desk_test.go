package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestEditorsAndReadersComeInByTheirOwnDoors(t *testing.T) {
	door := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(name)) })
	}
	for _, c := range []struct{ root, path, want string }{
		{"", "/desk", "desk"}, {"", "/desk/login", "desk"}, {"", "/", "site"}, {"", "/deskjob", "site"}, {"", "/u/desk", "site"},
		{"/letters", "/letters/desk", "desk"}, {"/letters", "/desk/login", "desk"}, {"/letters", "/letters", "site"},
		{"/letters", "/lettersdesk", "site"}, {"/letters", "/letters/u/x", "site"},
	} {
		w := httptest.NewRecorder()
		twoDoors(c.root, door("desk"), door("site")).ServeHTTP(w, httptest.NewRequest(http.MethodGet, c.path, nil))
		if got := w.Body.String(); got != c.want {
			t.Errorf("%s below %q leads to the %s", c.path, c.root, got)
		}
	}
}

func TestServeStartsWhileTheProviderOfAccountsIsDown(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 0)
	h.env = append(h.env, "PRESSRUN_OIDC_ISSUER=http://127.0.0.1:1/realms/staff", "PRESSRUN_OIDC_CLIENT_ID=desk",
		"PRESSRUN_OIDC_CLIENT_SECRET=hush-hush", "PRESSRUN_OIDC_NAME=Harbour Post", "PRESSRUN_OIDC_PASSWORDS=false")
	h.run(0, "editors", "add", "Mona Haddad", "mona@paper.example")
	serve := h.start("serve")
	serve.says("listen=" + h.address())
	status, page := get(t, "http://"+h.address()+"/desk")
	if status != http.StatusOK || !strings.Contains(page, "Log in with <bdi>Harbour Post</bdi>") || strings.Contains(page, `name="password"`) {
		t.Errorf("the desk answers %d to a stranger\n%s", status, page)
	}
	status, page = get(t, "http://"+h.address()+"/desk/login/oidc")
	if status != http.StatusBadGateway || !strings.Contains(page, "cannot be reached just now") {
		t.Errorf("the way to the provider answers %d\n%s", status, page)
	}
}

func TestServeShowsTheDeskToWhoHasALink(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir(), 0)
	printed, _ := h.run(0, "editors", "add", "Mona Haddad", "mona@paper.example")
	link := strings.TrimSpace(printed)
	serve := h.start("serve")
	serve.says("listen=" + h.address())
	_, path, ok := strings.Cut(link, "/desk/")
	if !ok {
		t.Fatalf("the link is %q", link)
	}
	status, page := get(t, "http://"+h.address()+"/desk/"+path)
	if status != http.StatusOK || !strings.Contains(page, "mona@paper.example") {
		t.Errorf("the link answers %d\n%s", status, page)
	}
	if status, page := get(t, "http://"+h.address()+"/desk"); status != http.StatusOK || !strings.Contains(page, `name="password"`) {
		t.Errorf("the desk answers %d to a stranger\n%s", status, page)
	}
}
