// Package compose makes an issue into what readers get: for each language the letter as
// HTML and text, and the message that is spliced for every reader.
package compose

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/templates"
)

// A Composer turns issues into messages. All fields but BounceDomain, UnsubscribeMail and
// FeedbackID are set before use.
type Composer struct {
	Templates *templates.Set
	Paper     templates.Paper
	From      mail.Address
	ReplyTo   mail.Address // zero: none
	Domain    string       // ours, of Message-ID and List-Id
	BaseURL   string       // of the readers' site, without a slash at the end
	TokenLen  int          // of the tokens that take the placeholders' places

	BounceDomain    string // VERP, "" for none
	UnsubscribeMail string // domain that takes mailto unsubscribes, "" for none
	FeedbackID      string // sender id of 5 to 15 characters, "" for no Feedback-ID
}

// A Letter is one variant of an issue, ready for the outbox.
type Letter struct {
	digest.Variant // as it is mailed
	Message        *message.Message
	// Whole is the HTML with every story of the issue, for the readers' site: where a mail
	// was trimmed, it links to the rest there.
	Whole   []byte
	Stories int
	Trims   string // what the size budget took away, a sentence, "" for nothing
}

// Compose makes the variants of an issue, one for each language of the edition that has
// stories in it, the first language first.
func (c *Composer) Compose(e digest.Edition, issue digest.Issue) ([]Letter, error) {
	return c.compose(e, issue, false)
}

// ComposeTest makes the same with a banner and a header that say it is a test.
func (c *Composer) ComposeTest(e digest.Edition, issue digest.Issue) ([]Letter, error) {
	return c.compose(e, issue, true)
}

func (c *Composer) compose(e digest.Edition, issue digest.Issue, test bool) ([]Letter, error) {
	var letters []Letter
	for _, language := range e.Languages {
		stories := storiesIn(e, issue, language)
		if len(stories) == 0 {
			continue
		}
		l, err := c.set(e, []digest.Issue{issue}, stories, setting{language: language, test: test, counted: issue.Counted && !test})
		if err != nil {
			return nil, fmt.Errorf("compose %s, language %s: %w", e.Slug, language, err)
		}
		letters = append(letters, l)
	}
	if len(letters) == 0 {
		return nil, fmt.Errorf("compose %s: the issue has no stories", e.Slug)
	}
	return letters, nil
}

// storiesIn returns the stories of an issue that readers of a language get.
func storiesIn(e digest.Edition, issue digest.Issue, language string) (stories []digest.Story) {
	for _, s := range issue.Stories {
		if s.In && e.VariantLanguage(s.Language) == language {
			s.Article = withoutPlaceholders(s.Article)
			stories = append(stories, s)
		}
	}
	return stories
}

// A setting is what a letter is besides its stories.
type setting struct {
	language            string
	text, test, welcome bool
	counted             bool // its links to stories are
}

// set makes a letter of the stories of one issue, or of several that a reader gets
// together, the newest first.
func (c *Composer) set(e digest.Edition, issues []digest.Issue, stories []digest.Story, s setting) (Letter, error) {
	issue := issues[0]
	zone, err := e.Schedule.Location()
	if err != nil {
		return Letter{}, err
	}
	data := templates.Letter{
		Paper: c.Paper, Edition: e.Name, Number: issue.Number, Date: issue.Slot.In(zone), Language: s.language,
		From:    issues[len(issues)-1].Slot.In(zone),
		Subject: subject(e, stories), Links: c.links(e, issue, s.language), Test: s.test, Welcome: s.welcome,
	}
	dress(&data, e, issue)
	if len(issues) == 1 && !s.welcome {
		data.Note, data.Preheader = plainWords.Replace(issue.Plan.Note), plainWords.Replace(issue.Plan.Preheader)
		if title, err := message.CleanSubject(plainWords.Replace(issue.Plan.Subject)); err == nil {
			data.Subject = title
		}
	}
	if s.welcome {
		data.Subject = c.Templates.Greet(s.language, e.Name)
	}
	if len(stories) == 0 {
		data.Links.Web = ""
	}
	f, err := c.fit(data, stories, nil)
	if err != nil {
		return Letter{}, err
	}
	// What the site and the desk show has plain links; only a mail's are counted.
	mailed := f
	if s.counted && len(stories) > 0 {
		data.Links.Canary = c.counted(issue.ID, 0)
		if mailed, err = c.fit(data, stories, c.through(issues)); err != nil {
			return Letter{}, err
		}
		f.trims = mailed.trims
	}
	content := c.content(e, issue, data, mailed.mail, s.test)
	if data.Links.Canary != "" {
		content.Slots = append(content.Slots, message.Slot{Placeholder: stamp, Size: message.StampSize})
	}
	if s.text {
		content.HTML = nil
	}
	m, err := message.New(content)
	if err != nil {
		return Letter{}, err
	}
	return Letter{
		Variant: digest.Variant{IssueID: issue.ID, Language: s.language, Subject: data.Subject, HTML: f.mail.HTML, Text: f.mail.Text},
		Message: m, Whole: f.whole, Stories: len(stories), Trims: f.trims,
	}, nil
}

// dress sets a letter as its edition wants it.
func dress(l *templates.Letter, e digest.Edition, issue digest.Issue) {
	look := e.Rules.Look
	l.Theme, l.Hijri, l.HijriShift, l.Digits = look.Theme, look.Hijri, look.HijriShift, look.Digits
	l.UTM = utm(e, issue.Number)
}

// utm is what story links of an issue carry, nothing where the edition does not want it.
func utm(e digest.Edition, number int) (u templates.UTM) {
	if e.Rules.Look.Campaign {
		u = templates.UTM{Source: "newsletter", Medium: "email", Campaign: fmt.Sprintf("%s-%d", e.Slug, number)}
	}
	return u
}

func (c *Composer) links(e digest.Edition, issue digest.Issue, language string) templates.Links {
	web := fmt.Sprintf("%s/issues/%s/%d", c.BaseURL, e.Slug, issue.Number)
	if len(e.Languages) > 1 {
		web += "/" + language
	}
	return templates.Links{
		Web: web, Archive: c.BaseURL + "/issues/" + e.Slug, Help: c.BaseURL + "/help",
		Preferences: c.BaseURL + "/p/" + Preferences, Unsubscribe: c.BaseURL + "/u/" + Unsubscribe,
	}
}

func (c *Composer) content(e digest.Edition, issue digest.Issue, l templates.Letter, email templates.Email, test bool) message.Content {
	content := message.Content{
		From: c.From, ReplyTo: c.ReplyTo, Subject: l.Subject, HTML: email.HTML, Text: email.Text,
		Slots:    []message.Slot{{Placeholder: Unsubscribe, Size: c.TokenLen}, {Placeholder: Preferences, Size: c.TokenLen}},
		Language: l.Language, Domain: c.Domain, BounceDomain: c.BounceDomain,
		ListID: e.Slug + "." + c.Domain, ListName: e.Name,
		ListHelp: l.Links.Help, ListArchive: l.Links.Archive, ListUnsubscribe: l.Links.Unsubscribe,
		Auto: true, Bulk: true, Test: test,
	}
	if c.UnsubscribeMail != "" {
		content.UnsubscribeMail = "u-" + Unsubscribe + "@" + c.UnsubscribeMail
	}
	if c.FeedbackID != "" {
		content.FeedbackID = feedbackID(issue.Number, e.Slug, l.Language, c.FeedbackID)
	}
	return content
}

// feedbackID names the issue, the edition, the language and the sender; none tells of a
// reader, and no name stands twice, as in an edition "ar" in Arabic (F14). Where all of it
// is too long for a line, the last before the sender is left out.
func feedbackID(number int, slug, language, sender string) string {
	names := []string{fmt.Sprintf("i%d", number)}
	for _, name := range []string{slug, language} {
		if name != sender && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	id := strings.Join(append(names, sender), ":")
	for len("Feedback-ID: ")+len(id) > 78 {
		names = names[:len(names)-1]
		id = strings.Join(append(names, sender), ":")
	}
	return id
}

// subject is the lead's headline: it tells the day's news, and differs every day, so that
// mail programs do not fold one issue into another. A headline that cannot be a subject,
// such as "Re:", gives way to the next, and the last to the edition's name.
func subject(e digest.Edition, stories []digest.Story) string {
	for _, s := range stories {
		if title, err := message.CleanSubject(cut(s.Title, 120)); err == nil {
			return title
		}
	}
	return e.Name
}

// preheader is the line that inboxes show after the subject: the lead's summary, or the
// next headlines where it has none. All of it can be read in the letter too (H4).
func preheader(l templates.Letter) string {
	if l.Lead == nil {
		return ""
	}
	text := l.Lead.Text
	for _, section := range l.Sections {
		for _, s := range section.Stories {
			if len([]rune(text)) >= 40 {
				return cut(text, 130)
			}
			if text != "" {
				text = strings.TrimSuffix(text, ".") + " · "
			}
			text += s.Title
		}
	}
	return cut(text, 130)
}

// cut shortens text to at most n characters, at a space.
func cut(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	short := string(runes[:n-1])
	if i := strings.LastIndexByte(short, ' '); i > len(short)/2 {
		short = short[:i]
	}
	return strings.TrimRight(short, " ,;:–-") + "…"
}

// minutes is the time it takes to read so many words, 0 where they are not known.
func minutes(words int) int {
	if words == 0 {
		return 0
	}
	return max(1, (words+110)/220)
}
