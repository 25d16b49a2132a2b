package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Rate is a number of mails in a stretch of time.
type Rate struct {
	Count int
	Per   time.Duration
}

const day = 24 * time.Hour

var units = []struct {
	name string
	per  time.Duration
}{{"second", time.Second}, {"minute", time.Minute}, {"hour", time.Hour}, {"day", day}}

// String returns the rate as it is written in the file: "100/minute".
func (r Rate) String() string {
	for _, u := range units {
		if u.per == r.Per {
			return fmt.Sprintf("%d/%s", r.Count, u.name)
		}
	}
	return fmt.Sprintf("%d in %s", r.Count, r.Per)
}

func parseRate(text string) (Rate, error) {
	count, unit, _ := strings.Cut(text, "/")
	n, err := strconv.Atoi(strings.TrimSpace(count))
	for _, u := range units {
		if strings.TrimSpace(unit) == u.name && err == nil && n > 0 {
			return Rate{n, u.per}, nil
		}
	}
	return Rate{}, fmt.Errorf(`%q is no rate; write a number and a unit such as "100/minute", with second, minute, hour or day`, text)
}

// Rates are limits that hold together, at most one for each unit. None is no limit.
type Rates []Rate

// String returns the rates as they are written in the file: "10/second, 1000/hour".
func (r Rates) String() string {
	texts := make([]string, len(r))
	for i := range r {
		texts[i] = r[i].String()
	}
	return strings.Join(texts, ", ")
}

// PerSecond returns the lowest of the rates for seconds and minutes, in mails a second, 0
// for none. They are spread evenly.
func (r Rates) PerSecond() (lowest float64) {
	for _, one := range r {
		if s := float64(one.Count) / one.Per.Seconds(); one.Per <= time.Minute && (lowest == 0 || s < lowest) {
			lowest = s
		}
	}
	return lowest
}

// Counted returns the rates for hours and days, which may be used up at any speed.
func (r Rates) Counted() (rates Rates) {
	for _, one := range r {
		if one.Per > time.Minute {
			rates = append(rates, one)
		}
	}
	return rates
}

func parseRates(texts []string) (rates Rates, err error) {
	seen := map[time.Duration]bool{}
	for _, text := range texts {
		r, err := parseRate(strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		if seen[r.Per] {
			_, unit, _ := strings.Cut(r.String(), "/")
			return nil, fmt.Errorf("has two numbers for each %s; write the one that holds", unit)
		}
		seen[r.Per] = true
		rates = append(rates, r)
	}
	return rates, nil
}

// A Warmup is the number of mails on the first day of a relay, doubled each day after it.
// The zero Warmup is none.
type Warmup struct {
	Count int
	From  time.Time // midnight UTC of the first day
}

// String returns the warm-up as it is written in the file: "500/day from 2026-11-23".
func (w Warmup) String() string {
	if w.Count == 0 {
		return ""
	}
	return fmt.Sprintf("%d/day from %s", w.Count, w.From.Format(time.DateOnly))
}

func parseWarmup(text string) (Warmup, error) {
	first, from, _ := strings.Cut(text, " from ")
	rate, err := parseRate(strings.TrimSpace(first))
	at, errFrom := time.Parse(time.DateOnly, strings.TrimSpace(from))
	if err != nil || rate.Per != day || errFrom != nil || at.Year() < 1 {
		return Warmup{}, fmt.Errorf(`%q is no warm-up; write the mails of the first day and its date, such as "500/day from 2026-11-23"`, text)
	}
	return Warmup{rate.Count, at}, nil
}

func (l *loader) checkDomain(at string, d *Domain) {
	var names []string
	for name := range strings.SplitSeq(d.Name, ",") {
		ascii, err := parseDomain(strings.TrimSpace(name))
		if err != nil {
			l.report(at+"name", `is %q; write one or more domains that readers have their mail at, such as "gmail.com, googlemail.com"`, d.Name)
			return
		}
		names = append(names, ascii)
	}
	d.Name = strings.Join(names, ", ")
	if d.Connections < 0 || d.Connections > maxConnections {
		l.report(at+"connections", "is %d; write a number from 1 to %d", d.Connections, maxConnections)
	}
	if len(d.Rate.Counted()) > 0 {
		l.report(at+"rate", "is %q; for a domain write a number for a second or a minute", d.Rate)
	}
	if d.Connections == 0 && len(d.Rate) == 0 {
		l.report(at+"name", "has no limit below it; write connections or rate, or take the section out")
	}
}
