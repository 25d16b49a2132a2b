package templates

import "time"

// DeskClicks are how often the stories of an issue were opened, and by nobody's name.
type DeskClicks struct {
	Counted bool // the edition counts them, or did
	Visits  DeskFew
	Half    time.Duration // half of what people opened was opened within it; 0: not known
	Fewest  int           // smaller numbers are not told
	Stories []DeskClick   // the most wanted first
	// Wanted is the story that people opened more than the lead, if there is one.
	Wanted *DeskClick
}

// A DeskFew is a number that is told from Fewest on: Few says that there are some.
type DeskFew struct {
	N   int64
	Few bool
}

// A DeskClick is how often one story was opened.
type DeskClick struct {
	Title, Language string
	Place           int // in the issue
	People, Unsure  DeskFew
	Machines        int64
	Most            int64 // people of the story that most opened
}

// Share is the story's part of the most wanted one's people, in percent.
func (c DeskClick) Share() int64 {
	if c.Most == 0 {
		return 0
	}
	return c.People.N * 100 / c.Most
}

// HalfWord names the sentence about Half, by the unit that says enough.
func (c DeskClicks) HalfWord() string {
	word, _ := c.half()
	return word
}

// HalfCount is how many of that unit Half is.
func (c DeskClicks) HalfCount() int64 {
	_, unit := c.half()
	return int64(c.Half / unit)
}

func (c DeskClicks) half() (word string, unit time.Duration) {
	switch {
	case c.Half < time.Hour:
		return "clicks.half.minutes", time.Minute
	case c.Half < 24*time.Hour:
		return "clicks.half.hours", time.Hour
	}
	return "clicks.half.days", 24 * time.Hour
}
