package outbox_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay/sink"
)

// post enqueues an issue at a time and returns what was composed for whom.
func (st *stage) post(issue int64, slot time.Time, compose func(outbox.Choice) *message.Message) (composed []string) {
	st.Helper()
	if compose == nil {
		m := letter(st, "en")
		compose = func(outbox.Choice) *message.Message { return m }
	}
	_, err := st.queue.Enqueue(st.Context(), outbox.Posting{
		IssueID: issue, Edition: "daily", Doubt: "resend", UsefulUntil: slot.Add(20 * time.Hour), Slot: slot, Languages: []string{"en", "ar"}, Fallback: "en",
		Compose: func(_ context.Context, c outbox.Choice) (*message.Message, string, error) {
			composed = append(composed, fmt.Sprintf("%s %s %s since %d", c.Language, c.Format, strings.Join(c.Topics, "+"), c.Since))
			return compose(c), "nothing of the reader's topics", nil
		},
	}, slot, nil)
	if err != nil {
		st.Fatal(err)
	}
	slices.Sort(composed)
	return composed
}

// got returns, by reader, the issue and the last one had before it: "2>1 3>2".
func (st *stage) got(reader int) string {
	st.Helper()
	var parts []string
	err := st.db.View(st.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT d.issue_id, coalesce(m.since, -1) FROM delivery d LEFT JOIN message m ON m.id = d.message_id
			WHERE d.subscriber_id = ?1 ORDER BY d.issue_id`, reader)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var issue, since int64
			if err := rows.Scan(&issue, &since); err != nil {
				return err
			}
			parts = append(parts, fmt.Sprintf("%d>%d", issue, since))
		}
		return rows.Err()
	})
	if err != nil {
		st.Fatal(err)
	}
	return strings.Join(parts, " ")
}

func TestReadersGetWhatTheyChose(t *testing.T) {
	st := newStage(t, 9, &sink.Sink{})
	st.exec(`UPDATE reader SET language = 'en'`)
	st.exec(`UPDATE reader SET format = 'text' WHERE id = 2`)
	st.exec(`UPDATE reader SET topics = 'Culture' || char(10) || 'Sport' WHERE id IN (3, 4)`)
	st.exec(`UPDATE reader SET language = 'fr' WHERE id = 5`)
	st.exec(`UPDATE reader SET language = 'ar-SA' WHERE id = 6`)
	st.exec(`UPDATE reader SET topics = 'Weather' WHERE id = 7`)
	composed := st.post(1, time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC), func(c outbox.Choice) *message.Message {
		if slices.Equal(c.Topics, []string{"Weather"}) {
			return nil
		}
		return letter(st, c.Language)
	})
	want := []string{"ar html  since 0", "en html  since 0", "en html Culture+Sport since 0", "en html Weather since 0", "en text  since 0"}
	if d := cmp.Diff(want, composed); d != "" {
		t.Errorf("each choice is composed once (-want +got)\n%s", d)
	}
	r, err := st.queue.Run(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if r.Counts[outbox.Queued] != 8 || r.Counts[outbox.Cancelled] != 1 {
		t.Errorf("%v", r)
	}
	if n := st.count(`SELECT count(*) FROM delivery WHERE subscriber_id = 7 AND reason = 'nothing of the reader''s topics'`); n != 1 {
		t.Error("it is not written down why reader 7 gets nothing")
	}
	if again := st.post(1, time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC), nil); len(again) > 0 {
		t.Errorf("asked again it composed %q", again)
	}
}

// Two weeks of a daily edition, from Monday the 2nd on; issue 1 is of the 2nd.
func TestFrequencies(t *testing.T) {
	for _, c := range []struct{ name, choose, want string }{
		{"each", `frequency = 'each'`, "1>0 2>1 3>2 4>3 5>4 6>5 7>6 8>7 9>8 10>9 11>10 12>11 13>12 14>13"},
		{"weekly on Saturdays", `frequency = 'weekly', weekday = 6`, "1>0 6>1 13>6"},
		{"weekly on Mondays", `frequency = 'weekly', weekday = 1`, "1>0 8>1"},
		{"weekdays", `frequency = 'weekdays'`, "1>0 2>1 3>2 4>3 5>4 8>5 9>8 10>9 11>10 12>11"},
		{"weekly, joined on the 4th", `frequency = 'weekly', weekday = 6, since = unixepoch('2026-11-04 12:00')`, "6>3 13>6"},
		{"each, joined on the 4th", `since = unixepoch('2026-11-04 12:00')`, "4>3 5>4 6>5 7>6 8>7 9>8 10>9 11>10 12>11 13>12 14>13"},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := newStage(t, 1, &sink.Sink{})
			st.exec(`UPDATE reader SET ` + c.choose)
			for day := range 14 {
				slot := time.Date(2026, 11, 2+day, 7, 0, 0, 0, time.UTC)
				if strings.Contains(c.name, "4th") && day < 3 { // not there yet
					st.exec(`UPDATE reader SET gone = 1`)
				} else {
					st.exec(`UPDATE reader SET gone = 0`)
				}
				st.post(int64(day+1), slot, nil)
			}
			if got := st.got(1); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestOneADayOfAnHourlyEdition(t *testing.T) {
	st := newStage(t, 1, &sink.Sink{})
	st.exec(`UPDATE reader SET frequency = 'daily'`)
	riyadh := time.FixedZone("AST", 3*60*60)
	for hour := range 48 { // the day turns in the edition's zone: issue 22 is of midnight there
		st.post(int64(hour+1), time.Date(2026, 11, 2, hour, 0, 0, 0, time.UTC).In(riyadh), nil)
	}
	if got, want := st.got(1), "1>0 22>1 46>22"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhatDidNotLeaveComesWithTheNext(t *testing.T) {
	st := newStage(t, 4, &sink.Sink{})
	slot := func(n int) time.Time { return time.Date(2026, 11, n, 7, 0, 0, 0, time.UTC) }
	st.post(1, slot(1), nil)
	st.exec(`UPDATE reader SET gone = 1 WHERE id = 1`) // pauses
	st.post(2, slot(2), nil)
	st.exec(`UPDATE delivery SET state = 'refused', reason = 'x' WHERE issue_id = 2 AND subscriber_id = 2`)
	st.exec(`UPDATE delivery SET state = 'in doubt' WHERE issue_id = 2 AND subscriber_id = 3`)
	st.post(3, slot(3), nil)
	st.exec(`UPDATE reader SET gone = 0 WHERE id = 1`)
	st.post(4, slot(4), nil)
	st.post(5, slot(50), nil) // more than a month later
	st.exec(`DELETE FROM delivery WHERE subscriber_id = 4 AND issue_id > 1`)
	st.post(6, slot(51), nil)
	for reader, want := range map[int]string{1: "1>0 4>1 5>0 6>5", 2: "1>0 2>1 3>1 4>3 5>0 6>5", 3: "1>0 2>1 3>2 4>3 5>0 6>5", 4: "1>0 6>0"} {
		if got := st.got(reader); got != want {
			t.Errorf("reader %d got %s, want %s", reader, got, want)
		}
	}
}

func TestAnHourOfTheReadersOwn(t *testing.T) {
	st := newStage(t, 5, &sink.Sink{})
	st.exec(`UPDATE reader SET hour = 20, zone = 'Asia/Riyadh' WHERE id = 1`)
	st.exec(`UPDATE reader SET hour = 6 WHERE id = 2`)
	st.exec(`UPDATE reader SET hour = 7 WHERE id = 3`)
	st.exec(`UPDATE reader SET hour = 8, zone = 'Nowhere/Else' WHERE id = 4`)
	slot := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	st.post(1, slot, nil)
	for reader, want := range map[int]time.Duration{1: 10 * time.Hour, 2: 23 * time.Hour, 3: 0, 4: time.Hour} {
		if n := st.count(`SELECT due_at - ?2 FROM delivery WHERE subscriber_id = ?1 AND state = 'deferred'`, reader, slot.Unix()); n != int64(want.Seconds()) {
			t.Errorf("reader %d gets it after %d s, want %s", reader, n, want)
		}
	}
	if n := st.count(`SELECT useful_until - ?1 FROM run`, slot.Unix()); n != 25*60*60 {
		t.Errorf("the issue is useful for %d s, which is before some readers' hour", n)
	}
	_, faults, err := st.queue.Verify(t.Context(), 1)
	if err != nil || len(faults) > 0 {
		t.Errorf("%v %v", faults, err)
	}
}
