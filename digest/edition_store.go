package digest

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/language"
)

var slugForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// Check returns an error that names the first thing wrong with e.
func (e Edition) Check() error {
	switch {
	case !slugForm.MatchString(e.Slug):
		return fmt.Errorf("the edition's short name %q must be 1 to 40 small letters, digits or hyphens, with no hyphen at its ends, such as “daily”", e.Slug)
	case strings.TrimSpace(e.Name) == "":
		return errors.New("the edition needs a name that readers see, such as “Daily”")
	case len(e.Languages) == 0:
		return errors.New("the edition needs at least one language, such as en or ar")
	case e.Rules.Max < 0 || e.Rules.Min < 0 || e.Rules.MaxAge < 0:
		return errors.New("max, min and max-age cannot be below zero; 0 means no limit")
	case e.Rules.Max > 0 && e.Rules.Min > e.Rules.Max:
		return fmt.Errorf("an issue cannot need at least %d stories and take at most %d; lower min or raise max", e.Rules.Min, e.Rules.Max)
	case e.Doubt != DoubtResend && e.Doubt != DoubtHold:
		return fmt.Errorf("doubt is %q; write resend or hold", e.Doubt)
	case e.Rules.Lead != LeadNewest && e.Rules.Lead != LeadPicture && e.Rules.Lead != LeadSection:
		return fmt.Errorf("lead is %q; write newest, picture or section", e.Rules.Lead)
	}
	if l := e.Rules.Look; l.HijriShift < -1 || l.HijriShift > 1 {
		return fmt.Errorf("the Hijri date can be shifted by -1, 0 or 1 day, not by %d", l.HijriShift)
	} else if l.Digits != "" && l.Digits != "arab" {
		return fmt.Errorf("digits is %q; write latin or arab", l.Digits)
	} else if l.Pictures != PicturesOurs && l.Pictures != PicturesSource && l.Pictures != PicturesNone {
		return fmt.Errorf("pictures is %q; write ours, source or none", l.Pictures)
	}
	for section, n := range e.Rules.Quotas {
		if n < 1 {
			return fmt.Errorf("the share of section %s is %d; give it at least 1, or leave the section out with not-topics", section, n)
		}
	}
	have := map[string]string{}
	for _, tag := range e.Languages {
		parsed, err := language.Parse(tag)
		if err != nil || strings.Contains(tag, "_") {
			return fmt.Errorf("%q is not a language; write a tag such as en, ar or pt-BR", tag)
		}
		b, _ := parsed.Base()
		if other := have[b.String()]; other != "" {
			return fmt.Errorf("%s and %s are one language to readers; keep one of them, or make two editions", other, tag)
		}
		have[b.String()] = tag
	}
	if err := e.Approval.Check(); err != nil {
		return err
	}
	return e.Schedule.Check()
}

// PutEdition saves e under its slug and returns it with its ID.
func (s *Store) PutEdition(ctx context.Context, e Edition, now time.Time) (Edition, error) {
	if err := e.Check(); err != nil {
		return e, err
	}
	rules, err := json.Marshal(e.Rules)
	if err != nil {
		return e, err
	}
	timing, err := json.Marshal(moreOfEdition{e.Schedule.Holidays, e.Schedule.Useful, e.Schedule.Late, e.Approval})
	if err != nil {
		return e, err
	}
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`
			INSERT INTO edition (slug, name, languages, rules, cron, zone, doubt, paused, added, since, timing)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)
			ON CONFLICT (slug) DO UPDATE SET name = ?2, languages = ?3, rules = ?4, cron = ?5, zone = ?6, doubt = ?7, paused = ?8, timing = ?10,
				since = CASE WHEN edition.cron <> ?5 OR edition.zone <> ?6 OR edition.paused > ?8 THEN ?9 ELSE edition.since END
			RETURNING id, added`,
			e.Slug, e.Name, strings.Join(e.Languages, "\n"), string(rules), e.Schedule.Cron, e.Schedule.Zone,
			string(e.Doubt), e.Paused, now.Unix(), string(timing)).Scan(&e.ID, (*unixTime)(&e.Added))
	})
	if err != nil {
		return e, fmt.Errorf("save edition %s: %w", e.Slug, err)
	}
	return e, nil
}

// Editions returns all editions in the order they were added.
func (s *Store) Editions(ctx context.Context) ([]Edition, error) {
	return s.editions(ctx, `SELECT `+editionColumns+` FROM edition ORDER BY id`)
}

// Edition returns the edition with this slug, or ErrNotFound.
func (s *Store) Edition(ctx context.Context, slug string) (Edition, error) {
	editions, err := s.editions(ctx, `SELECT `+editionColumns+` FROM edition WHERE slug = ?1`, slug)
	if err == nil && len(editions) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Edition{}, fmt.Errorf("edition %q: %w", slug, err)
	}
	return editions[0], nil
}

const editionColumns = `id, slug, name, languages, rules, cron, zone, doubt, paused, added, timing`

// moreOfEdition is what else is kept of when an edition goes out, as JSON.
type moreOfEdition struct {
	Holidays []Holiday `json:"holidays,omitempty"`
	Useful   string    `json:"useful,omitempty"`
	Late     LateRule  `json:"late,omitempty"`
	Approval Approval  `json:"approval,omitzero"`
}

func (s *Store) editions(ctx context.Context, query string, args ...any) (editions []Edition, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e Edition
			var languages, rules, timing string
			if err := rows.Scan(&e.ID, &e.Slug, &e.Name, &languages, &rules, &e.Schedule.Cron, &e.Schedule.Zone,
				&e.Doubt, &e.Paused, (*unixTime)(&e.Added), &timing); err != nil {
				return err
			}
			e.Languages = lines(languages)
			if err := json.Unmarshal([]byte(rules), &e.Rules); err != nil {
				return fmt.Errorf("read rules of edition %s: %w", e.Slug, err)
			}
			var m moreOfEdition
			if err := json.Unmarshal([]byte(timing), &m); err != nil {
				return fmt.Errorf("read when edition %s goes out: %w", e.Slug, err)
			}
			e.Schedule.Holidays, e.Schedule.Useful, e.Schedule.Late, e.Approval = m.Holidays, m.Useful, m.Late, m.Approval
			editions = append(editions, e)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		open, err := openOneOffs(tx)
		for i := range editions {
			editions[i].Schedule.OneOffs = open[editions[i].ID]
		}
		return err
	})
	return editions, err
}
