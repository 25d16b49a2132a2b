package digest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// PutVariants keeps what an issue looks like in each language, the edition's first
// language first. What is there already stays: an issue is frozen.
func (s *Store) PutVariants(ctx context.Context, variants []Variant) error {
	return s.db.Update(ctx, func(tx *sql.Tx) error { return insertVariants(tx, variants) })
}

func insertVariants(tx *sql.Tx, variants []Variant) error {
	for i, v := range variants {
		_, err := tx.Exec(`
			INSERT INTO variant (issue_id, place, language, subject, html, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
			ON CONFLICT (issue_id, language) DO NOTHING`,
			v.IssueID, i, v.Language, v.Subject, v.HTML, v.Text)
		if err != nil {
			return fmt.Errorf("save variant %s: %w", v.Language, err)
		}
	}
	return nil
}

// Variants returns an issue's variants, the edition's first language first.
func (s *Store) Variants(ctx context.Context, issueID int64) (variants []Variant, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT issue_id, language, subject, html, text FROM variant WHERE issue_id = ?1 ORDER BY place`, issueID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var v Variant
			if err := rows.Scan(&v.IssueID, &v.Language, &v.Subject, &v.HTML, &v.Text); err != nil {
				return err
			}
			variants = append(variants, v)
		}
		return rows.Err()
	})
	return variants, err
}

// Subjects returns the variants of issues without their bodies, the edition's first
// language first: a list of issues needs no more. It takes up to 30,000 at a time.
func (s *Store) Subjects(ctx context.Context, issueIDs []int64) (map[int64][]Variant, error) {
	subjects := make(map[int64][]Variant, len(issueIDs))
	if len(issueIDs) == 0 {
		return subjects, nil
	}
	wanted := make([]any, len(issueIDs))
	for i, id := range issueIDs {
		wanted[i] = id
	}
	err := s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`
			SELECT issue_id, language, subject FROM variant
			WHERE issue_id IN (?`+strings.Repeat(", ?", len(wanted)-1)+`) ORDER BY issue_id, place`, wanted...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var v Variant
			if err := rows.Scan(&v.IssueID, &v.Language, &v.Subject); err != nil {
				return err
			}
			subjects[v.IssueID] = append(subjects[v.IssueID], v)
		}
		return rows.Err()
	})
	return subjects, err
}

// Variant returns an issue's variant in a language, or its first one when it has none in
// that language; ErrNotFound when it has none at all.
func (s *Store) Variant(ctx context.Context, issueID int64, language string) (Variant, error) {
	variants, err := s.Variants(ctx, issueID)
	if err != nil {
		return Variant{}, err
	}
	if len(variants) == 0 {
		return Variant{}, fmt.Errorf("variants of issue %d: %w", issueID, ErrNotFound)
	}
	return InLanguage(variants, language), nil
}

// InLanguage is the one of an issue's variants for readers of a language, which is met by
// its base as a story's is, or the first. There must be one.
func InLanguage(variants []Variant, language string) Variant {
	for _, v := range variants {
		if base(v.Language) == base(language) {
			return v
		}
	}
	return variants[0]
}
