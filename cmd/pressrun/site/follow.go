package site

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/click"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/message"
)

// follow leads from a link of a letter to its story, and counts that. It leads nowhere but to
// what an issue of ours links to, and works as long as the issue is kept, counted or not.
func (s *Site) follow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	issueID, err := strconv.ParseInt(r.PathValue("issue"), 10, 64)
	storyID, err2 := strconv.ParseInt(r.PathValue("story"), 10, 64)
	if err != nil || err2 != nil {
		return web.ErrNoPage
	}
	if storyID == 0 {
		return s.followCanary(w, r, issueID)
	}
	issue, story, err := s.Digest.StoryOf(ctx, issueID, storyID)
	if err != nil {
		return noPage(err)
	}
	e, err := s.Digest.Edition(ctx, issue.Edition)
	if err != nil {
		return noPage(err)
	}
	switch {
	case story.Reason.Code == digest.ReasonPulled:
		return web.ErrPulled
	case !story.In || issue.Number == 0:
		return web.ErrNoPage
	}
	if e.Rules.Clicks {
		s.count(r, issueID, storyID)
	}
	return lead(w, compose.Target(e, issue.Number, story))
}

// followCanary shows a machine the issue that it has the link from.
func (s *Site) followCanary(w http.ResponseWriter, r *http.Request, issueID int64) error {
	issue, err := s.Digest.IssueByID(r.Context(), issueID)
	if err != nil {
		return noPage(err)
	}
	e, err := s.Digest.Edition(r.Context(), issue.Edition)
	if err != nil {
		return noPage(err)
	}
	if issue.Number == 0 {
		return web.ErrNoPage
	}
	if e.Rules.Clicks {
		s.count(r, issueID, 0)
	}
	return lead(w, s.Frame.Base+issuePath(issue.Edition, issue.Number))
}

// lead sends a visitor on. A link may lead elsewhere tomorrow, and is asked for each time.
func lead(w http.ResponseWriter, target string) error {
	if !strings.HasPrefix(target, "https://") && !strings.HasPrefix(target, "http://") {
		return web.ErrNoPage
	}
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusFound)
	return nil
}

// count counts a link that was followed, unless the visitor's program fetches it without
// them, or says that they want to be left out of statistics.
func (s *Site) count(r *http.Request, issue, story int64) {
	left, ok := message.StampTime(r.PathValue("stamp"))
	if s.Clicks == nil || !ok || r.Method != http.MethodGet || isPrefetch(r.Header) || isPrivate(r.Header) {
		return
	}
	now, from, agent := time.Now(), web.Address(r), r.UserAgent()
	// A private address is that of a proxy which does not say for whom it asks.
	if s.followed.Add(networkOf(from), now) > mostFollowed && !from.IsPrivate() && !from.IsLoopback() {
		return
	}
	s.Clicks.Add(click.Hit{Issue: issue, Story: story, At: now, Left: left, From: from, Agent: agent[:min(len(agent), maxAgent)]})
}

const (
	// mostFollowed is how many links of one network are counted in an hour: more than an
	// office or a town behind one address follow, and too few to fill a disk with.
	mostFollowed = 3_000
	maxAgent     = 300 // bytes
)

func isPrefetch(h http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if v := strings.ToLower(h.Get(name)); strings.Contains(v, "prefetch") || strings.Contains(v, "preview") {
			return true
		}
	}
	return false
}

// isPrivate reports whether a browser asks not to be counted, by Global Privacy Control or
// its forerunner.
func isPrivate(h http.Header) bool { return h.Get("Sec-GPC") == "1" || h.Get("DNT") == "1" }
