package desk

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/publish"
	"github.com/pressrun/pressrun/templates"
)

// planActs are the acts of the log that change an issue before it goes out.
var planActs = []string{"order", "story", "words", "letter", "add-story", "plan-reset", "send"}

// What cannot be longer; a form's field says so too.
const (
	maxSubject = 200
	maxSummary = 1000
	maxNote    = 4000
)

// replan changes what the editors want of the next issue. Whoever did not see the last
// version is shown it, with what they typed, and nothing changes.
func (d *Desk) replan(w http.ResponseWriter, r *http.Request, act string, keep typed, change func(b *board, p digest.Plan) (to digest.Plan, anchor, detail string, err error)) error {
	ctx := r.Context()
	b, err := d.openBoard(ctx, r.PathValue("edition"), false)
	if err != nil {
		return err
	}
	if r.PostFormValue("version") != strconv.Itoa(b.plan().Version) {
		return d.stale(w, r, keep)
	}
	p := b.plan()
	p.Edits = maps.Clone(p.Edits)
	p, anchor, detail, err := change(b, p)
	if err != nil {
		return d.againIssue(w, r, err, keep)
	}
	if _, err = d.Digest.PutPlan(ctx, b.Edition.ID, p); errors.Is(err, digest.ErrPlanChanged) {
		return d.stale(w, r, keep)
	} else if err != nil {
		return err
	}
	if err := d.note(r, act, b.Edition.Slug, detail); err != nil {
		return err
	}
	path := "/desk/issue/" + b.Edition.Slug
	if anchor != "" { // the sentence that it is saved would be out of sight
		return d.back(w, r, path+"#"+anchor, "")
	}
	return d.back(w, r, path, "saved")
}

// againIssue shows the issue with what was typed, and says what is wrong with it.
func (d *Desk) againIssue(w http.ResponseWriter, r *http.Request, why error, keep typed) error {
	view, err := d.issueView(r, keep)
	if err != nil {
		return err
	}
	return d.again(w, r, "issue", why, view)
}

// stale shows the issue as it is now to somebody who saw another, and says who changed it.
func (d *Desk) stale(w http.ResponseWriter, r *http.Request, keep typed) error {
	view, err := d.issueView(r, keep)
	if err != nil {
		return err
	}
	said, err := d.whoChanged(r, r.PathValue("edition"))
	if err != nil {
		return err
	}
	return d.renderStatus(w, r, http.StatusConflict, "issue", said, view)
}

// whoChanged is the sentence for those who did not see a change.
func (d *Desk) whoChanged(r *http.Request, slug string) (string, error) {
	change, err := d.lastChange(r.Context(), slug)
	if err != nil {
		return "", err
	}
	if change.Name == "" || time.Since(change.At) > 12*time.Hour {
		return d.Pages.Say(d.language(r), "issue.stale"), nil
	}
	return d.Pages.Say(d.language(r), "issue.stale.by", "name", change.Name, "time", change.At.Format("15:04")), nil
}

// changeStory does one thing to one story.
func (d *Desk) changeStory(w http.ResponseWriter, r *http.Request) error {
	do, id, other := r.PostFormValue("do"), number(r.PostFormValue("id")), number(r.PostFormValue("with"))
	if rest, ok := strings.CutPrefix(do, "split:"); ok { // a button has one value
		do, other = "split", number(rest)
	} else if rest, ok := strings.CutPrefix(do, "join:"); ok {
		do, other = "join", number(rest)
	}
	return d.replan(w, r, "story", typed{}, func(b *board, p digest.Plan) (digest.Plan, string, string, error) {
		s := b.stories[id]
		if s == nil {
			return p, "", "", d.wrong(r, "wrong.story")
		}
		p, err := storyChanged(b, p, do, id, other)
		if err != nil {
			return p, "", "", d.wrong(r, "wrong.act")
		}
		return p, "story-" + strconv.FormatInt(id, 10), do + ": " + s.Title, nil
	})
}

// errAct says that nothing of that name can be done to a story as it stands.
var errAct = errors.New("this cannot be done to the story as it stands")

func storyChanged(b *board, p digest.Plan, do string, id, other int64) (digest.Plan, error) {
	at := b.language(id)
	switch do {
	case "up", "down":
		if at < 0 {
			return p, errAct
		}
		by := map[string]int{"up": -1, "down": 1}[do]
		return arranged(p, b.shown, at, moved(b.shown[at], id, by)), nil
	case "lead":
		p.Hidden = without(p.Hidden, id)
		return leading(p, b.shown, id), nil
	case "pin":
		p = p.Pin(id)
	case "unpin":
		p.Pinned = without(p.Pinned, id)
	case "hide":
		p.Hidden, p.Pinned, p.Order = with(p.Hidden, id), without(p.Pinned, id), without(p.Order, id)
		if p.Lead == id {
			p.Lead = 0
		}
	case "show":
		p.Hidden = without(p.Hidden, id)
	case "split":
		p.Apart = with(p.Apart, other)
		p.Joined = slices.DeleteFunc(slices.Clone(p.Joined), func(pair [2]int64) bool { return pair[1] == other })
	case "together":
		p.Apart = without(p.Apart, id)
	case "join":
		if b.stories[other] == nil || other == id {
			return p, errAct
		}
		p.Apart = without(without(p.Apart, other), id)
		p.Pinned, p.Order = without(p.Pinned, other), without(p.Order, other)
		if p.Lead == other {
			p.Lead = 0
		}
		p.Joined = append(slices.Clone(p.Joined), [2]int64{id, other})
	default:
		return p, errAct
	}
	return p, nil
}

// wrong is an error that editors read in their language.
func (d *Desk) wrong(r *http.Request, word string, pairs ...string) error {
	return errors.New(d.Pages.Say(d.language(r), word, pairs...))
}

// reorder takes the order of the stories of one language as they were dragged.
func (d *Desk) reorder(w http.ResponseWriter, r *http.Request) error {
	return d.replan(w, r, "order", typed{}, func(b *board, p digest.Plan) (digest.Plan, string, string, error) {
		var ids []int64
		for _, s := range r.PostForm["id"] {
			if id := number(s); !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 || b.language(ids[0]) < 0 {
			return p, "", "", d.wrong(r, "wrong.order")
		}
		at := b.language(ids[0])
		ids = slices.DeleteFunc(ids, func(id int64) bool { return b.language(id) != at })
		for _, id := range b.shown[at] { // those that came in meanwhile
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		var titles []string
		for _, id := range ids[:min(len(ids), 5)] {
			titles = append(titles, b.stories[id].Title)
		}
		anchor := ""
		if id := number(r.PostFormValue("at")); id != 0 {
			anchor = "story-" + strconv.FormatInt(id, 10)
		}
		return arranged(p, b.shown, at, ids), anchor, strings.Join(titles, "; "), nil
	})
}

// changeWords sets another headline and summary for a story, in this issue only.
func (d *Desk) changeWords(w http.ResponseWriter, r *http.Request) error {
	id := number(r.PostFormValue("id"))
	edit := digest.Edit{Title: digest.OneLine(r.PostFormValue("title")), Summary: strings.TrimSpace(strings.ReplaceAll(r.PostFormValue("summary"), "\r\n", "\n"))}
	keep := typed{story: id, edit: edit}
	return d.replan(w, r, "words", keep, func(b *board, p digest.Plan) (digest.Plan, string, string, error) {
		s := b.stories[id]
		switch {
		case s == nil:
			return p, "", "", d.wrong(r, "wrong.story")
		case len([]rune(edit.Title)) > maxSubject || len([]rune(edit.Summary)) > maxSummary:
			return p, "", "", d.wrong(r, "wrong.long")
		}
		if p.Edits == nil {
			p.Edits = map[int64]digest.Edit{}
		}
		// The fields have the story's own words until somebody writes others.
		before, edit := p.Edits[id], edit
		if edit.Title == s.Title {
			edit.Title = before.Title
		}
		if edit.Summary == digest.PlainText(s.Summary) {
			edit.Summary = before.Summary
		}
		detail := "“" + s.Title + "” → “" + edit.Title + "”"
		p.Edits[id] = edit
		if edit == (digest.Edit{}) || r.PostFormValue("do") == "drop" {
			delete(p.Edits, id)
			detail = "as the source has it: " + s.Title
		}
		return p, "story-" + strconv.FormatInt(id, 10), detail, nil
	})
}

// changeLetter sets what is said above the stories: the subject, the line after it, and a
// note from the editor.
func (d *Desk) changeLetter(w http.ResponseWriter, r *http.Request) error {
	words := templates.DeskWords{
		Subject: strings.TrimSpace(r.PostFormValue("subject")), Preheader: strings.TrimSpace(r.PostFormValue("preheader")),
		Note: strings.TrimSpace(strings.ReplaceAll(r.PostFormValue("note"), "\r\n", "\n")),
	}
	return d.replan(w, r, "letter", typed{letter: &words}, func(_ *board, p digest.Plan) (digest.Plan, string, string, error) {
		if len([]rune(words.Subject)) > maxSubject || len([]rune(words.Preheader)) > maxSubject || len([]rune(words.Note)) > maxNote {
			return p, "", "", d.wrong(r, "wrong.long")
		}
		p.Subject, p.Preheader, p.Note = words.Subject, words.Preheader, words.Note
		return p, "letter", fmt.Sprintf("subject “%s”, %d characters of note", words.Subject, len([]rune(words.Note))), nil
	})
}

// resetPlan leaves the order, or everything, to the rules again.
func (d *Desk) resetPlan(w http.ResponseWriter, r *http.Request) error {
	return d.replan(w, r, "plan-reset", typed{}, func(_ *board, p digest.Plan) (digest.Plan, string, string, error) {
		if r.PostFormValue("what") == "order" {
			p.Order, p.Lead = nil, 0
			return p, "", "order", nil
		}
		return digest.Plan{Version: p.Version}, "", "everything", nil
	})
}

// addStory reads an article's page, and puts it into the issue.
func (d *Desk) addStory(w http.ResponseWriter, r *http.Request) error {
	address := strings.TrimSpace(r.PostFormValue("url"))
	keep := typed{url: address}
	if d.Publisher.Fetcher == nil || address == "" {
		return d.againIssue(w, r, &told{http.StatusUnprocessableEntity, d.wrong(r, "wrong.url")}, keep)
	}
	added, err := d.Publisher.Article(r.Context(), address, "desk", d.Paper, time.Now())
	var unread *publish.UnreadError
	if errors.As(err, &unread) {
		return d.againIssue(w, r, &told{http.StatusUnprocessableEntity, unread.Err}, keep)
	}
	if err != nil {
		return err
	}
	return d.replan(w, r, "add-story", keep, func(b *board, p digest.Plan) (digest.Plan, string, string, error) {
		switch s := b.Issue.StoryAt(added); {
		case s.ID == 0:
			return p, "", "", d.wrong(r, "wrong.known")
		case s.Reason.Code == digest.ReasonSent:
			return p, "", "", d.wrong(r, "wrong.sent", "number", s.Reason.Detail)
		default:
			return p.Pin(s.ID), "story-" + strconv.FormatInt(s.ID, 10), s.URL, nil
		}
	})
}
