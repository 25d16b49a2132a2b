package subscribers

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// A column is what Pressrun knows a cell for.
type column string

const (
	columnEmail      column = "email"
	columnName       column = "name"
	columnFirst      column = "first name"
	columnLast       column = "last name"
	columnLanguage   column = "language"
	columnFormat     column = "format"
	columnStatus     column = "status"
	columnOverall    column = "status on all lists"
	columnDisabled   column = "mark of those who get no mail"
	columnEdition    column = "edition"
	columnTopics     column = "topics"
	columnFrequency  column = "frequency"
	columnAttributes column = "attributes"
	columnCreated    column = "date of signing up"
	columnConfirmed  column = "date of confirming"
	columnLeft       column = "date of leaving"
	columnBounced    column = "date of bouncing"
)

// columnNames lists how files head each column, folded: the surest first, because a "state"
// beside a "status" is a part of a country.
func columnNames() map[column][]string {
	return map[column][]string{
		columnEmail:      {"email", "emailaddress", "mail", "mailaddress", "address", "emailadresse", "emails", "subscriberemail", "useremail", "courriel", "correo", "البريدالالكتروني", "بريدالكتروني", "عنوانالبريدالالكتروني", "البريد", "الايميل", "ايميل"},
		columnName:       {"name", "fullname", "displayname", "subscribername", "الاسم", "الاسمالكامل", "اسم"},
		columnFirst:      {"firstname", "fname", "givenname", "vorname", "prénom", "الاسمالاول"},
		columnLast:       {"lastname", "lname", "surname", "familyname", "nachname", "nom", "اسمالعائله", "اللقب"},
		columnLanguage:   {"language", "lang", "locale", "sprache", "langue", "اللغه", "لغه"},
		columnFormat:     {"format", "emailtype", "emailformat", "الصيغه"},
		columnStatus:     {"liststatus", "status", "state", "subscriptionstatus", "subscribed", "subscribedtoemails", "الحاله", "حالهالاشتراك"},
		columnOverall:    {"globalstatus"},
		columnDisabled:   {"emaildisabled"},
		columnEdition:    {"edition", "النشره"},
		columnTopics:     {"topics", "topic", "interests", "sections", "المواضيع", "الموضوعات", "الاهتمامات", "الاقسام"},
		columnFrequency:  {"frequency", "howoften", "emailfrequency", "التكرار", "الوتيره", "معدلالارسال"},
		columnAttributes: {"attributes"},
		columnCreated:    {"created", "createdat", "subscribedat", "subscriptiondate", "subscriptiontime", "subscribedate", "signupdate", "signedup", "joined", "optintime", "startdate", "date", "dateadded", "تاريخالاشتراك", "تاريخالتسجيل", "التاريخ"},
		columnConfirmed:  {"confirmed", "confirmedat", "confirmdate", "confirmeddate", "confirmationdate", "confirmationtime", "confirmtime", "optindate", "تاريخالتاكيد"},
		columnLeft:       {"left", "leftat", "unsubscribed", "unsubscribedat", "unsubscribedate", "unsubtime", "optouttime", "deletedat", "تاريخالالغاء", "تاريخالغاءالاشتراك"},
		columnBounced:    {"cleantime", "bouncedat", "bouncedate", "bouncetime"},
	}
}

// columns says in which cell each column stands.
type columns struct {
	at      map[column]int
	seen    []string // the file's header as it is
	ignored []string // what of it is not used
	system  System
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
		cells, err := splitCells(first, comma, false)
		if err != nil {
			continue
		}
		if c := matchColumns(cells); bestCells == nil || len(c.at) > len(best.at) || (len(c.at) == len(best.at) && len(cells) > len(bestCells)) {
			best, bestCells, lines.comma = c, cells, comma
		}
	}
	if i, ok := best.at[columnEmail]; ok {
		lines.address, lines.backslash = i, best.system == MailPoet
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
		words[i] = fold(cell)
	}
	c := columns{at: map[column]int{}, seen: header, system: systemOf(words)}
	meant := c.system.meant()
	used := make([]bool, len(header))
	for col, names := range columnNames() {
		if only, special := meant[col]; special {
			names = only
		}
		if col == columnAttributes && c.system != Listmonk {
			continue
		}
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

// A reading is an arrival with what its line left open.
type reading struct {
	arrival
	dateUnread bool
	lost       []string // topics that the edition does not offer
}

// arrival reads one line. Errors are sentences about that line.
func (c columns) arrival(cells []string, o *ImportOptions) (r reading, err error) {
	if r.Address, err = ParseAddress(c.cell(cells, columnEmail)); err != nil {
		return r, err
	}
	r.key = r.Address.Key()
	if edition := c.cell(cells, columnEdition); edition != "" && edition != o.Edition {
		r.skip = SkipOther
		return r, nil
	}
	is, err := c.standing(cells, o)
	if err != nil || is.skip != "" {
		r.skip = is.skip
		return r, err
	}
	r.state, r.suppress = is.state, is.suppress
	r.Name = c.cell(cells, columnName)
	if r.Name == "" {
		r.Name = strings.TrimSpace(c.cell(cells, columnFirst) + " " + c.cell(cells, columnLast))
	}
	if strings.EqualFold(c.cell(cells, columnFormat), string(Text)) {
		r.Format = Text
	}
	if err := r.readChoices(c, cells, o); err != nil {
		return r, err
	}
	if r.NewSubscriber, err = r.checked(); err != nil {
		return r, err
	}
	r.dateUnread = r.readDates(c, cells, o.Now)
	return r, nil
}

// standing is what all columns together say of a reader: the worst counts.
func (c columns) standing(cells []string, o *ImportOptions) (is standing, err error) {
	is = standing{state: Confirmed}
	worse := func(other standing) {
		if other.rank() > is.rank() {
			is = other
		}
	}
	for _, col := range [...]column{columnStatus, columnOverall} {
		said, err := readStatus(c.cell(cells, col), c.system)
		if err != nil {
			return is, err
		}
		worse(said)
	}
	if s := c.cell(cells, columnDisabled); s != "" {
		said, err := readStatus(s, c.system)
		if err != nil {
			return is, err
		}
		if said.state == Confirmed { // true: they get no mail
			worse(standing{state: Unsubscribed})
		}
	}
	if _, has := c.at[columnStatus]; !has && c.leftCell(cells) != "" {
		worse(standing{state: Unsubscribed})
	}
	if c.cell(cells, columnBounced) != "" || o.bounced {
		worse(standing{state: Unsubscribed, suppress: ReasonBounce})
	}
	if o.Left {
		worse(standing{state: Unsubscribed})
	}
	return is, nil
}

// leftCell is the date of leaving, or what else is in a column called "unsubscribed"; "" for
// a no.
func (c columns) leftCell(cells []string) string {
	s := c.cell(cells, columnLeft)
	switch strings.ToLower(s) {
	case "no", "false", "0", "لا":
		return ""
	}
	return s
}

// readChoices sets language, topics and frequency.
func (r *reading) readChoices(c columns, cells []string, o *ImportOptions) error {
	var more attributes
	if s := c.cell(cells, columnAttributes); s != "" {
		more = readAttributes(s)
	}
	r.Language = cmp.Or(readLanguage(c.cell(cells, columnLanguage)), readLanguage(more.language), o.Language)
	if s := c.cell(cells, columnTopics); s != "" {
		more.topics = readTopics(s, o.Offer)
	}
	if len(more.topics) > 0 {
		kept, lost, err := offered(more.topics, o.Offer)
		if err != nil {
			return err
		}
		r.topics, r.lost = strings.Join(kept, "\n"), lost
	}
	var err error
	r.frequency, err = readFrequency(c.cell(cells, columnFrequency))
	return err
}

// readDates sets the three times; those the file does not tell become now.
func (a *arrival) readDates(c columns, cells []string, now time.Time) (unread bool) {
	date := func(cell string) int64 {
		seconds, ok := readDate(cell, now)
		unread = unread || !ok
		return seconds
	}
	a.created, a.confirmed = date(c.cell(cells, columnCreated)), date(c.cell(cells, columnConfirmed))
	a.left = cmp.Or(date(c.leftCell(cells)), date(c.cell(cells, columnBounced)))
	if a.state == Confirmed {
		a.left = 0
		a.confirmed = cmp.Or(a.confirmed, a.created, now.Unix())
	} else {
		a.left = cmp.Or(a.left, now.Unix())
	}
	a.created = cmp.Or(a.created, a.confirmed, a.left)
	return unread
}
