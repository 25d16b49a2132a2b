package digest

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pressrun/pressrun/subscribers/db"
)

// ErrTaken says that a story of the selection has gone into another issue meanwhile, or
// that an editor changed the plan: read the candidates and the plan again.
var ErrTaken = errors.New("a picked story is in another issue already, or the plan was changed")

// ErrNumber says that the number which an issue was to have is not the next.
var ErrNumber = errors.New("the issue of this number was made meanwhile")

// CreateIssue freezes the selection as the issue of e due at slot, or as one that is
// skipped. Asked again for the same slot it returns the issue that is there and changes
// nothing. It returns ErrNumber where the selection asks for a number that is not the next.
func (s *Store) CreateIssue(ctx context.Context, e Edition, slot time.Time, sel Selection, now time.Time) (issue Issue, created bool, err error) {
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		state := IssueFrozen
		if sel.Skip != "" {
			state = IssueSkipped
		}
		var id int64
		err := tx.QueryRow(`
			INSERT INTO issue (edition_id, slot, number, created, state, reason, counted)
			VALUES (?1, ?2, CASE WHEN ?4 = 'skipped' THEN 0 ELSE
				coalesce((SELECT max(number) FROM issue WHERE edition_id = ?1), 0) + 1 END, ?3, ?4, ?5, ?6)
			ON CONFLICT (edition_id, slot) DO NOTHING RETURNING id`,
			e.ID, slot.Unix(), now.Unix(), string(state), sel.Skip, e.Rules.Clicks).Scan(&id)
		if err == nil {
			created = true
			err = errors.Join(insertStories(tx, e, id, sel), settleOneOffs(tx, e.ID, slot))
		}
		if err == nil && created && state == IssueFrozen {
			err = usePlan(tx, e.ID, id, sel.Plan)
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		issue, err = issueWhere(tx, `e.id = ?1 AND i.slot = ?2`, e.ID, slot.Unix())
		if err == nil && created && state == IssueFrozen && sel.Number != 0 && issue.Number != sel.Number {
			return ErrNumber
		}
		return err
	})
	if db.IsUnique(err) || errors.Is(err, ErrPlanChanged) {
		err = ErrTaken
	}
	if err != nil {
		return Issue{}, false, fmt.Errorf("create issue of %s: %w", e.Slug, err)
	}
	return issue, created, nil
}

func insertStories(tx *sql.Tx, e Edition, issueID int64, sel Selection) error {
	for _, st := range sel.Stories {
		frozen := ""
		if st.In {
			data, err := json.Marshal(st.Article)
			if err != nil {
				return err
			}
			frozen = string(data)
		}
		more, err := json.Marshal(moreOfStory{st.Also, st.Edited, st.Again})
		if err != nil {
			return err
		}
		changed := int64(0)
		if st.Again {
			changed = unix(st.Updated)
		}
		_, err = tx.Exec(`
			INSERT INTO story (issue_id, article_id, edition_id, place, code, detail, carried, frozen, more, again)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
			issueID, st.ID, e.ID, st.Place, string(st.Reason.Code), st.Reason.Detail, st.Reason.Carried(), frozen, string(more), changed)
		if err != nil {
			return err
		}
	}
	return nil
}

// moreOfStory is what else is kept of a story, as JSON.
type moreOfStory struct {
	Also   []Also `json:"also,omitempty"`
	Edited bool   `json:"edited,omitempty"`
	Again  bool   `json:"again,omitempty"`
}

// Post marks the issue as handed to the outbox.
func (s *Store) Post(ctx context.Context, issueID int64) error {
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE issue SET state = 'posted' WHERE id = ?1 AND state = 'frozen'`, issueID)
		return err
	})
}

const issueColumns = `i.id, e.slug, i.number, i.slot, i.created, i.state, i.reason, i.counted FROM issue i JOIN edition e ON e.id = i.edition_id`

func scanIssue(row interface{ Scan(...any) error }) (i Issue, err error) {
	err = row.Scan(&i.ID, &i.Edition, &i.Number, (*unixTime)(&i.Slot), (*unixTime)(&i.Created), &i.State, &i.Reason, &i.Counted)
	return i, err
}

// issueWhere returns one issue with its stories, or ErrNotFound.
func issueWhere(tx *sql.Tx, where string, args ...any) (Issue, error) {
	issue, err := scanIssue(tx.QueryRow(`SELECT `+issueColumns+` WHERE `+where, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return Issue{}, ErrNotFound
	}
	if err != nil {
		return Issue{}, err
	}
	var plan string
	if err := tx.QueryRow(`SELECT plan FROM issue WHERE id = ?1`, issue.ID).Scan(&plan); err != nil {
		return Issue{}, err
	}
	if err := json.Unmarshal([]byte(plan), &issue.Plan); err != nil {
		return Issue{}, fmt.Errorf("read the plan of issue %d: %w", issue.ID, err)
	}
	issue.Stories, err = storiesOf(tx, issue.ID, 0)
	return issue, err
}

// storiesOf returns the stories of an issue, or the one of an article that is not 0.
func storiesOf(tx *sql.Tx, issueID, articleID int64) (stories []Story, err error) {
	rows, err := tx.Query(`
		SELECT t.place, t.code, t.detail, t.frozen, a.id, a.source_id, a.url, a.title, a.section, a.language, a.published, a.date_from, t.more
		FROM story t JOIN article a ON a.id = t.article_id
		WHERE t.issue_id = ?1 AND (?2 = 0 OR t.article_id = ?2) ORDER BY t.place = 0, t.place, a.published DESC, a.id`, issueID, articleID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var st Story
		var frozen, more string
		a := &st.Article
		if err := rows.Scan(&st.Place, &st.Reason.Code, &st.Reason.Detail, &frozen, &a.ID, &a.SourceID, &a.URL, &a.Title,
			&a.Section, &a.Language, (*unixTime)(&a.Published), &a.DateFrom, &more); err != nil {
			return nil, err
		}
		var m moreOfStory
		if err := json.Unmarshal([]byte(more), &m); err != nil {
			return nil, fmt.Errorf("read story %d: %w", a.ID, err)
		}
		st.Also, st.Edited, st.Again = m.Also, m.Edited, m.Again
		if frozen != "" {
			if err := json.Unmarshal([]byte(frozen), a); err != nil {
				return nil, fmt.Errorf("read frozen story %d: %w", a.ID, err)
			}
		}
		st.In, st.Lead = st.Place > 0, st.Reason.Code == ReasonLead
		stories = append(stories, st)
	}
	return stories, rows.Err()
}

// Issue returns an issue by its edition's slug and its number, or ErrNotFound.
func (s *Store) Issue(ctx context.Context, edition string, number int) (issue Issue, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		issue, err = issueWhere(tx, `e.slug = ?1 AND i.number = ?2 AND i.number > 0`, edition, number)
		return err
	})
	if err != nil {
		return Issue{}, fmt.Errorf("issue %d of %s: %w", number, edition, err)
	}
	return issue, nil
}

// IssueByID returns an issue, or ErrNotFound.
func (s *Store) IssueByID(ctx context.Context, id int64) (issue Issue, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		issue, err = issueWhere(tx, `i.id = ?1`, id)
		return err
	})
	return issue, err
}

// StoryOf returns a story of an issue, in or out, with what is known of the issue but for its
// plan and its other stories, or ErrNotFound.
func (s *Store) StoryOf(ctx context.Context, issueID, articleID int64) (issue Issue, story Story, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		if issue, err = scanIssue(tx.QueryRow(`SELECT `+issueColumns+` WHERE i.id = ?1`, issueID)); err != nil {
			return err
		}
		stories, err := storiesOf(tx, issueID, articleID)
		if err == nil && (articleID == 0 || len(stories) == 0) {
			err = ErrNotFound
		}
		if err == nil {
			story = stories[0]
		}
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return Issue{}, Story{}, fmt.Errorf("story %d of issue %d: %w", articleID, issueID, err)
	}
	return issue, story, nil
}

// Issues returns up to n posted issues of an edition, newest first, without their
// stories: those with a number below before, or the newest when before is 0.
func (s *Store) Issues(ctx context.Context, edition string, before, n int) ([]Issue, error) {
	return s.issues(ctx, `SELECT `+issueColumns+`
		WHERE e.slug = ?1 AND i.state = 'posted' AND (?2 = 0 OR i.number < ?2)
		ORDER BY i.number DESC LIMIT ?3`, edition, before, n)
}

// Runs returns up to n of the latest issues of all editions, skipped ones too, newest
// first, without their stories.
func (s *Store) Runs(ctx context.Context, n int) ([]Issue, error) {
	return s.issues(ctx, `SELECT `+issueColumns+` ORDER BY i.id DESC LIMIT ?1`, n)
}

// RunsSince returns an edition's issues after a moment, skipped ones too, the oldest first,
// without their stories.
func (s *Store) RunsSince(ctx context.Context, edition string, since time.Time) ([]Issue, error) {
	return s.issues(ctx, `SELECT `+issueColumns+` WHERE e.slug = ?1 AND i.slot > ?2 ORDER BY i.slot`, edition, since.Unix())
}

// Unposted returns the issues that were frozen but never reached the outbox: a crash came
// between.
func (s *Store) Unposted(ctx context.Context) ([]Issue, error) {
	return s.issues(ctx, `SELECT `+issueColumns+` WHERE i.state = 'frozen' ORDER BY i.id`)
}

func (s *Store) issues(ctx context.Context, query string, args ...any) (issues []Issue, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			issue, err := scanIssue(rows)
			if err != nil {
				return err
			}
			issues = append(issues, issue)
		}
		return rows.Err()
	})
	return issues, err
}

// LastSlot returns the moment after which runs of e are due: that of its latest issue,
// sent or skipped, or the one at which it was added, scheduled anew or resumed. An edition
// that was paused at seven and is resumed at three sends nothing at three.
func (s *Store) LastSlot(ctx context.Context, e Edition) (last time.Time, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		last, err = lastSlot(tx, e.ID)
		return err
	})
	return last, err
}

func lastSlot(tx *sql.Tx, editionID int64) (last time.Time, err error) {
	err = tx.QueryRow(`
		SELECT max(t) FROM (SELECT since AS t FROM edition WHERE id = ?1
			UNION ALL SELECT slot FROM issue WHERE edition_id = ?1) AS times`, editionID).Scan((*unixTime)(&last))
	return last, err
}
