package publish_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pressrun/pressrun/digest"
)

func TestAPulledStoryIsNowhereAnyMore(t *testing.T) {
	web, p := newPaper(t), newPress(t)
	web.prints("/en", "en", evening, "Rain at last", "The ferry came back", "A fair in the harbour")
	p.source(web.URL + "/en")
	p.edition(evening, nil)
	p.subscribe("daily", "en", "en", "en")
	p.collect(seven)
	issue := p.publish("daily", seven, seven)
	lead := issue.Stories[0]
	if _, _, err := p.Pull(t.Context(), issue.ID, 999, "", seven); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("a story that is not in it: %v", err)
	}
	after, readers, err := p.Pull(t.Context(), issue.ID, lead.ID, "the court withdrew it", seven)
	if err != nil || readers != 3 {
		t.Fatalf("%d readers: %v", readers, err)
	}
	if !after.Stories[0].Lead || after.Stories[0].ID == lead.ID || len(titles(after)) != 2 {
		t.Errorf("%v", titles(after))
	}
	for _, s := range after.Stories {
		if s.ID == lead.ID && (s.In || !strings.HasSuffix(s.Reason.String(), ": the court withdrew it")) {
			t.Errorf("%+v", s.Reason)
		}
	}
	p.exec(`UPDATE run SET useful_until = 99999999999`)
	for to, mails := range p.deliver() {
		if len(mails) != 1 || strings.Contains(textPart(t, []byte(mails[0])), lead.Title) || !strings.Contains(textPart(t, []byte(mails[0])), after.Stories[0].Title) {
			t.Errorf("%s got %d mails, or the story that was pulled", to, len(mails))
		}
	}
	shown, err := p.Store.Variants(t.Context(), issue.ID)
	if err != nil || len(shown) != 1 || strings.Contains(string(shown[0].HTML), lead.Title) || shown[0].Subject == lead.Title {
		t.Errorf("the site still shows it: %v", err)
	}
	if _, _, err := p.Pull(t.Context(), issue.ID, after.Stories[0].ID, "", seven); err != nil {
		t.Error(err)
	}
	if _, _, err := p.Pull(t.Context(), issue.ID, after.Stories[1].ID, "", seven); !errors.Is(err, digest.ErrLastStory) {
		t.Errorf("an issue without stories: %v", err)
	}
	p.holds(issue)
}
