package compose

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/templates"
)

// A Notice is a mail to one editor about an issue.
type Notice struct {
	Edition digest.Edition
	About   digest.Notice
	Letter  *Letter // the draft, nil for none
	Reasons []string
	// Approve, Hold and Open are where its links lead.
	Approve, Hold, Open string
}

// noReader stands in a draft where a reader's token would be: links with it lead nowhere.
var noReader = strings.NewReplacer(Unsubscribe, "draft", Preferences, "draft")

// Notice makes the mail that asks an editor about a draft, or tells why an issue was not
// sent. It is in the edition's first language.
func (c *Composer) Notice(n Notice) (*message.Message, error) {
	zone, err := n.Edition.Schedule.Location()
	if err != nil {
		return nil, err
	}
	t := templates.Notice{
		Paper: c.Paper, Kind: templates.NoticeKind(n.About.Kind), Language: n.Edition.Languages[0], Edition: n.Edition.Name,
		Due: n.About.Slot.In(zone), Silence: cmp.Or(string(n.Edition.Approval.Silence), "send"), Four: n.Edition.Approval.Four,
		Reasons: n.Reasons, Approve: n.Approve, Hold: n.Hold, Open: n.Open,
	}
	if n.Letter != nil {
		t.Draft.HTML = []byte(noReader.Replace(string(n.Letter.HTML)))
		t.Draft.Text = []byte(noReader.Replace(string(n.Letter.Text)))
	}
	email, err := c.Templates.Notice(t)
	if err != nil {
		return nil, fmt.Errorf("compose the notice to editors: %w", err)
	}
	m, err := message.New(message.Content{
		From: c.From, ReplyTo: c.ReplyTo, Subject: email.Subject, HTML: email.HTML, Text: email.Text,
		Language: email.Language, Domain: c.Domain, Auto: true,
	})
	if err != nil {
		return nil, fmt.Errorf("compose the notice to editors: %w", err)
	}
	return m, nil
}
