package templates

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"slices"
	"time"
)

// A Notice is a letter to an editor about an issue: it asks to approve its draft, which it
// brings along, or tells why an issue was not sent.
type Notice struct {
	Paper    Paper
	Kind     NoticeKind
	Language string // BCP 47
	Edition  string
	Due      time.Time // in the edition's zone
	// Silence is what happens when nobody answers: "send", "hold" or "headlines".
	Silence string
	Four    bool     // two editors must approve
	Reasons []string // why issues were not sent, or why there would be none
	// Approve, Hold and Open are where its links lead. A notice about what was not sent has
	// Open alone.
	Approve, Hold, Open string
	Draft               Email // the letter, zero for none
}

// NoticeKind says what a notice is about; site/words has its sentences as "ask.draft" and so
// on.
type NoticeKind string

const (
	NoticeDraft     NoticeKind = "draft"
	NoticeWithdrawn NoticeKind = "withdrawn"
	NoticeSkipped   NoticeKind = "skipped"
)

// A noticeView is what email/notice.html and email/notice.txt see.
type noticeView struct {
	Notice
	block
	Subject string
	Says    []string // sentences
	Links   []noticeLink
	Foot    string
	Light   palette
	Ink     template.CSS // on a button
}

type noticeLink struct {
	Name, URL string
	First     bool
}

var bodyTag = regexp.MustCompile(`(?i)<body[^>]*>`)

// Notice sets a notice. A draft's letter follows it, as readers would get it.
func (s *Set) Notice(n Notice) (NoteEmail, error) {
	lex := s.lexiconOf(n.Language)
	n.Language, n.Reasons = lex.tag, slices.Clone(n.Reasons)
	v := noticeView{Notice: n, block: newBlock(n.Language)}
	v.Light, _ = sitePalettes(n.Paper.Accent)
	v.Ink = v.Light.Sheet
	for i, reason := range n.Reasons {
		v.Reasons[i] = s.said[lex.tag].plain(reason)
	}
	if err := v.fill(lex); err != nil {
		return NoteEmail{}, err
	}
	var page, text bytes.Buffer
	if err := s.email.ExecuteTemplate(&page, "email/notice.html", v); err != nil {
		return NoteEmail{}, explain(err)
	}
	if err := s.text.ExecuteTemplate(&text, "email/notice.txt", v); err != nil {
		return NoteEmail{}, explain(err)
	}
	out := NoteEmail{Email{HTML: page.Bytes(), Text: tidy(text.Bytes())}, v.Subject, n.Language}
	if len(n.Draft.HTML) == 0 {
		out.HTML = fmt.Appendf(nil, "<!DOCTYPE html>\n<html lang=\"%s\" dir=\"%s\"><head><meta charset=\"utf-8\"><title>%s</title></head>\n<body style=\"margin:0\">\n%s</body></html>\n",
			v.Lang, v.Dir, html.EscapeString(v.Subject), page.Bytes())
	} else if at := bodyTag.FindIndex(n.Draft.HTML); at != nil {
		out.HTML = bytes.Join([][]byte{n.Draft.HTML[:at[1]], page.Bytes(), n.Draft.HTML[at[1]:]}, nil)
		out.Text = append(append(out.Text, '\n'), n.Draft.Text...)
	}
	return out, nil
}

// fill writes the sentences of a notice.
func (v *noticeView) fill(lex lexicon) (err error) {
	var failed error
	say := func(name string, pairs ...string) string {
		sentence, err := lex.plain(name, pairs...)
		if err != nil && failed == nil {
			failed = err
		}
		return sentence
	}
	when := v.Due.Format("2006-01-02 15:04 MST")
	if v.Dir == "rtl" { // or its parts would stand in reverse order
		when = "\u2066" + when + "\u2069"
	}
	name := "ask." + string(v.Kind)
	v.Subject = say(name, "edition", v.Edition, "time", when)
	v.Says = []string{say(name+".text", "paper", v.Paper.Name, "time", when)}
	v.Foot = say("ask.links")
	if v.Kind == NoticeSkipped {
		v.Says = append(v.Says, v.Reasons...)
		v.Links = []noticeLink{{say("ask.look"), v.Open, true}}
		return failed
	}
	for _, reason := range v.Reasons {
		v.Says = append(v.Says, say("ask.none", "reason", reason))
	}
	if v.Four {
		v.Says = append(v.Says, say("ask.four"))
	}
	v.Says = append(v.Says, say("ask.silence."+v.Silence))
	v.Links = []noticeLink{{say("ask.approve"), v.Approve, true}, {say("ask.hold"), v.Hold, false}, {say("ask.open"), v.Open, false}}
	return failed
}
