package templates

import "time"

// A DeskHistory is the View of page "history": every run, the newest first.
type DeskHistory struct {
	Rows     []DeskPast
	Editions []DeskChoice // to look at one of them only
	Edition  string       // the slug of that one, "" for all
	Older    int64        // the issue before which the next page begins, 0 for none
	Paged    bool         // this is not the newest page
}

// A DeskChoice is something to choose by name.
type DeskChoice struct {
	Value, Name string
	Language    string // of the name
}

// A DeskPast is an issue that went out, was skipped or is held.
type DeskPast struct {
	ID       int64
	Edition  string // its name
	Slug     string
	Language string // of the name
	Number   int    // 0 where none was given
	Slot     time.Time
	State    string
	Reason   string // why it was not sent, or was stopped

	// Of one that was handed to the sender.
	Handed                                 bool
	Run                                    string // its state
	Prepared, Arrived, Failed, Doubt, Open int64
}

// A DeskPastIssue is the View of page "history_issue".
type DeskPastIssue struct {
	DeskPast
	Created  time.Time
	Posted   time.Time
	Finished time.Time
	In, Out  []DeskPastStory
	MoreOut  int // stories that are out and not in Out
	States   []DeskCount
	Parts    DeskParts
	Letters  []DeskPastLetter
	Clicks   DeskClicks

	// Deliveries in one state, for those who may see readers.
	Listed     []string // states that can be listed
	State      string   // the one that is
	Deliveries []DeskDelivery
	After      int64 // the reader after whom the next page begins, 0 for none
	Paged      bool
}

// A DeskPastStory is a story in an issue, or left out of it.
type DeskPastStory struct {
	Place    int
	Title    string
	URL      string
	Language string
	Lead     bool
	Edited   bool
	Reason   DeskPhrase
}

// A DeskPastLetter is a variant as it went out.
type DeskPastLetter struct {
	Language, Subject string
	Path              string // of the letter alone
	Text              string // its text part
	Size              int    // of its HTML
}

// A DeskDelivery is one reader's copy.
type DeskDelivery struct {
	Reader      int64 // 0 where they are erased
	Email       string
	State       string
	Attempts    int
	Why         string // in the words of the server, or ours
	Tried, Next time.Time
}
