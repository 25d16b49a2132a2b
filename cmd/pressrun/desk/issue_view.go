package desk

import (
	"cmp"
	"slices"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/event"
	"github.com/pressrun/pressrun/templates"
)

// shownOut is how many of the stories that are out a page shows, unless all are asked for.
const shownOut = 30

// clipAt is where Gmail cuts a letter off, in bytes of its HTML.
const clipAt = 102 << 10

// typed is what an editor wrote and what could not be saved as things stand.
type typed struct {
	letter *templates.DeskWords // subject, preheader and note
	story  int64                // whose words are edited
	edit   digest.Edit
	url    string // of a story to be added
}

func (b *board) view(all bool, typed typed) templates.DeskIssue {
	p := b.plan()
	v := templates.DeskIssue{
		Slug: b.Edition.Slug, Edition: b.Edition.Name, Language: b.Edition.Languages[0], Number: b.Issue.Number, Version: p.Version,
		Slot: b.Issue.Slot, Scheduled: b.scheduled, Paused: b.Edition.Paused, Zone: zoneOf(b.Edition).String(),
		Planned: !p.IsZero(), Ordered: len(p.Order) > 0 || p.Lead != 0, AddURL: typed.url, OneOffs: oneOffsOf(b.Edition, b.now),
		Words: templates.DeskWords{Subject: p.Subject, Preheader: p.Preheader, Note: p.Note},
	}
	if len(b.Letters) > 0 {
		v.Subject = b.Letters[0].Subject
	}
	if typed.letter != nil {
		v.Words = *typed.letter
	}
	if b.Issue.State == digest.IssueSkipped {
		v.Skip = b.Issue.Reason
	}
	for i, ids := range b.shown {
		g := templates.DeskGroup{Language: b.languages[i], Several: len(b.Edition.Languages) > 1 && !b.Edition.Rules.Mixed}
		for n, id := range ids {
			s := b.row(b.stories[id], typed)
			s.First, s.Last, s.Place = n == 0, n == len(ids)-1, n+1
			g.Stories = append(g.Stories, s)
		}
		v.Groups = append(v.Groups, g)
	}
	for _, s := range b.Issue.Stories {
		switch {
		case s.In:
		case s.Reason.Code == digest.ReasonEvent: // it stands below another
		case !all && len(v.Out) >= shownOut:
			v.OutMore++
		default:
			v.Out = append(v.Out, b.row(&s, typed))
		}
	}
	for _, l := range b.Letters {
		v.Letters = append(v.Letters, templates.DeskLetter{
			Language: l.Language, Subject: l.Subject, Size: len(l.HTML), Limit: clipAt, Stories: l.Stories, Trims: l.Trims,
		})
	}
	return v
}

func (b *board) row(s *digest.Story, typed typed) templates.DeskStory {
	p := b.plan()
	row := templates.DeskStory{
		ID: s.ID, Title: s.Title, URL: s.URL, Summary: digest.PlainText(s.Summary), Source: b.sources[s.SourceID], Section: s.Section,
		Language: s.Language, Picture: cmp.Or(s.Image.Small, s.Image.URL), Alt: s.Image.Alt, Published: s.Published.In(zoneOf(b.Edition)), Proven: s.DateFrom.Proven(),
		Reason: reasonPhrase(s.Reason), In: s.In, Lead: s.Lead, Edited: s.Edited, Again: s.Again,
		Pinned: slices.Contains(p.Pinned, s.ID) || p.Lead == s.ID, Hidden: slices.Contains(p.Hidden, s.ID), Apart: slices.Contains(p.Apart, s.ID),
		Sent: s.Reason.Code == digest.ReasonSent || s.Reason.Code == digest.ReasonGone,
		Edit: templates.DeskWords{Subject: p.Edits[s.ID].Title, Preheader: p.Edits[s.ID].Summary},
	}
	if typed.story == s.ID {
		row.Edit, row.Typed = templates.DeskWords{Subject: typed.edit.Title, Preheader: typed.edit.Summary}, true
	}
	for _, a := range s.Also {
		also := templates.DeskAlso{ID: a.ID, Title: a.Title, URL: a.URL, Why: a.Why}
		if below := b.stories[a.ID]; below != nil {
			also.Source, also.Language = b.sources[below.SourceID], below.Language
		}
		row.Also = append(row.Also, also)
	}
	if s.In {
		row.Likely = b.likely(s.ID)
	}
	return row
}

// likely are the stories that may tell of the same event as one that is in.
func (b *board) likely(id int64) (found []templates.DeskAlso) {
	for _, s := range b.Suggestions {
		other := s.B
		if s.B == id {
			other = s.A
		} else if s.A != id {
			continue
		}
		if it := b.stories[other]; it != nil && !below(it) && !slices.Contains(b.plan().Hidden, other) {
			found = append(found, templates.DeskAlso{ID: it.ID, Title: it.Title, URL: it.URL, Language: it.Language, Source: b.sources[it.SourceID], Why: whyLike(s)})
		}
	}
	return found
}

func below(s *digest.Story) bool { return s.Reason.Code == digest.ReasonEvent }

func whyLike(s event.Suggestion) []string { return s.Why[:min(len(s.Why), 4)] }

// reasonPhrase says a reason in the language of the desk.
func reasonPhrase(r digest.Reason) templates.DeskPhrase {
	word := "reason." + string(r.Code)
	switch {
	case r.Code == digest.ReasonNotTopic:
		word = "reason.not-topic"
	case r.Code == digest.ReasonFew: // reason.few would be a plural
		word = "reason.too-few"
	case r.Detail == "" && (r.Code == digest.ReasonAuthor || r.Code == digest.ReasonWord || r.Code == digest.ReasonPulled):
		word += ".none"
	case r.Code == digest.ReasonOld || r.Code == digest.ReasonGone: // an age, or what a page said
		return templates.DeskPhrase{Word: word, Said: []string{"detail", r.Detail}}
	}
	return templates.DeskPhrase{Word: word, Pairs: []string{"detail", r.Detail}}
}
