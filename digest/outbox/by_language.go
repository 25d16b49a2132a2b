package outbox

import (
	"context"

	"github.com/pressrun/pressrun/digest/message"
)

// A Variant is the message for all readers of a language; nil where there is nothing for
// them.
type Variant struct {
	Language string
	Message  *message.Message
}

// ByLanguage fills in the languages of a posting in which nothing but the language makes
// a difference. The first that has a message is for readers of other languages.
func (p Posting) ByLanguage(variants ...Variant) Posting {
	messages := map[string]*message.Message{}
	for _, v := range variants {
		p.Languages = append(p.Languages, v.Language)
		messages[v.Language] = v.Message
		if p.Fallback == "" && v.Message != nil {
			p.Fallback = v.Language
		}
	}
	p.Compose = func(_ context.Context, c Choice) (*message.Message, string, error) {
		return messages[c.Language], "no stories in the reader's language", nil
	}
	return p
}
