package site

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/compose"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// A Postman takes the letters that readers are owed to the outbox. Of several on one
// database each letter goes out once: the outbox takes a kind and ref once only. All
// fields must be set.
type Postman struct {
	Readers  *subscribers.Store
	Digest   *digest.Store
	Composer *compose.Composer
	Queue    *outbox.Queue
	// Welcome writes the letters that bring a new reader their first issue.
	Welcome func(ctx context.Context, letter subscribers.LetterDue) error
	Log     *slog.Logger
}

const (
	round    = 200              // letters at a time
	look     = time.Minute      // between two looks for what became due, as a reminder
	lookSoon = 10 * time.Second // after a fault
)

// Run takes letters until ctx ends: at once when one is wanted, and every minute.
func (p *Postman) Run(ctx context.Context) error {
	for {
		wait := look
		if err := p.Go(ctx); err != nil && ctx.Err() == nil {
			wait = lookSoon
			p.Log.Error("letters to readers could not be handed to the outbox; they are tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-p.Readers.Wanted():
		case <-time.After(wait):
		}
	}
}

// Go takes all letters that are due now. One that cannot be written keeps back no other.
func (p *Postman) Go(ctx context.Context) error {
	t := trip{Postman: p, letters: map[string]outbox.Letter{}, left: map[string]bool{}}
	for {
		due, err := p.Readers.LettersDue(ctx, time.Now(), round+len(t.left))
		if err != nil {
			return err
		}
		due = slices.DeleteFunc(due, func(d subscribers.LetterDue) bool { return t.left[name(d)] })
		if len(due) == 0 {
			return t.failed
		}
		handed := t.hand(ctx, due)
		if err := p.Readers.LettersHanded(ctx, handed, time.Now()); err != nil {
			return errors.Join(t.failed, err)
		}
	}
}

// A trip is one round to the outbox and back.
type trip struct {
	*Postman
	letters map[string]outbox.Letter // by what they say
	left    map[string]bool          // letters that could not be handed over
	failed  error                    // why the first could not
}

func name(d subscribers.LetterDue) string { return fmt.Sprintf("%s %d", d.Kind, d.Ref) }

func (t *trip) leave(err error, letters ...subscribers.LetterDue) {
	for _, d := range letters {
		t.left[name(d)] = true
	}
	t.failed = cmp.Or(t.failed, err)
}

// hand takes letters to the outbox and returns those that arrived there.
func (t *trip) hand(ctx context.Context, due []subscribers.LetterDue) (handed []subscribers.LetterDue) {
	var notes []subscribers.LetterDue
	var letters []outbox.Letter
	for _, d := range due {
		if d.Kind == subscribers.LetterWelcome {
			if err := t.Welcome(ctx, d); err != nil {
				t.leave(fmt.Errorf("welcome a reader: %w", err), d)
			} else {
				handed = append(handed, d)
			}
			continue
		}
		l, err := t.letter(ctx, d)
		if err != nil {
			t.leave(err, d)
			continue
		}
		notes = append(notes, d)
		letters = append(letters, l)
	}
	if len(letters) == 0 {
		return handed
	}
	if err := t.Queue.PutLetters(ctx, letters, time.Now()); err != nil {
		t.leave(err, notes...)
		return handed
	}
	return append(handed, notes...)
}

// letter sets a note. Those that say the same share a message.
func (t *trip) letter(ctx context.Context, d subscribers.LetterDue) (l outbox.Letter, err error) {
	note := compose.Note{Kind: templates.NoteKind(d.Kind), Language: d.Language, Text: d.Format == subscribers.Text}
	for _, slug := range d.Editions {
		e, err := t.Digest.Edition(ctx, slug)
		if errors.Is(err, digest.ErrNotFound) {
			e.Name = slug
		} else if err != nil {
			return l, err
		} else {
			note.Language = cmp.Or(note.Language, e.Languages[0])
		}
		note.Editions = append(note.Editions, e.Name)
	}
	key := strings.Join(append([]string{string(note.Kind), note.Language, fmt.Sprint(note.Text)}, note.Editions...), "\x00")
	l, known := t.letters[key]
	if !known {
		if l.Message, err = t.Composer.Note(note); err != nil {
			return l, err
		}
		t.letters[key] = l
	}
	l.Kind, l.Ref = string(d.Kind), d.Ref
	return l, nil
}

// NoteValues returns what is spliced into a letter of that kind, but for the welcome: the
// token of the link in it, good until it expires.
func NoteValues(keys *subscribers.Keys, kind string, ref, subscriber int64, expires time.Time) []string {
	switch subscribers.LetterKind(kind) {
	case subscribers.LetterAlready:
		return []string{keys.Token(subscribers.Preferences, subscriber)}
	case subscribers.LetterChange:
		return []string{keys.TokenUntil(subscribers.Change, ref, expires)}
	}
	return []string{keys.TokenUntil(subscribers.Confirm, ref, expires)}
}
