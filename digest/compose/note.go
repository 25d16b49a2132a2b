package compose

import (
	"fmt"
	"strings"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/templates"
)

// What stands in a note where a reader's token goes.
const (
	Confirm = "__CONFIRM__" // of a sign-up
	Change  = "__CHANGE__"  // of a new address
)

// A Note is a letter to one person about their subscription. Those that are equal share a
// message, whose one slot is the token of the link in it.
type Note struct {
	Kind     templates.NoteKind
	Language string   // BCP 47
	Editions []string // by the names readers know
	Text     bool     // no HTML part
}

// Note makes the message of a note. It is no mail to a list: a person asked for it, and
// only they can end what it is about (W5).
func (c *Composer) Note(n Note) (*message.Message, error) {
	path, placeholder := "/c/", Confirm
	switch n.Kind {
	case templates.NoteAlready:
		path, placeholder = "/p/", Preferences
	case templates.NoteChange:
		path, placeholder = "/a/", Change
	}
	names := make([]string, len(n.Editions))
	for i, name := range n.Editions {
		names[i] = strings.ReplaceAll(name, "__", " ") // no place of the message
	}
	email, err := c.Templates.Note(templates.Note{
		Paper: c.Paper, Kind: n.Kind, Language: n.Language, Editions: names, Link: c.BaseURL + path + placeholder,
	})
	if err != nil {
		return nil, fmt.Errorf("compose the letter to %s: %w", n.Kind, err)
	}
	content := message.Content{
		From: c.From, ReplyTo: c.ReplyTo, Subject: email.Subject, HTML: email.HTML, Text: email.Text,
		Slots:    []message.Slot{{Placeholder: placeholder, Size: c.TokenLen}},
		Language: email.Language, Domain: c.Domain, BounceDomain: c.BounceDomain, Auto: true,
	}
	if n.Text {
		content.HTML = nil
	}
	m, err := message.New(content)
	if err != nil {
		return nil, fmt.Errorf("compose the letter to %s: %w", n.Kind, err)
	}
	return m, nil
}
