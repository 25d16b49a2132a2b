package subscribers

import (
	"context"
	"database/sql"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"
)

// Export writes the subscriptions of an edition, or of all if it is "", as CSV: email,
// name, language, edition, state, created, confirmed, left, topics, frequency. An address that must not be
// written to has the state "suppressed", so that no other system revives it. It returns how
// many lines it wrote after the header.
//
// It reads page by page: a slow w holds up nobody. Who joins meanwhile is in the file, who
// was in it already stays as they were.
func (s *Store) Export(ctx context.Context, w io.Writer, edition string) (n int64, err error) {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"email", "name", "language", "edition", "state", "created", "confirmed", "left", "topics", "frequency"}); err != nil {
		return 0, fmt.Errorf("export: %w", err)
	}
	for after, more := int64(0), true; more; {
		var page [][]string
		if page, after, err = s.exportPage(ctx, edition, after); err == nil {
			err = out.WriteAll(page)
		}
		if err != nil {
			return n, fmt.Errorf("export: %w", err)
		}
		n += int64(len(page))
		more = len(page) > 0
	}
	out.Flush()
	return n, out.Error()
}

func (s *Store) exportPage(ctx context.Context, edition string, after int64) (page [][]string, last int64, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `
			SELECT n.id, s.email, s.name, s.language, n.edition,
			       CASE WHEN s.suppressed = 1 AND n.state <> 'unsubscribed' THEN 'suppressed' ELSE n.state END,
			       n.created_at, coalesce(n.confirmed_at, 0), coalesce(n.left_at, 0), n.topics, n.frequency
			FROM subscription n
			JOIN subscriber s ON s.id = n.subscriber_id
			WHERE n.id > ?1 AND (?2 = '' OR n.edition = ?2)
			ORDER BY n.id LIMIT 2000`, after, edition)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var email, name, language, edition, state, topics, frequency string
			var created, confirmed, left int64
			if err := rows.Scan(&last, &email, &name, &language, &edition, &state, &created, &confirmed, &left, &topics, &frequency); err != nil {
				return err
			}
			page = append(page, []string{Guard(email), Guard(name), language, edition, state, date(created), date(confirmed), date(left),
				Guard(strings.ReplaceAll(topics, "\n", "|")), frequency})
		}
		return rows.Err()
	})
	return page, last, err
}

func date(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}

// Guard keeps a spreadsheet from reading a reader's name as a formula, which could send the
// sheet's content away: it puts an apostrophe before it. unguard takes it off again, so
// that an export can be imported.
func Guard(s string) string {
	if isFormula(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

func unguard(s string) string {
	if strings.HasPrefix(s, "'") && isFormula(strings.TrimLeft(s, "'")) {
		return s[1:]
	}
	return s
}

func isFormula(s string) bool { return s != "" && strings.ContainsRune("=+-@\t", rune(s[0])) }
