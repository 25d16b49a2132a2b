package templates

import "time"

// A DeskEditions is the View of page "editions".
type DeskEditions struct{ Editions []DeskEditionRow }

// A DeskEditionRow is a row of it.
type DeskEditionRow struct {
	DeskNext
	Languages []string
	Readers   int64
	When      string // the schedule in words, or its cron line; "" for by hand
}

// A DeskEdition is the View of page "edition": the form of all its rules.
type DeskEdition struct {
	New    bool
	Slug   string
	Name   string
	Paused bool
	// What stands in the fields, by their names.
	Values  map[string]string
	Ticks   map[string]bool
	Sources []DeskTicked
	Choices map[string][]string // of the fields that are chosen from
	Themes  []DeskTheme

	// Slots are the next moments at which it goes out, in its zone.
	Slots []DeskSlot
	// Tried says that the form was tried and not saved; Replay is then what the rules would
	// have made of the last issues.
	Tried  bool
	Replay []DeskReplay
}

// A DeskTicked is a source to tick.
type DeskTicked struct {
	Value, Name string
	On          bool
}

// A DeskTheme is a look of letters.
type DeskTheme struct{ Name, About string }

// A DeskSlot is a moment that a schedule names.
type DeskSlot struct {
	At, UTC time.Time
	Rest    string // why it does not go out then
}

// A DeskReplay is an issue as it was, and as it would have been.
type DeskReplay struct {
	ID             int64
	Slot           time.Time
	Number         int
	Was, Would     int
	Added, Removed []string
	Skipped        string
}
