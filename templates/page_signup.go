package templates

import "strings"

// A SubscribePage is the View of page "subscribe": what a visitor fills in to sign up.
type SubscribePage struct {
	Action string // the path the form posts to, with Keep
	Token  string // signed, says when the form was made
	Script string // path of the module that does the form's work, if it has any
	// Pieces and Bits are the work that a browser is asked for, 0 for none.
	Pieces, Bits int

	Email string // as it was filled in
	// Wrong names the sentence that says what is wrong with the address, "" for nothing;
	// Missing says that no edition was chosen.
	Wrong   string
	Missing bool

	// Editions to choose from; a single one needs no choice.
	Editions []SubscribeEdition
	// Topics of all editions; none offers no choice.
	Topics    []SubscribeTopic
	Frequency string // "each", "daily", "weekdays" or "weekly"
	Weekday   int    // of a weekly reader, 0 for Sunday
	// Languages that the editions are set in, and the one that is chosen.
	Languages []PageLanguage
	Chosen    string
	// Privacy and Imprint are where the paper says how it treats what it knows, "" for none.
	Privacy, Imprint string
}

// A SubscribeEdition is an edition that a visitor may choose.
type SubscribeEdition struct {
	Slug, Name string
	Language   string // of the name
	On         bool
}

// A SubscribeTopic is a topic that a visitor may choose.
type SubscribeTopic struct {
	Name     string
	Language string // of the name
	On       bool
}

// Frequencies in the order they are offered.
func (SubscribePage) Frequencies() []string { return []string{"each", "daily", "weekdays", "weekly"} }

// Days are the weekdays in the order readers of the page know: from Sunday in Arabic,
// elsewhere from Monday.
func (f frame) Days() []int {
	if Direction(f.Language) == "rtl" {
		return []int{0, 1, 2, 3, 4, 5, 6}
	}
	return []int{1, 2, 3, 4, 5, 6, 0}
}

// Single is the one edition there is, nil where there are more.
func (p SubscribePage) Single() *SubscribeEdition {
	if len(p.Editions) == 1 {
		return &p.Editions[0]
	}
	return nil
}

// More reports whether there is anything to choose beyond the editions that differs from
// what everybody gets.
func (p SubscribePage) More() bool {
	if p.Frequency != "each" {
		return true
	}
	for _, t := range p.Topics {
		if t.On {
			return true
		}
	}
	return false
}

// A FinishPage is the View of page "finish": one button that ends a sign-up which came
// from a form elsewhere, or without proof that it was filled in by hand.
type FinishPage struct {
	Action, Script string
	Pieces, Bits   int
	// Wait says that the button works only after some seconds.
	Wait bool
	// Fields are carried over from the form that was posted.
	Fields []Field
	// Email is shown so that it can be checked.
	Email string
}

// A Field is a hidden one of a form.
type Field struct{ Name, Value string }

// A ConfirmPage is the View of page "confirm".
type ConfirmPage struct {
	Action string
	Script string // "" where nothing is pressed by itself
	State  ConfirmState
	// Change says that an address is to be confirmed, not a sign-up.
	Change   bool
	Editions []EditionLink
}

// Words names the sentences of the page.
func (p ConfirmPage) Words() string {
	if p.Change {
		return "move"
	}
	return "confirm"
}

// ConfirmState says which of its faces a ConfirmPage shows.
type ConfirmState string

const (
	ConfirmAsk     ConfirmState = "ask"     // one button
	ConfirmDone    ConfirmState = "done"    // it is confirmed, just now or before
	ConfirmExpired ConfirmState = "expired" // too late
)

// An EmbedPage is the View of page "embed": what a paper puts into its own pages.
type EmbedPage struct {
	Form, Component string // as they are copied
	Script          string
}

// FormLines is the number of lines that the form is shown in.
func (p EmbedPage) FormLines() int { return 2 + strings.Count(p.Form, "\n") }

// signupPerformances have the pages of signing up with everything on them.
func signupPerformances() []performance {
	full := SubscribePage{
		Action: "/subscribe", Token: "token", Script: "/static/0/subscribe.js", Pieces: 16, Bits: 11,
		Email: "mona@example", Wrong: "signup.email.wrong", Missing: true,
		Editions:  []SubscribeEdition{{Slug: "daily", Name: "Daily", Language: "en", On: true}, {Slug: "weekly", Name: "الأسبوعية", Language: "ar"}},
		Topics:    []SubscribeTopic{{Name: "City", Language: "en", On: true}, {Name: "ثقافة", Language: "ar"}},
		Languages: []PageLanguage{{"en", "English"}, {"ar", "العربية"}}, Chosen: "en", Frequency: "weekly", Weekday: 6,
		Privacy: "https://example.org/privacy", Imprint: "https://example.org/imprint",
	}
	single := SubscribePage{Action: "/subscribe", Editions: full.Editions[:1], Frequency: "each"}
	wanted := []EditionLink{{Name: "Daily", Language: "en"}}
	all := []performance{
		{"subscribe", full}, {"subscribe", single}, {"subscribe", SubscribePage{}},
		{"sent", nil},
		{"finish", FinishPage{Action: "/subscribe", Email: "mona@example.org", Wait: true, Script: full.Script, Pieces: 16, Bits: 11, Fields: []Field{{"token", "t"}}}},
		{"finish", FinishPage{Action: "/subscribe", Email: "mona@example.org"}},
		{"embed", EmbedPage{Form: "<form>", Component: "<pressrun-subscribe>", Script: "/static/0/embed-page.js"}},
		{"sorry", SorryPage{Word: "busy", Number: "ABCD-EFGH"}}, {"sorry", SorryPage{Word: "move.taken", Number: "ABCD-EFGH"}},
	}
	for _, state := range []ConfirmState{ConfirmAsk, ConfirmDone, ConfirmExpired} {
		all = append(all,
			performance{"confirm", ConfirmPage{Action: "/c/token", Script: "/static/0/confirm.js", State: state, Editions: wanted}},
			performance{"confirm", ConfirmPage{Action: "/a/token", State: state, Change: true}})
	}
	return all
}
