package templates

import "time"

// A DeskReaders is the View of page "readers".
type DeskReaders struct {
	Part     string // of an address that is looked for, "" for the newest readers
	Readers  []DeskReader
	Next     string // path of the page that goes on, "" for none
	Searched bool   // the next page goes on looking: this one did not see all
	Paged    bool
	Editions []DeskReadership
	// Address is the part if it is a whole address, which may be suppressed; Silent says why
	// it is already.
	Address string
	Silent  []DeskSuppression
	Reasons []string
}

// A DeskReadership is how many readers an edition has.
type DeskReadership struct {
	DeskChoice
	N int64
}

// A DeskReader is a row of it.
type DeskReader struct {
	ID            int64
	Email, Name   string
	Language      string
	Suppressed    bool
	Created       time.Time
	Subscriptions []DeskSubscription
}

// A DeskSubscription is a reader's choice of an edition.
type DeskSubscription struct {
	Edition, Language        string // its name, and the language of that
	State                    string
	Created, Confirmed, Left time.Time
	PausedUntil              time.Time
	Choices                  DeskChoices
}

// DeskChoices are what a reader wants of an edition.
type DeskChoices struct {
	Frequency string
	Day       time.Weekday // of a weekly reader
	Hour      int          // -1: when the issue is out
	Zone      string
	Topics    []string
}

// A DeskSuppression is why an address is not written to.
type DeskSuppression struct {
	Reason string
	At     time.Time
	Detail string
}

// A DeskPerson is the View of page "reader": everything that is known of one.
type DeskPerson struct {
	DeskReader
	Format   string
	Silent   []DeskSuppression
	Consents []DeskConsent
	Changes  []DeskChosen
	Copies   []DeskCopy
	Asked    *DeskCopy // of the issue that was asked for
	AskedFor string
	Reasons  []string
}

// A DeskConsent is evidence of what a reader agreed to or took back.
type DeskConsent struct {
	At, Recorded      time.Time
	Edition, Language string
	Act, Method       string
	Evidence          string
	Form, Page        string
	Import            int64
}

// A DeskChosen is a change of a reader's choices.
type DeskChosen struct {
	At                time.Time
	Edition, Language string
	Choices           DeskChoices
	PausedUntil       time.Time
}

// A DeskCopy is what became of a reader's copy of an issue, or why there is none.
type DeskCopy struct {
	Issue             int64
	Edition, Language string
	Number            int
	Slot              time.Time
	State             string // "" where there is no copy
	Attempts          int
	Said              string // by the server, or ours; "" where Why says it
	Why               DeskPhrase
	Tried, Next       time.Time
}

// Weekday names one.
func (f deskFrame) Weekday(d time.Weekday) string { return f.tongue.dates.Weekdays[d] }

// A DeskErase is the View of page "reader_erase", which asks once more.
type DeskErase struct {
	ID    int64
	Email string
}

// A DeskImports is the View of page "imports".
type DeskImports struct {
	Imports  []DeskImport
	Editions []DeskChoice

	// What was typed, should it not have been taken.
	Edition, Evidence, Language string
	Left                        bool
}

// A DeskImport is a file of readers that was taken in.
type DeskImport struct {
	ID                  int64
	At, Undone          time.Time
	Edition, Language   string
	File, System        string
	Evidence            string
	Added, Unsubscribed int64
}

// A DeskTrial is the View of page "import_trial": what an import would do.
type DeskTrial struct {
	Token             string // the file waits under it; "" when it may not be taken in
	File              string
	Edition, Language string
	Evidence          string
	System, Caution   string
	Columns           []DeskColumn
	Ignored           []string
	Latin             bool
	Lines, Added      int64
	Unsubscribed, Bad int64
	Suppressed        int64
	UnreadDates       int64
	Skipped           []DeskSkipped
	LostTopics        []DeskCount // State is the topic
	BadLines          []DeskLine
}

// A DeskColumn is a column of a file that was recognised.
type DeskColumn struct{ Ours, Theirs string }

// A DeskSkipped is how many readers of a file are left as they are, and why.
type DeskSkipped struct {
	Why string // a name, of words skip.NAME
	N   int64
}

// A DeskLine is a line of a file that could not be read.
type DeskLine struct {
	Line        int64
	Email, Text string
}

// A DeskUndo is the View of page "import_undo", which asks once more.
type DeskUndo struct{ DeskImport }

// With hands a part of a page the frame and something to show.
func (f deskFrame) With(value any) []any { return []any{f, value} }
