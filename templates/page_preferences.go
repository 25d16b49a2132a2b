package templates

import (
	"slices"
	"time"
)

// A PreferencesPage is the View of page "preferences". Each of its blocks is a form of its
// own, which posts to Action.
type PreferencesPage struct {
	Action  string // the path the forms post to, with Keep
	Erase   string // path of the page "erase"
	Script  string // path of the module that knows the browser's time zone
	Address string // as its owner recognises it, not in full
	// Saved names the block that was changed just now, "" for none.
	Saved string
	// Wrong names the block whose form was filled in wrongly, and Why the sentence about it.
	Wrong, Why string
	Email      string // as it was filled in wrongly

	Editions []PreferenceEdition
	// More are editions that the reader never had.
	More []PreferenceEdition
	// Languages the reader may choose; Chosen is the one they get now.
	Languages []PageLanguage
	Chosen    string
	Format    string // "html" or "text"
	// Counting says that an edition of the reader's counts clicks, Uncounted that they are
	// left out.
	Counting, Uncounted bool
	// Zones to choose from; Zone is the reader's, "" for that of each edition.
	Zones []ZoneGroup
	Zone  string
	// First and Last are the days that a pause may end on. Paused is the day that it does,
	// if everything is paused.
	First, Last time.Time
	Paused      time.Time
	Record      []ConsentLine
}

// A PreferenceEdition is an edition on a reader's preferences page.
type PreferenceEdition struct {
	Slug, Name string
	Language   string    // of the name
	On         bool      // the reader gets it, or will after a pause
	Return     bool      // the reader left it and may come back
	Paused     time.Time // the day that it comes again, zero if it is not paused

	Topics    []SubscribeTopic // that may be chosen
	Frequency string           // "each", "daily", "weekdays" or "weekly"
	Weekday   int              // of a weekly reader, 0 for Sunday
	Hour      int              // 0 to 23, -1 for none
}

// Block is the name of the edition's block.
func (e PreferenceEdition) Block() string { return "edition-" + e.Slug }

// Frequencies in the order they are offered.
func (PreferenceEdition) Frequencies() []string { return SubscribePage{}.Frequencies() }

// Hours of a day, -1 for none before them.
func (PreferenceEdition) Hours() (hours []int) {
	for h := -1; h < 24; h++ {
		hours = append(hours, h)
	}
	return hours
}

// Any reports whether the reader gets any edition.
func (p PreferencesPage) Any() bool {
	return slices.ContainsFunc(p.Editions, func(e PreferenceEdition) bool { return e.On })
}

// Single reports whether the reader gets one edition and no more: its choices are open then.
func (p PreferencesPage) Single() bool {
	on := 0
	for _, e := range p.Editions {
		if e.On {
			on++
		}
	}
	return on == 1
}

// A ZoneGroup is the time zones of one part of the world.
type ZoneGroup struct {
	Name  string
	Zones []Zone
}

// A Zone is a time zone by its IANA name, as people call it.
type Zone struct{ ID, Name string }

// A ConsentLine tells of one act of the reader.
type ConsentLine struct {
	Word    string // names the sentence
	Edition string
	At      time.Time
	Asked   time.Time // of a sign-up that was confirmed at At
	// What is known besides, "" for what is not.
	Page, Version, Network, Note string
}

// An ErasePage is the View of page "erase".
type ErasePage struct {
	Action string // the path the button posts to, with Keep
	Back   string // path of the preferences page, where the copy is
	Done   bool
}

// preferencesPerformances have the pages with everything on them, and with nothing.
func preferencesPerformances() []performance {
	day := time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC)
	full := PreferencesPage{
		Action: "/p/token", Erase: "/p/token/erase", Script: "/static/0/js/zone.js", Address: "m…@example.org",
		Saved: "edition-daily", Wrong: "address", Why: "signup.email.wrong", Email: "mona@example",
		Editions: []PreferenceEdition{
			{Slug: "daily", Name: "Daily", Language: "en", On: true, Frequency: "weekly", Weekday: 6, Hour: 7,
				Topics: []SubscribeTopic{{Name: "City", Language: "en", On: true}, {Name: "ثقافة", Language: "ar"}}},
			{Slug: "evening", Name: "Evening", Language: "en", On: true, Paused: day, Frequency: "each", Hour: -1},
			{Slug: "weekly", Name: "الأسبوعية", Language: "ar", Return: true},
		},
		More:      []PreferenceEdition{{Slug: "extra", Name: "Extra", Language: "en"}},
		Languages: []PageLanguage{{"en", "English"}, {"ar", "العربية"}}, Chosen: "en", Format: "text", Counting: true,
		Zones: []ZoneGroup{{Name: "Asia", Zones: []Zone{{"Asia/Riyadh", "Riyadh"}}}}, Zone: "Asia/Riyadh",
		First: day, Last: day, Paused: day,
	}
	for _, word := range []string{
		"give", "give.form", "give.api", "give.page", "give.operator", "give.import", "restore",
		"withdraw", "withdraw.one-click", "withdraw.page", "withdraw.mailto", "withdraw.operator", "withdraw.import", "withdraw.complaint",
	} {
		full.Record = append(full.Record, ConsentLine{Word: "consent." + word, Edition: "Daily", At: day, Asked: day,
			Page: "https://example.org/", Version: "0a1b2c", Network: "192.0.2.0/24", Note: "Note"})
	}
	all := []performance{
		{"preferences", full}, {"preferences", PreferencesPage{}},
		{"preferences", PreferencesPage{Editions: full.Editions[:1], First: day, Last: day, Counting: true, Uncounted: true}},
		{"erase", ErasePage{Action: "/p/token/erase", Back: "/p/token"}}, {"erase", ErasePage{Done: true}},
	}
	for _, wrong := range [][2]string{{"pause", "prefs.pause.wrong"}, {"address", "signup.email.script"}, {"address", "prefs.address.often"}} {
		all = append(all, performance{"preferences", PreferencesPage{Editions: full.Editions[:1], First: day, Last: day, Wrong: wrong[0], Why: wrong[1]}})
	}
	for _, saved := range []string{"zone", "language", "format", "counting", "pause", "address", "all"} {
		all = append(all, performance{"preferences", PreferencesPage{Editions: full.Editions[:1], First: day, Last: day, Saved: saved}})
	}
	return all
}
