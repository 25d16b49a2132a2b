package api

import (
	"time"

	"github.com/pressrun/pressrun/digest"
)

// A story as programs see it, in an issue or left out of it.
type story struct {
	ID        int64       `json:"id"`
	URL       string      `json:"url"`
	Title     string      `json:"title"`
	Summary   string      `json:"summary,omitempty"` // inline HTML
	Author    string      `json:"author,omitempty"`
	Section   string      `json:"section,omitempty"`
	Topics    []string    `json:"topics,omitempty"`
	Language  string      `json:"language,omitempty"`
	Image     *picture    `json:"image,omitempty"`
	Published time.Time   `json:"published,omitzero"`
	DateFrom  string      `json:"date_from,omitempty"`
	In        bool        `json:"in"`
	Lead      bool        `json:"lead,omitempty"`
	Place     int         `json:"place,omitempty"` // from 1 among those that are in
	Reason    reason      `json:"reason"`
	Also      []alsoStory `json:"also,omitempty"`
	Edited    bool        `json:"edited,omitempty"`
	Again     bool        `json:"again,omitempty"`
}

type picture struct {
	URL    string `json:"url"`
	Alt    string `json:"alt,omitempty"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
}

// A reason why a story is in or out: for programs, and as a sentence.
type reason struct {
	Code   digest.ReasonCode `json:"code"`
	Detail string            `json:"detail,omitempty"`
	Text   string            `json:"text"`
}

type alsoStory struct {
	ID    int64    `json:"id"`
	Title string   `json:"title"`
	URL   string   `json:"url"`
	Why   []string `json:"why,omitempty"`
}

func viewStory(s digest.Story) story {
	v := story{
		ID: s.ID, URL: s.URL, Title: s.Title, Summary: s.Summary, Author: s.Author, Section: s.Section, Topics: s.Topics,
		Language: s.Language, Published: utc(s.Published), DateFrom: string(s.DateFrom),
		In: s.In, Lead: s.Lead, Place: s.Place, Reason: reason{s.Reason.Code, s.Reason.Detail, s.Reason.String()},
		Edited: s.Edited, Again: s.Again,
	}
	if s.Image.URL != "" {
		v.Image = &picture{s.Image.URL, s.Image.Alt, s.Image.Width, s.Image.Height}
	}
	for _, also := range s.Also {
		v.Also = append(v.Also, alsoStory{also.ID, also.Title, also.URL, also.Why})
	}
	return v
}

func viewStories(all []digest.Story) []story {
	views := []story{}
	for _, s := range all {
		views = append(views, viewStory(s))
	}
	return views
}

// A draft is the next issue as it would go out.
type draft struct {
	Edition     string       `json:"edition"`
	Number      int          `json:"number"`
	At          time.Time    `json:"at"`
	Skip        string       `json:"skip,omitempty"` // why it would be skipped
	PlanVersion int          `json:"plan_version"`
	Approval    approval     `json:"approval"` // of the next run
	Stories     []story      `json:"stories"`
	Letters     []letter     `json:"letters"`
	Suggestions []suggestion `json:"suggestions"`
}

// A letter is what the readers of one language would get.
type letter struct {
	Language string `json:"language"`
	Subject  string `json:"subject"`
	Stories  int    `json:"stories"`
	Bytes    int    `json:"bytes"`
	Trims    string `json:"trims,omitempty"` // what the size left no room for
}

// A suggestion names two stories that may tell of one event; an editor decides.
type suggestion struct {
	A     int64    `json:"a"`
	B     int64    `json:"b"`
	Score float64  `json:"score"`
	Why   []string `json:"why,omitempty"`
}

func (a *API) showDraft(c *call) (answer, error) {
	at, err := c.moment("at", c.now)
	if err != nil {
		return answer{}, err
	}
	d, err := a.Publisher.Draft(c.Context(), c.PathValue("edition"), at, false)
	if err != nil {
		return answer{}, err
	}
	v := draft{
		Edition: d.Edition.Slug, Number: d.Issue.Number, At: utc(at), Skip: d.Issue.Reason, PlanVersion: d.Issue.Plan.Version,
		Stories: viewStories(d.Issue.Stories), Letters: []letter{}, Suggestions: []suggestion{},
	}
	if v.Approval, err = a.approvalOf(c.Context(), d.Edition, c.now); err != nil {
		return answer{}, err
	}
	for _, l := range d.Letters {
		v.Letters = append(v.Letters, letter{l.Language, l.Subject, l.Stories, l.Message.Size(), l.Trims})
	}
	for _, s := range d.Suggestions {
		v.Suggestions = append(v.Suggestions, suggestion{s.A, s.B, s.Score, s.Why})
	}
	return answer{body: v}, nil
}
