package subscribers

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

// A signupRow is a sign-up as it is stored.
type signupRow struct {
	Signup
	id, subscriberID int64
	state            string // of the table
	at, expires      time.Time
	ip               string
}

// canBeConfirmed reports whether its link still does something.
func (g signupRow) canBeConfirmed(now time.Time) bool {
	return g.state == "open" && now.Before(g.expires)
}

// storedSignup returns a sign-up, or sql.ErrNoRows. It has no Address.
func storedSignup(ctx context.Context, tx *sql.Tx, id int64) (signupRow, error) {
	return scanSignup(tx.QueryRowContext(ctx, `SELECT `+signupColumns+` FROM signup WHERE id = ?1`, id))
}

// latestSignup returns the newest open sign-up of a subscriber, or sql.ErrNoRows.
func latestSignup(ctx context.Context, tx *sql.Tx, subscriberID int64) (signupRow, error) {
	return scanSignup(tx.QueryRowContext(ctx, `
		SELECT `+signupColumns+` FROM signup WHERE subscriber_id = ?1 AND state = 'open' ORDER BY id DESC LIMIT 1`, subscriberID))
}

const signupColumns = `id, subscriber_id, state, at, expires_at, editions, name, language, format,
	topics, frequency, weekday, hour, zone, form, page, ip, method`

func scanSignup(row interface{ Scan(...any) error }) (g signupRow, err error) {
	var at, expires int64
	var editions, topics string
	c := &g.Choices
	err = row.Scan(&g.id, &g.subscriberID, &g.state, &at, &expires, &editions, &g.Name, &g.Language, &g.Format,
		&topics, &c.Frequency, &c.Weekday, &c.Hour, &c.Zone, &g.Form, &g.Page, &g.ip, &g.Method)
	g.at, g.expires, g.Editions, c.Topics = unixTime(at), unixTime(expires), lines(editions), lines(topics)
	return g, err
}

func insertSignup(ctx context.Context, tx *sql.Tx, subscriberID int64, state string, g Signup, now time.Time) (id int64, err error) {
	args := append([]any{subscriberID, state, now.Unix(), now.Add(SignupFor).Unix()}, g.columns()...)
	err = tx.QueryRowContext(ctx, `
		INSERT INTO signup (subscriber_id, state, at, expires_at, editions, name, language, format,
		                    topics, frequency, weekday, hour, zone, form, page, ip, method)
		VALUES (`+placeholders(1, len(args))+`) RETURNING id`, args...).Scan(&id)
	return id, err
}

// replaceSignup puts a later sign-up in the place of one whose letter is out: the link in
// it then confirms the later one, and ends when it says.
func replaceSignup(ctx context.Context, tx *sql.Tx, id int64, g Signup, now time.Time) error {
	args := append([]any{id, now.Unix()}, g.columns()...)
	_, err := tx.ExecContext(ctx, `
		UPDATE signup SET at = ?2, editions = ?3, name = ?4, language = ?5, format = ?6,
		       topics = ?7, frequency = ?8, weekday = ?9, hour = ?10, zone = ?11, form = ?12, page = ?13, ip = ?14, method = ?15
		WHERE id = ?1`, args...)
	return err
}

func (g Signup) columns() []any {
	c := g.Choices
	return []any{strings.Join(g.Editions, "\n"), g.Name, g.Language, string(g.Format),
		strings.Join(c.Topics, "\n"), string(c.Frequency), int(c.Weekday), c.Hour, c.Zone, g.Form, g.Page, network(g.IP), string(g.Method)}
}

// voidSignups closes the open sign-ups of a subscriber, whose letters then stay unsent: what
// happened since says more than they do.
func voidSignups(ctx context.Context, tx *sql.Tx, subscriberID int64) error {
	for _, statement := range []string{
		`DELETE FROM due_letter WHERE subscriber_id = ?1 AND kind IN ('confirm', 'remind')`,
		`UPDATE signup SET state = 'void' WHERE subscriber_id = ?1 AND state = 'open'`,
	} {
		if _, err := tx.ExecContext(ctx, statement, subscriberID); err != nil {
			return err
		}
	}
	return nil
}
