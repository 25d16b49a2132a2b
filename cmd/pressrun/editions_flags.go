package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/text/language"

	"github.com/pressrun/pressrun/digest"
)

// editionFlags are the flags of all rules.
type editionFlags struct {
	name, cron, zone, maxAge, lead, doubt           string
	languages, topics, notTopics, sections, sources []string
	max, min                                        int
	mixed, pause, resume                            bool

	offer, authors, notAuthors, words, notWords []string
	quotas                                      map[string]int
	updates                                     bool
	apart, private, noCheck, clicks             bool
	look                                        digest.Look
	schedule                                    scheduleFlags
}

func (f *editionFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "`NAME` that readers see")
	flags.StringSliceVar(&f.languages, "language", nil, "language `TAGS` it is set in, such as en,ar; the first is for readers who chose none")
	flags.StringVar(&f.cron, "cron", "", "when it goes out, a cron `LINE` in its zone; \"\" for by hand only")
	flags.StringVar(&f.zone, "zone", "", "IANA `ZONE` of the schedule and of its dates, such as Asia/Riyadh")
	flags.IntVar(&f.max, "max", 0, "`NUMBER` of stories an issue has at most, for each language; 0 for all")
	flags.IntVar(&f.min, "min", 0, "`NUMBER` of stories it needs; with fewer it is skipped")
	flags.StringVar(&f.maxAge, "max-age", "", "oldest story taken, such as 3d or 36h; 0 for any `AGE`")
	flags.StringSliceVar(&f.topics, "topics", nil, "`TOPICS` or sections it takes, divided by commas; \"\" for all")
	flags.StringSliceVar(&f.notTopics, "not-topics", nil, "`TOPICS` or sections it leaves out")
	flags.StringSliceVar(&f.sections, "sections", nil, "order of its `SECTIONS`; those not named follow")
	flags.StringSliceVar(&f.sources, "sources", nil, "`URLS` of the sources it takes from; \"\" for all")
	flags.StringVar(&f.lead, "lead", "", "which story is first, a `RULE`: newest, picture (newest with one) or section (newest of the first section)")
	flags.StringSliceVar(&f.authors, "authors", nil, "`AUTHORS` whose stories alone it takes; \"\" for all")
	flags.StringSliceVar(&f.notAuthors, "not-authors", nil, "`AUTHORS` it leaves out")
	flags.StringSliceVar(&f.words, "words", nil, "`WORDS` of which a story's headline or summary must have one; \"\" for any story")
	flags.StringSliceVar(&f.notWords, "not-words", nil, "`WORDS` that leave a story out")
	flags.StringToIntVar(&f.quotas, "share", nil, "most stories of a section, such as `Sport=3,Culture=2`")
	flags.BoolVar(&f.updates, "updates", false, "send a story once more, marked as updated, when its headline or summary changed")
	flags.BoolVar(&f.apart, "apart", false, "keep stories on the same event apart, rather than one with the others named below it")
	flags.StringSliceVar(&f.offer, "offer", nil, "`TOPICS` or sections a reader may choose among; \"\" for no choice")
	flags.BoolVar(&f.private, "private", false, "keep it from search engines, and off the list of editions to sign up for")
	flags.StringVar(&f.look.Theme, "theme", "", "`THEME` its letters are set in; templates list names them")
	flags.BoolVar(&f.look.Hijri, "hijri", false, "write the date in the Hijri calendar too")
	flags.IntVar(&f.look.HijriShift, "hijri-shift", 0, "`DAYS` by which the announced Hijri month differs from the calculated one: -1, 0 or 1")
	flags.StringVar(&f.look.Digits, "digits", "", "`DIGITS` in Arabic letters: latin (0123) or arab (٠١٢٣)")
	flags.BoolVar(&f.look.Campaign, "campaign", false, "add utm_source, utm_medium and utm_campaign to story links")
	flags.BoolVar(&f.clicks, "clicks", false, "count how often each story is opened from its letters, and never by whom")
	flags.StringVar(&f.look.Pictures, "pictures", "", "where pictures come from, a `PLACE`: ours (copies on this site), source (left at the paper), or none")
	flags.BoolVar(&f.noCheck, "no-check", false, "send stories without asking first whether their pages are still there")
	flags.BoolVar(&f.mixed, "mixed", false, "one issue with the stories of all languages for all readers")
	flags.StringVar(&f.doubt, "doubt", "", "what to `DO` with a mail whose outcome is not known: resend it, or hold it for an editor")
	flags.BoolVar(&f.pause, "pause", false, "keep the schedule from sending it")
	flags.BoolVar(&f.resume, "resume", false, "let the schedule send it again")
	f.schedule.register(cmd)
	offer := func(flag string, values ...string) {
		// It fails only for a flag that is not there.
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	offer("lead", "newest", "picture", "section")
	offer("doubt", "resend", "hold")
	offer("pictures", "ours", "source", "none")
}

// any reports whether a flag was given beside those that all commands have.
func (f *editionFlags) any(cmd *cobra.Command) bool {
	given := cmd.Flags().NFlag()
	for _, name := range []string{"config", "verbose"} {
		if cmd.Flags().Changed(name) {
			given--
		}
	}
	return given > 0
}

// apply takes over into e the flags that were given, and checks the whole.
func (f *editionFlags) apply(cmd *cobra.Command, e *digest.Edition, have []digest.Source) error {
	given := cmd.Flags().Changed
	r := &e.Rules
	set := func(flag string, to *string, value string) {
		if given(flag) {
			*to = strings.TrimSpace(value)
		}
	}
	set("name", &e.Name, digest.OneLine(f.name))
	set("cron", &e.Schedule.Cron, f.cron)
	set("zone", &e.Schedule.Zone, f.zone)
	if err := f.schedule.apply(given, e); err != nil {
		return err
	}
	setList := func(flag string, to *[]string, values []string) {
		if given(flag) {
			*to = cleanList(values)
		}
	}
	setList("topics", &r.Topics, f.topics)
	setList("not-topics", &r.NotTopics, f.notTopics)
	setList("sections", &r.Sections, f.sections)
	setList("sources", &r.Sources, f.sources)
	setList("language", &e.Languages, canonicalTags(f.languages))
	setList("offer", &r.Offer, f.offer)
	setList("authors", &r.Authors, f.authors)
	setList("not-authors", &r.NotAuthors, f.notAuthors)
	setList("words", &r.Words, f.words)
	setList("not-words", &r.NotWords, f.notWords)
	f.applyLook(given, r)
	if given("max") {
		r.Max = f.max
	}
	if given("min") {
		r.Min = f.min
	}
	if given("mixed") {
		r.Mixed = f.mixed
	}
	if given("max-age") {
		age, err := parseAge(f.maxAge)
		if err != nil {
			return err
		}
		r.MaxAge = age
	}
	if given("lead") {
		if r.Lead = digest.LeadRule(f.lead); f.lead == "newest" {
			r.Lead = digest.LeadNewest
		}
	}
	if given("doubt") {
		e.Doubt = digest.Doubt(f.doubt)
	}
	if f.pause && f.resume {
		return usagef("say --pause or --resume, not both")
	}
	if f.pause || f.resume {
		e.Paused = f.pause
	}
	if given("sources") {
		if err := knownSources(r.Sources, have); err != nil {
			return err
		}
	}
	if err := e.Check(); err != nil {
		return &usageError{err}
	}
	return nil
}

func (f *editionFlags) applyLook(given func(string) bool, r *digest.Rules) {
	if given("share") {
		r.Quotas = f.quotas
	}
	if given("updates") {
		r.Updates = f.updates
	}
	if given("apart") {
		r.Apart = f.apart
	}
	if given("private") {
		r.Private = f.private
	}
	if given("theme") {
		r.Look.Theme = strings.TrimSpace(f.look.Theme)
	}
	if given("hijri") {
		r.Look.Hijri = f.look.Hijri
	}
	if given("hijri-shift") {
		r.Look.HijriShift = f.look.HijriShift
	}
	if given("digits") {
		if r.Look.Digits = f.look.Digits; f.look.Digits == "latin" {
			r.Look.Digits = ""
		}
	}
	if given("campaign") {
		r.Look.Campaign = f.look.Campaign
	}
	if given("clicks") {
		r.Clicks = f.clicks
	}
	if given("pictures") {
		if r.Look.Pictures = f.look.Pictures; f.look.Pictures == "ours" {
			r.Look.Pictures = digest.PicturesOurs
		}
	}
	if given("no-check") {
		r.Unchecked = f.noCheck
	}
}

// cleanList returns each value once, on one line and without blanks around it.
func cleanList(values []string) (clean []string) {
	for _, v := range values {
		if v = digest.OneLine(v); v != "" && !slices.Contains(clean, v) {
			clean = append(clean, v)
		}
	}
	return clean
}

// canonicalTags writes languages as they are compared: ar-SA for ar_sa. What is none stays
// for Edition.Check to refuse.
func canonicalTags(tags []string) []string {
	var all []string
	for _, t := range tags {
		if tag, err := language.Parse(strings.TrimSpace(t)); err == nil {
			t = tag.String()
		}
		all = append(all, t)
	}
	return all
}

// parseAge reads 3d, 36h or 0.
func parseAge(s string) (time.Duration, error) {
	s = strings.TrimSpace(s)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 3650 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	if age, err := time.ParseDuration(s); err == nil && age >= 0 {
		return age, nil
	}
	return 0, usagef("--max-age %q is no age; write days as in 3d, hours as in 36h, or 0 for any age", s)
}

// ageText is the reverse of parseAge.
func ageText(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	if day := 24 * time.Hour; d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	if d%time.Hour == 0 {
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return d.String()
}

// knownSources refuses an address that is no source.
func knownSources(urls []string, have []digest.Source) error {
	for _, u := range urls {
		if !slices.ContainsFunc(have, func(s digest.Source) bool { return s.URL == u }) {
			return usagef("%s is no source; add it with `pressrun sources add`, or copy its address from `pressrun sources list`", u)
		}
	}
	return nil
}

// machineZone returns the IANA name of this machine's zone, "UTC" where it cannot be told.
func machineZone() string {
	name := time.Local.String()
	if name == "Local" {
		name = ""
		if file, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
			_, name, _ = strings.Cut(filepath.ToSlash(file), "zoneinfo/")
		}
		if text, err := os.ReadFile("/etc/timezone"); name == "" && err == nil { // Debian
			name = strings.TrimSpace(string(text))
		}
	}
	if name == "" || name == "Etc/UTC" || (digest.Schedule{Zone: name}).Check() != nil {
		return "UTC"
	}
	return name
}
