package desk

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/templates"
)

// An Outside is how tests and checks reach beyond this machine. What is nil is not done.
type Outside struct {
	// Test sends a letter, marked as a test, to one address.
	Test func(ctx context.Context, l compose.Letter, to string) error
	// Relays asks every relay whether it would take mail now.
	Relays func(ctx context.Context) []RelayState
	// Setup is what the settings say of relays.
	Setup func(ctx context.Context, now time.Time) (Setup, error)
	// Standings says how the relays of the settings stand, in their order; nil while this
	// process does not send.
	Standings func(now time.Time) []Standing
	// TryRelay asks a relay, by its place in the settings, whether it would take mail, and
	// sends it a mail if there is one.
	TryRelay func(ctx context.Context, i int, m *TestMail) Trial
	// TXT looks up the text records of a name, as a net.Resolver does.
	TXT func(ctx context.Context, name string) ([]string, error)
	// DKIM are the names of the records that hold the keys mail is signed with here,
	// "s1._domainkey.paper.example"; none where the relay signs.
	DKIM []string
}

// A RelayState is what a relay said.
type RelayState struct {
	Name string
	Err  error // nil when it is there
}

// checkPatience is how long all questions to others may take together.
const checkPatience = 10 * time.Second

// showChecks answers with everything that can be checked before an issue is sent.
func (d *Desk) showChecks(w http.ResponseWriter, r *http.Request) error {
	b, err := d.openBoard(r.Context(), r.PathValue("edition"), false)
	if err != nil {
		return err
	}
	view := templates.DeskSend{Only: true, Slug: b.Edition.Slug, Edition: b.Edition.Name, Language: b.Edition.Languages[0], Number: b.Issue.Number}
	if view.Checks, err = d.ownChecks(r.Context(), b.Draft); err != nil {
		return err
	}
	view.Checks = append(view.Checks, d.outsideChecks(r.Context(), b.Draft)...)
	return d.render(w, r, "send", view)
}

// A proof gathers checks, each good or with what to do.
type proof []templates.DeskCheck

func (p *proof) add(state, word, detail string, pairs ...string) {
	c := templates.DeskCheck{State: state, What: templates.DeskPhrase{Word: word, Pairs: pairs}, Detail: detail}
	if state != good {
		c.Do = templates.DeskPhrase{Word: word + ".do", Pairs: pairs}
	}
	*p = append(*p, c)
}

const good = "good"

// ownChecks are those that need nobody else, and take no time.
func (d *Desk) ownChecks(ctx context.Context, dr publish.Draft) ([]templates.DeskCheck, error) {
	var p proof
	if dr.Issue.State == digest.IssueSkipped {
		p.add(bad, "proof.skip", dr.Issue.Reason)
		return p, nil
	}
	p.sizes(dr.Letters)
	last, err := d.lastSubjects(ctx, dr.Edition.Slug)
	if err != nil {
		return nil, err
	}
	p.subjects(dr.Letters, last)
	p.footers(dr.Letters, d.Publisher.Composer.Paper.Address)
	p.stories(digest.Selection{Stories: dr.Issue.Stories}.In(), dr.Issue.Plan)
	return p, nil
}

func (p *proof) sizes(letters []compose.Letter) {
	largest, trims := 0, ""
	for _, l := range letters {
		largest = max(largest, len(l.HTML))
		if l.Trims != "" {
			trims = l.Trims
		}
	}
	size := strconv.FormatFloat(float64(largest)/1024, 'f', 1, 64)
	switch {
	case largest > clipAt:
		p.add(bad, "proof.clipped", "", "size", size)
	case trims != "":
		p.add(warn, "proof.trimmed", trims, "size", size)
	default:
		p.add(good, "proof.size", "", "size", size)
	}
}

// lastSubjects are those of the edition's latest issue, by language.
func (d *Desk) lastSubjects(ctx context.Context, slug string) (map[string]string, error) {
	issues, err := d.Digest.Issues(ctx, slug, 0, 1)
	if err != nil || len(issues) == 0 {
		return nil, err
	}
	subjects, err := d.Digest.Subjects(ctx, []int64{issues[0].ID})
	last := map[string]string{}
	for _, v := range subjects[issues[0].ID] {
		last[v.Language] = v.Subject
	}
	return last, err
}

// subjects must differ from day to day: mail programs fold letters of one subject into one.
func (p *proof) subjects(letters []compose.Letter, last map[string]string) {
	for _, l := range letters {
		switch {
		case strings.TrimSpace(l.Subject) == "":
			p.add(bad, "proof.nosubject", "", "language", l.Language)
		case l.Subject == last[l.Language]:
			p.add(bad, "proof.samesubject", l.Subject, "language", l.Language)
		case len([]rune(l.Subject)) > 90:
			p.add(warn, "proof.longsubject", l.Subject, "language", l.Language)
		default:
			p.add(good, "proof.subject", l.Subject, "language", l.Language)
		}
	}
}

func (p *proof) footers(letters []compose.Letter, address string) {
	missing := ""
	for _, l := range letters {
		for part, body := range map[string][]byte{"HTML": l.HTML, "text": l.Text} {
			if !bytes.Contains(body, []byte(compose.Unsubscribe)) {
				missing = l.Language + ", " + part
			}
		}
	}
	switch {
	case missing != "":
		p.add(bad, "proof.nounsubscribe", missing)
	case strings.TrimSpace(address) == "":
		p.add(bad, "proof.noaddress", "")
	default:
		p.add(good, "proof.footer", "")
	}
}

func (p *proof) stories(in []digest.Story, plan digest.Plan) {
	var alt, links, changed []string
	pictures := 0
	for _, s := range in {
		if s.Image.URL != "" {
			if pictures++; strings.TrimSpace(s.Image.Alt) == "" {
				alt = append(alt, s.Title)
			}
		}
		if s.URL == "" {
			links = append(links, s.Title)
		}
		if edit := plan.Edits[s.ID]; edit.Title != "" && !s.Updated.IsZero() {
			changed = append(changed, s.Title)
		}
	}
	if len(links) > 0 {
		p.add(bad, "proof.nolink", few(links))
	} else {
		p.add(good, "proof.link", "")
	}
	switch {
	case pictures == 0:
		p.add(warn, "proof.nopictures", "")
	case len(alt) > 0:
		p.add(warn, "proof.noalt", few(alt))
	default:
		p.add(good, "proof.pictures", "", "n", strconv.Itoa(pictures))
	}
	if len(changed) > 0 {
		p.add(warn, "proof.changed", few(changed))
	}
}

// few names some of many.
func few(titles []string) string {
	text := strings.Join(titles[:min(len(titles), 4)], " · ")
	if len(titles) > 4 {
		text += " …"
	}
	return text
}

// outsideChecks ask others, all at once.
func (d *Desk) outsideChecks(ctx context.Context, dr publish.Draft) []templates.DeskCheck {
	ctx, cancel := context.WithTimeout(ctx, checkPatience)
	defer cancel()
	asks := []func(context.Context, *proof){
		d.checkRelays,
		d.checkRecords,
		func(ctx context.Context, p *proof) {
			d.checkLinks(ctx, p, digest.Selection{Stories: dr.Issue.Stories}.In())
		},
	}
	found := make([]proof, len(asks))
	var all sync.WaitGroup
	for i, ask := range asks {
		all.Go(func() { ask(ctx, &found[i]) })
	}
	all.Wait()
	var checks []templates.DeskCheck
	for _, p := range found {
		checks = append(checks, p...)
	}
	return checks
}

func (d *Desk) checkRelays(ctx context.Context, p *proof) {
	if d.Outside.Relays == nil {
		return
	}
	for _, r := range d.Outside.Relays(ctx) {
		if r.Err != nil {
			p.add(bad, "proof.norelay", r.Err.Error(), "name", r.Name)
		} else {
			p.add(good, "proof.relay", "", "name", r.Name)
		}
	}
}

// linksAtOnce is how many pages are asked at the same time.
const linksAtOnce = 6

// checkLinks asks the stories' pages whether they are there.
func (d *Desk) checkLinks(ctx context.Context, p *proof, in []digest.Story) {
	if d.Publisher.Fetcher == nil || len(in) == 0 {
		return
	}
	client, done := d.Publisher.Fetcher.Client()
	defer done()
	said := make([]string, len(in))
	places := make(chan int, len(in))
	for i := range in {
		places <- i
	}
	close(places)
	var workers sync.WaitGroup
	for range min(linksAtOnce, len(in)) {
		workers.Go(func() {
			for i := range places {
				said[i] = d.askPage(ctx, client, in[i].URL)
			}
		})
	}
	workers.Wait()
	var dead []string
	for i, s := range said {
		if s != "" {
			dead = append(dead, in[i].Title+" ("+s+")")
		}
	}
	if len(dead) > 0 {
		p.add(bad, "proof.deadlinks", few(dead))
		return
	}
	p.add(good, "proof.links", "", "n", strconv.Itoa(len(in)))
}

// askPage says what is wrong with a page; "" when it is there.
func (d *Desk) askPage(ctx context.Context, client *http.Client, address string) string {
	if address == "" {
		return ""
	}
	for _, method := range []string{http.MethodHead, http.MethodGet} { // some servers do not know HEAD
		res, err := d.Publisher.Fetcher.Ask(ctx, client, method, address, "text/html, */*;q=0.5")
		if err != nil {
			return err.Error()
		}
		res.Body.Close()
		if res.StatusCode < 400 || method == http.MethodGet && res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusGone && res.StatusCode < 500 {
			return "" // a 403 may be meant for programs only
		}
		if method == http.MethodGet {
			return strconv.Itoa(res.StatusCode) + " " + http.StatusText(res.StatusCode)
		}
	}
	return ""
}
