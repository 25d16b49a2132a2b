package digest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Plainly returns the schedule with the times that text says as people do: "every weekday
// at 07:00", "daily 07:00, 18:00", "mondays and thursdays at 6:30". It may name a zone, as
// "every weekday at 07:00 Asia/Riyadh". Weekdays are all days but those of the weekend; where
// none is given, it is that of the zone.
func (s Schedule) Plainly(text string, weekend ...time.Weekday) (Schedule, error) {
	wrong := func(format string, args ...any) (Schedule, error) {
		return s, fmt.Errorf("the schedule %q %s; write it like “every weekday at 07:00”, “daily 07:00, 18:00” or “mondays and thursdays at 6:30”", text, fmt.Sprintf(format, args...))
	}
	var words []string
	for _, word := range plainWord.FindAllString(text, -1) {
		if strings.Contains(word, "/") {
			if _, err := time.LoadLocation(word); err == nil {
				s.Zone = word
				continue
			}
		}
		words = append(words, plainWord.FindAllString(dashes.Replace(strings.ToLower(word)), -1)...)
	}
	if len(weekend) == 0 {
		weekend = Weekend(s.Zone)
	}
	p := plainReader{weekend: weekend}
	for _, word := range words {
		if err := p.read(word); err != nil {
			return wrong("cannot be read: %v", err)
		}
	}
	switch {
	case len(p.times) == 0:
		return wrong("has no time of day")
	case p.to:
		return wrong("says “to” without a day after it")
	case len(p.days) == 0 && !p.every:
		return wrong("does not say on which days")
	}
	s.Cron = cronOf(p.days, p.times)
	return s, nil
}

// A plainReader takes the words of a schedule one by one.
type plainReader struct {
	weekend []time.Weekday
	days    []time.Weekday
	times   []int // minutes since midnight
	every   bool  // day of the week
	to      bool  // the next day ends a row that began with the last
}

var (
	plainWord = regexp.MustCompile(`[0-9]+(?:[:.][0-9]+)?\s*(?:am|pm)\b|[^\s,;&]+`)
	plainTime = regexp.MustCompile(`^([0-9]{1,2})(?:[:.]([0-9]{2}))?\s*(am|pm)?$`)
	aCronRow  = regexp.MustCompile(`^([0-9]+) ([0-9,]+) \* \* ([0-7,-]+|\*)$`)
	dashes    = strings.NewReplacer("–", " to ", "-", " to ")
)

func (p *plainReader) read(word string) error {
	switch word = strings.TrimSuffix(word, "."); word {
	case "at", "and", "every", "each", "on", "the", "":
		return nil
	case "daily", "day", "days":
		p.every = true
		return nil
	case "noon":
		word = "12:00"
	case "midnight":
		word = "00:00"
	case "to", "until", "through":
		if p.to = len(p.days) > 0; !p.to {
			return fmt.Errorf("there is no day before %q", word)
		}
		return nil
	}
	if m := plainTime.FindStringSubmatch(word); m != nil {
		return p.time(m)
	}
	if strings.HasPrefix(word, "weekday") || strings.HasPrefix(word, "workday") || strings.HasPrefix(word, "weekend") {
		for day := time.Sunday; day <= time.Saturday; day++ {
			if slices.Contains(p.weekend, day) == strings.HasPrefix(word, "weekend") {
				p.day(day)
			}
		}
		return nil
	}
	day, err := ParseWeekday(word)
	if err != nil {
		return err
	}
	if p.to {
		p.to = false
		for d := p.days[len(p.days)-1]; d != day; {
			d = (d + 1) % 7
			p.day(d)
		}
		return nil
	}
	p.day(day)
	return nil
}

func (p *plainReader) day(d time.Weekday) {
	if !slices.Contains(p.days, d) {
		p.days = append(p.days, d)
	}
}

// time takes the hour, minutes and am or pm of a time of day.
func (p *plainReader) time(m []string) error {
	hour, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(cmp.Or(m[2], "0"))
	half := m[3] != ""
	if half && (hour < 1 || hour > 12) || hour > 23 || minute > 59 {
		return fmt.Errorf("%q is no time of day", strings.TrimSpace(m[0]))
	}
	if half {
		hour %= 12
	}
	if m[3] == "pm" {
		hour += 12
	}
	if t := hour*60 + minute; !slices.Contains(p.times, t) {
		p.times = append(p.times, t)
	}
	return nil
}

// ParseWeekday reads a day of the week: "friday", "fridays" or "fri".
func ParseWeekday(word string) (time.Weekday, error) {
	word = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(word)), "s")
	for day := time.Sunday; day <= time.Saturday; day++ {
		if len(word) >= 3 && strings.HasPrefix(strings.ToLower(day.String()), word) {
			return day, nil
		}
	}
	return 0, fmt.Errorf("%q is no day of the week", word)
}

// cronOf writes a line for each minute past the hour, since one line would have every
// hour with every minute.
func cronOf(days []time.Weekday, times []int) string {
	week := "*"
	if len(days) > 0 && len(days) < 7 {
		slices.Sort(days)
		week = numbers(days)
	}
	slices.Sort(times)
	hours, minutes := map[int][]int{}, []int(nil)
	for _, t := range times {
		if hours[t%60] == nil {
			minutes = append(minutes, t%60)
		}
		hours[t%60] = append(hours[t%60], t/60)
	}
	var lines []string
	for _, minute := range minutes {
		lines = append(lines, fmt.Sprintf("%d %s * * %s", minute, numbers(hours[minute]), week))
	}
	return strings.Join(lines, "; ")
}

func numbers[T ~int](values []T) string {
	var all []string
	for _, v := range values {
		all = append(all, strconv.Itoa(int(v)))
	}
	return strings.Join(all, ",")
}

// Plain returns the times as Plainly reads them, "" when its cron line says what the
// plain form cannot.
func (s Schedule) Plain() string {
	var times []int
	week := ""
	for line := range strings.SplitSeq(s.Cron, ";") {
		m := aCronRow.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || week != "" && m[3] != week {
			return ""
		}
		week = m[3]
		minute, _ := strconv.Atoi(m[1])
		for h := range strings.SplitSeq(m[2], ",") {
			hour, err := strconv.Atoi(h)
			if err != nil {
				return ""
			}
			times = append(times, hour*60+minute)
		}
	}
	slices.Sort(times)
	var at []string
	for _, t := range times {
		at = append(at, fmt.Sprintf("%02d:%02d", t/60, t%60))
	}
	return daysInWords(week) + " at " + strings.Join(at, ", ")
}

func daysInWords(week string) string {
	if week == "*" {
		return "every day"
	}
	var names []string
	for part := range strings.SplitSeq(week, ",") {
		from, to, several := strings.Cut(part, "-")
		first, _ := strconv.Atoi(from)
		last := first
		if several {
			last, _ = strconv.Atoi(to)
		}
		for day := first; day <= last; day++ {
			names = append(names, time.Weekday(day%7).String()+"s")
		}
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// fridaySaturday are zones of countries whose weekend is Friday and Saturday.
var fridaySaturday = []string{
	"Africa/Algiers", "Africa/Cairo", "Africa/Khartoum", "Africa/Tripoli", "Asia/Aden", "Asia/Amman", "Asia/Baghdad",
	"Asia/Bahrain", "Asia/Damascus", "Asia/Dhaka", "Asia/Gaza", "Asia/Hebron", "Asia/Jerusalem", "Asia/Kuwait",
	"Asia/Muscat", "Asia/Qatar", "Asia/Riyadh",
}

// Weekend returns the days of the weekend where a zone is used.
func Weekend(zone string) []time.Weekday {
	if slices.Contains(fridaySaturday, zone) {
		return []time.Weekday{time.Friday, time.Saturday}
	}
	return []time.Weekday{time.Saturday, time.Sunday}
}
