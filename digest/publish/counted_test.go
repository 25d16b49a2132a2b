package publish_test

import (
	"strings"
	"testing"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
)

// Whether links are counted is settled when an issue is made: switched on or off afterwards,
// not even a pulled story gives counted links to somebody who wants none.
func TestCountingHoldsForAnIssueAsItWasMade(t *testing.T) {
	for name, c := range map[string]struct{ before, after bool }{"switched on": {false, true}, "switched off": {true, false}} {
		t.Run(name, func(t *testing.T) {
			web, p := newPaper(t), newPress(t)
			web.prints("/en", "en", evening, "Rain at last", "The ferry came back", "A fair in the harbour")
			p.source(web.URL + "/en")
			e := p.edition(evening, func(e *digest.Edition) { e.Rules.Clicks = c.before })
			p.subscribe("daily", "en", "en")
			p.exec(`UPDATE subscriber SET uncounted = 1 WHERE email = 'reader2@readers.example'`)
			p.collect(seven)
			issue := p.publish("daily", seven, seven)
			e.Rules.Clicks = c.after
			if _, err := p.Store.PutEdition(t.Context(), e, seven); err != nil {
				t.Fatal(err)
			}
			if _, _, err := p.Pull(t.Context(), issue.ID, issue.Stories[0].ID, "", seven); err != nil {
				t.Fatal(err)
			}
			mails := p.deliver()
			for reader, counted := range map[string]bool{"reader1@readers.example": c.before, "reader2@readers.example": false} {
				if len(mails[reader]) != 1 {
					t.Fatalf("%s got %d mails", reader, len(mails[reader]))
				}
				if got := strings.Contains(textPart(t, []byte(mails[reader][0])), compose.CountedPath); got != counted {
					t.Errorf("%s: links are counted: %v", reader, got)
				}
			}
			p.holds(issue)
		})
	}
}
