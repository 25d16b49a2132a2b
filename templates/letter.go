// Package templates is how it looks: the e-mails and the pages, in every language.
package templates

import (
	"html/template"
	"time"
)

// A Letter is what one variant of an issue shows. All text is plain unless its type
// says otherwise; all URLs are absolute.
type Letter struct {
	Theme     string // one of Set.Themes; "", or one that is not there: Broadsheet
	Paper     Paper
	Edition   string    // its name, as readers know it
	Number    int       // of the issue, from 1
	Date      time.Time // of the issue, in the edition's zone
	From      time.Time // of the first issue in a letter that brings several, else that of Date
	Language  string    // BCP 47 tag of the letter's own words: "en", "ar"
	Subject   string
	Preheader string
	Lead      *Story // nil only in an issue without stories
	Sections  []Section
	// More is the number of stories picked that did not fit; they are on the site.
	More  int
	Links Links
	Note  string // from the editor, above the stories; plain text, paragraphs apart by blank lines
	// Test marks a test mail with a banner.
	Test bool
	// Welcome greets a new reader above the stories.
	Welcome bool
	// Hijri sets the date of the Umm al-Qura calendar beside the Gregorian one. HijriShift
	// moves it by a day, -1 or 1, where the sighting of the moon differs from the calendar.
	Hijri      bool
	HijriShift int
	// Digits of the letter's own numbers (DigitsLatin, DigitsArab; "" is Latin). A story's
	// words keep the digits they were written with.
	Digits string
	UTM    UTM // on the links to stories
}

// A Paper is the news site a letter comes from.
type Paper struct {
	Name    string
	Motto   string
	URL     string
	LogoURL string // "" for a masthead set in type
	// LogoWidth is the width at which the logo is shown, in pixels; 0: 200.
	LogoWidth int
	Accent    string // "#rrggbb", "" for the theme's own
	Address   string // postal address, lines separated by \n (H11)
	Email     string // where a reader can write to
}

// A Section is a run of stories under one name; Name may be "".
type Section struct {
	Name    string
	Stories []Story
}

// A Story is an article as a letter sets it.
type Story struct {
	Title    string
	URL      string
	Through  string        // an address of ours that leads to URL and counts; "" to link to URL itself
	Summary  template.HTML // sanitised inline HTML, "" when trimmed
	Text     string        // Summary as plain text, for the text part
	Author   string
	Section  string
	Language string // of the story; sets lang and dir where it differs from the letter
	Minutes  int    // reading time, 0: unknown
	Image    Image  // URL "" for none
	Also     []Link // other stories on the same event
	Updated  bool   // it went out before, and has changed since
}

// A Link is another story's headline.
type Link struct {
	Title, URL string
}

// An Image is a picture in a letter. Width and Height are those of the file.
type Image struct {
	URL, Alt      string
	Width, Height int
	Small         string // a copy for places up to smallSlot wide, "" if there is none
}

// Links of a letter. In an e-mail some hold a placeholder that the message splices.
type Links struct {
	Web         string // this issue in the browser
	Archive     string
	Preferences string
	Unsubscribe string
	Help        string
	// Canary is where the link leads that no person sees, in a letter whose links are
	// counted: whoever follows it is a machine. "" for none.
	Canary string
}
