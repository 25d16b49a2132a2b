package subscribers

import (
	"context"
	"fmt"
)

// A Profile is what can be changed of a subscriber. What is nil stays.
type Profile struct {
	Name, Language *string
	Format         *Format
	Uncounted      *bool // wants no links that are counted
}

// A FieldError says in a sentence what is wrong with a field.
type FieldError struct {
	Field string
	Err   error
}

// Error implements error.
func (e *FieldError) Error() string { return e.Err.Error() }

// Unwrap returns the sentence.
func (e *FieldError) Unwrap() error { return e.Err }

// SetProfile changes a subscriber. Where a field is wrong the error is a *FieldError, and
// nothing is changed; of one who is not there it is ErrNotFound.
func (s *Store) SetProfile(ctx context.Context, subscriberID int64, p Profile) error {
	var name, language string
	var err error
	if p.Name != nil {
		if name, err = cleanName(*p.Name); err != nil {
			return &FieldError{"name", err}
		}
		p.Name = &name
	}
	if p.Language != nil {
		if language, err = cleanLanguage(*p.Language); err != nil {
			return &FieldError{"language", err}
		}
		p.Language = &language
	}
	if p.Format != nil && *p.Format != HTML && *p.Format != Text {
		return &FieldError{"format", fmt.Errorf("format %.40q is not known; use %q or %q", *p.Format, HTML, Text)}
	}
	return s.setProfile(ctx, `
		UPDATE subscriber SET name = coalesce(?2, name), language = coalesce(?3, language), format = coalesce(?4, format),
			uncounted = coalesce(?5, uncounted) WHERE id = ?1`,
		subscriberID, p.Name, p.Language, p.Format, p.Uncounted)
}
