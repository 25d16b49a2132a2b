package subscribers

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
)

// A column is what Pressrun knows a cell for.
type column string

const (
	columnEmail     column = "email"
	columnName      column = "name"
	columnFirst     column = "first name"
	columnLast      column = "last name"
	columnLanguage  column = "language"
	columnFormat    column = "format"
	columnStatus    column = "status"
	columnEdition   column = "edition"
	columnCreated   column = "created"
	columnConfirmed column = "confirmed"
	columnLeft      column = "left"
)

// columnNames lists how files head each column, letters only, in lower case: the surest
// first, because a "state" beside a "status" is a part of a country.
func columnNames() map[column][]string {
	return map[column][]string{
		columnEmail:     {"email", "emailaddress", "mail", "mailaddress", "address", "emailadresse", "emails", "subscriberemail", "useremail", "courriel", "correo", "البريدالإلكتروني", "البريدالالكتروني", "البريد"},
		columnName:      {"name", "fullname", "displayname", "subscribername", "الاسم", "الاسمالكامل"},
		columnFirst:     {"firstname", "fname", "givenname", "vorname", "prénom", "الاسمالأول"},
		columnLast:      {"lastname", "lname", "surname", "familyname", "nachname", "nom", "اسمالعائلة"},
		columnLanguage:  {"language", "lang", "locale", "sprache", "langue", "اللغة"},
		columnFormat:    {"format", "emailtype", "emailformat"},
		columnStatus:    {"status", "state", "subscriptionstatus", "subscribed", "subscribedtoemails", "الحالة"},
		columnEdition:   {"edition"},
		columnCreated:   {"created", "createdat", "subscribedat", "subscriptiondate", "subscribedate", "signupdate", "signedup", "joined", "optintime", "date", "dateadded"},
		columnConfirmed: {"confirmed", "confirmedat", "confirmdate", "confirmeddate", "confirmationdate", "confirmtime", "optindate"},
		columnLeft:      {"left", "leftat", "unsubscribed", "unsubscribedat", "unsubscribedate", "unsubtime", "optouttime"},
	}
}

// columns says in which cell each column stands.
type columns struct {
	at      map[column]int
	seen    []string // the file's header as it is
	ignored []string // what of it is not used
	// headless files begin with a reader at once.
	headless bool
}

// guessHeader reads the file's first line and finds out what separates its cells.
func guessHeader(lines *csvLines) (columns, []string, error) {
	first, err := lines.take()
	if err == nil && strings.HasPrefix(strings.ToLower(first), "sep=") { // Excel's own first line
		first, err = lines.take()
	}
	for err == nil && strings.TrimFunc(first, isBlank) == "" {
		first, err = lines.take()
	}
	if err == io.EOF {
		return columns{}, nil, errors.New("the file has no line with text in it")
	} else if err != nil {
		return columns{}, nil, fmt.Errorf("line %d, where the columns' names should stand: %w", lines.line, err)
	}
	var best columns
	var bestCells []string
	for _, comma := range []byte{',', ';', '\t'} {
		cells, err := splitCells(first, comma)
		if err != nil {
			continue
		}
		if c := matchColumns(cells); bestCells == nil || len(c.at) > len(best.at) || (len(c.at) == len(best.at) && len(cells) > len(bestCells)) {
			best, bestCells, lines.comma = c, cells, comma
		}
	}
	if i, ok := best.at[columnEmail]; ok {
		lines.address = i
		return best, nil, nil
	}
	for i, cell := range bestCells {
		if _, err := ParseAddressUTF8(cell); err == nil {
			lines.address = i
			return columns{at: map[column]int{columnEmail: i}, headless: true}, bestCells, nil
		}
	}
	shown := make([]string, 0, len(bestCells))
	for _, cell := range bestCells[:min(len(bestCells), 40)] {
		shown = append(shown, fmt.Sprintf("%.60q", cell))
	}
	if len(shown) == 0 {
		shown = []string{fmt.Sprintf("%.60q", first)}
	}
	return columns{}, nil, fmt.Errorf("no column with addresses was found; name one of them \"email\" in the first line. The columns seen are: %s", strings.Join(shown, ", "))
}

func matchColumns(header []string) columns {
	words := make([]string, len(header))
	for i, cell := range header {
		words[i] = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsMark(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, cell)
	}
	c := columns{at: map[column]int{}, seen: header}
	used := make([]bool, len(header))
	for col, names := range columnNames() {
		for _, name := range names {
			if i := slices.Index(words, name); i >= 0 {
				c.at[col], used[i] = i, true
				break
			}
		}
	}
	for i, cell := range header {
		if !used[i] {
			c.ignored = append(c.ignored, cell)
		}
	}
	return c
}

// cell returns what a line has in a column, "" if it has none.
func (c columns) cell(cells []string, col column) string {
	i, ok := c.at[col]
	if !ok || i >= len(cells) {
		return ""
	}
	return strings.TrimFunc(unguard(cells[i]), isBlank)
}

// arrival reads one line. Errors are sentences about that line.
func (c columns) arrival(cells []string, o *ImportOptions) (a arrival, dateUnread bool, err error) {
	if a.Address, err = ParseAddress(c.cell(cells, columnEmail)); err != nil {
		return a, false, err
	}
	a.key = a.Address.Key()
	if edition := c.cell(cells, columnEdition); edition != "" && edition != o.Edition {
		a.skip = SkipOther
		return a, false, nil
	}
	if a.state, a.skip, err = readStatus(c.cell(cells, columnStatus)); err != nil || a.skip != "" {
		return a, false, err
	}
	a.Name = c.cell(cells, columnName)
	if a.Name == "" {
		a.Name = strings.TrimSpace(c.cell(cells, columnFirst) + " " + c.cell(cells, columnLast))
	}
	if a.Language = readLanguage(c.cell(cells, columnLanguage)); a.Language == "" {
		a.Language = o.Language
	}
	if strings.EqualFold(c.cell(cells, columnFormat), string(Text)) {
		a.Format = Text
	}
	if a.NewSubscriber, err = a.checked(); err != nil {
		return a, false, err
	}
	return a, a.readDates(c, cells, o.Now), nil
}

// readDates sets the three times; those the file does not tell become now. An address with
// a date of leaving and no status has left.
func (a *arrival) readDates(c columns, cells []string, now time.Time) (unread bool) {
	date := func(col column) int64 {
		seconds, ok := readDate(c.cell(cells, col), now)
		unread = unread || !ok
		return seconds
	}
	a.created, a.confirmed, a.left = date(columnCreated), date(columnConfirmed), date(columnLeft)
	if _, hasStatus := c.at[columnStatus]; !hasStatus && c.cell(cells, columnLeft) != "" {
		a.state = Unsubscribed
	}
	if a.state == Confirmed {
		a.left = 0
		if a.confirmed == 0 {
			a.confirmed = a.created
		}
		if a.confirmed == 0 {
			a.confirmed = now.Unix()
		}
	} else if a.left == 0 {
		a.left = now.Unix()
	}
	if a.created == 0 {
		a.created = a.confirmed
	}
	if a.created == 0 {
		a.created = a.left
	}
	return unread
}

// readStatus knows the words of the common systems. What it does not know is an error: to
// guess could mean mail for somebody who left.
func readStatus(s string) (State, Skip, error) {
	switch strings.ToLower(s) {
	case "", "subscribed", "confirmed", "active", "enabled", "yes", "true", "1", "paid", "free", "comped", "مشترك":
		return Confirmed, "", nil
	case "unsubscribed", "inactive", "disabled", "no", "false", "0", "left", "cancelled", "canceled", "optout", "opted-out", "deleted",
		"cleaned", "bounced", "complained", "spam", "blocklisted", "blacklisted", "suppressed":
		return Unsubscribed, "", nil
	case "pending", "unconfirmed", "paused", "non-subscribed", "transactional", "archived":
		return "", SkipUnconfirmed, nil
	}
	return "", "", fmt.Errorf("status %.40q is not known; write subscribed or unsubscribed", s)
}

// readLanguage takes the names of the two languages that people write out.
func readLanguage(s string) string {
	switch strings.ToLower(s) {
	case "english":
		return "en"
	case "arabic", "العربية", "عربي":
		return "ar"
	}
	return s
}

// readDate reads a date whose meaning is certain. 3/4/2026 is not: it has two.
func readDate(s string, now time.Time) (seconds int64, ok bool) {
	if s == "" {
		return 0, true
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700 MST", "2006-01-02 15:04", "02.01.2006", "2 Jan 2006", "Jan 2, 2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Unix() <= 0 || t.After(now) {
				return 0, false
			}
			return t.Unix(), true
		}
	}
	return 0, false
}
