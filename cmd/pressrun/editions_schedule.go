package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pressrun/pressrun/digest"
)

// scheduleFlags are the flags about when an edition goes out, and who is asked before.
type scheduleFlags struct {
	when, useful, late, silence string
	weekend, holidays, editors  []string
	approve                     int
	four                        bool
}

func (f *scheduleFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.when, "when", "", "when it goes out, in `WORDS`: \"every weekday at 07:00\", \"daily 07:00, 18:00\", \"mondays and thursdays at 6:30\"")
	flags.StringSliceVar(&f.weekend, "weekend", nil, "`DAYS` that are no weekdays in --when, such as fri,sat (default those of the zone)")
	flags.StringArrayVar(&f.holidays, "not-on", nil, "`DATE` on which it does not go out, with a name: \"2027-03-20 Eid\", \"12-25 Christmas\" for every year, or FROM..TO; may be repeated, \"\" for none")
	flags.StringVar(&f.useful, "useful", "", "until when an issue is worth sending, a `TIME` of day such as 10:00 or how long after it is due, such as 3h; \"\" for ever")
	flags.StringVar(&f.late, "late", "", "what to `DO` with an issue that is late: send it, merge it into the next, or hold it for an editor")
	flags.IntVar(&f.approve, "approve", 0, "mail the draft to the editors this many `MINUTES` before, and ask them; 0 to ask nobody")
	flags.StringSliceVar(&f.editors, "editors", nil, "mail `ADDRESSES` of those who are asked, and told when an issue is skipped")
	flags.StringVar(&f.silence, "silence", "", "what to `DO` when no editor answers: send it, hold it, or send headlines only")
	flags.BoolVar(&f.four, "four-eyes", false, "two editors must approve")
	for flag, values := range map[string][]string{"late": {"send", "next", "hold"}, "silence": {"send", "hold", "headlines"}} {
		// It fails only for a flag that is not there.
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
}

// apply takes over into e the flags that were given.
func (f *scheduleFlags) apply(given func(string) bool, e *digest.Edition) (err error) {
	if given("when") && given("cron") {
		return usagef("say --when or --cron, not both: they are two ways to say the same")
	}
	if given("weekend") && !given("when") {
		return usagef("--weekend says what a weekday is in --when; give both")
	}
	if given("when") {
		var weekend []time.Weekday
		for _, name := range f.weekend {
			day, err := digest.ParseWeekday(name)
			if err != nil {
				return usagef("--weekend: %w", err)
			}
			weekend = append(weekend, day)
		}
		if e.Schedule, err = e.Schedule.Plainly(f.when, weekend...); err != nil {
			return &usageError{err}
		}
	}
	if given("not-on") {
		e.Schedule.Holidays = nil
		for _, text := range f.holidays {
			if strings.TrimSpace(text) == "" {
				continue
			}
			days, err := digest.ParseHolidays(text)
			if err != nil {
				return usagef("--not-on: %w", err)
			}
			e.Schedule.Holidays = append(e.Schedule.Holidays, days...)
		}
	}
	if given("useful") {
		e.Schedule.Useful = strings.TrimSpace(f.useful)
	}
	if given("late") {
		if e.Schedule.Late = digest.LateRule(f.late); f.late == "send" {
			e.Schedule.Late = digest.LateSend
		}
	}
	f.applyApproval(given, &e.Approval)
	return nil
}

func (f *scheduleFlags) applyApproval(given func(string) bool, a *digest.Approval) {
	if given("approve") {
		a.Minutes = f.approve
	}
	if given("editors") {
		a.Editors = cleanList(f.editors)
	}
	if given("silence") {
		if a.Silence = digest.Silence(f.silence); f.silence == "send" {
			a.Silence = digest.SilenceSend
		}
	}
	if given("four-eyes") {
		a.Four = f.four
	}
}

// timingFacts are the settings of when an edition goes out beyond its cron line.
func timingFacts(e digest.Edition) []fact {
	return []fact{
		{"not-on", joined(holidays(e.Schedule))},
		{"useful", dash(e.Schedule.Useful)},
		{"late", cmp.Or(string(e.Schedule.Late), "send")},
		{"approve", orAny(e.Approval.Minutes)},
		{"editors", joined(e.Approval.Editors)},
		{"silence", cmp.Or(string(e.Approval.Silence), "send")},
		{"four-eyes", yesOrNo(e.Approval.Four)},
	}
}

// holidays writes an edition's holidays, several days of one name in a row as one.
func holidays(s digest.Schedule) (all []string) {
	var from, last digest.Holiday
	put := func() {
		switch {
		case from.Date == "":
		case from == last:
			all = append(all, from.String())
		default:
			all = append(all, digest.Holiday{Date: from.Date + ".." + last.Date, Name: last.Name}.String())
		}
	}
	for _, h := range s.Holidays {
		day, err := time.Parse("2006-01-02", last.Date)
		if err == nil && h.Name == last.Name && h.Date == day.AddDate(0, 0, 1).Format("2006-01-02") {
			last = h
			continue
		}
		put()
		from, last = h, h
	}
	put()
	return all
}

// timingInWords tells what keeps an edition from going out at its time, in sentences.
func timingInWords(e digest.Edition) (words []string) {
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	if days := holidays(e.Schedule); len(days) > 0 {
		add("It does not go out on these dates: %s.", joined(days))
	}
	if s := e.Schedule; s.Useful != "" && s.Late != digest.LateSend {
		until := "for " + s.Useful
		if strings.Contains(s.Useful, ":") {
			until = "until " + s.Useful
		}
		then := map[digest.LateRule]string{digest.LateNext: "its stories go into the next", digest.LateHold: "it waits for an editor until the next run"}
		add("An issue is of use %s; when it is later, %s.", until, then[s.Late])
	}
	if a := e.Approval; a.Asks() {
		who := "One of them"
		if a.Four {
			who = "Two of them"
		}
		then := map[digest.Silence]string{digest.SilenceSend: "it is sent", digest.SilenceHold: "it is held", digest.SilenceHeadlines: "its headlines are sent"}
		add("The draft is mailed to %s %s before. %s must approve it; if nobody answers, %s.", joined(a.Editors), plural(a.Minutes, "minute", "minutes"), who, then[a.Silence])
	} else if len(a.Editors) > 0 {
		add("When an issue is skipped, %s are told.", strings.Join(slices.Clone(a.Editors), " and "))
	}
	return words
}
