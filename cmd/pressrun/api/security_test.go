package api

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

// Each route is asked without a token, with one that does not exist, and with one of each
// scope. What is refused changes nothing, and what only asks changes nothing for anybody.
func TestEveryRouteByEveryScope(t *testing.T) {
	h, d := openHouse(t), readDocument(t, description)
	h.furnishMore()
	targets := map[string]described{}
	for _, o := range d.operations(t) {
		targets[o.method+" "+o.path] = o
	}
	rank := map[staff.Scope]int{"": 0, staff.Read: 1, staff.Write: 2, staff.Send: 3}
	for _, rt := range h.api.routes() {
		o := targets[rt.pattern]
		target, header := o.example(t)
		header = append(header, "Content-Type", o.takes())
		body := `{"colour":"red"}`
		for _, example := range o.bodies(t) {
			if !rt.changes() { // it is let in, and answers
				body = h.now(example)
			}
		}
		if _, known := rank[rt.scope]; !known {
			t.Fatalf("%s asks for the scope %q", rt.pattern, rt.scope)
		}
		for _, c := range []struct {
			who, authorization string
			may                bool
			refusal            int
		}{
			{"nobody", "", rt.scope == "", http.StatusUnauthorized},
			{"a stranger", "Bearer pressrun_wrong", rt.scope == "", http.StatusUnauthorized},
			{"read", "Bearer " + h.tokens[staff.Read], rank[rt.scope] <= 1, http.StatusForbidden},
			{"write", "Bearer " + h.tokens[staff.Write], rank[rt.scope] <= 2, http.StatusForbidden},
			{"send", "Bearer " + h.tokens[staff.Send], true, 0},
		} {
			before := h.dump()
			a := h.ask(rt.method(), target, body, append(header, "Authorization", c.authorization)...)
			refused := a.StatusCode == http.StatusUnauthorized || a.StatusCode == http.StatusForbidden
			if refused == c.may || refused && a.StatusCode != c.refusal {
				t.Errorf("%s as %s answers %d: %s", rt.pattern, c.who, a.StatusCode, a.text)
			}
			if (!c.may || !rt.changes() && !rt.noted) && h.dump() != before {
				t.Errorf("%s as %s changed something", rt.pattern, c.who)
			}
		}
	}
}

// dump is all that the database has but for when a token was seen last.
func (h *house) dump() string {
	h.Helper()
	var all strings.Builder
	ok(h.T, h.db.View(h.Context(), func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('api_token', 'lease') ORDER BY name`)
		if err != nil {
			return err
		}
		var tables []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			tables = append(tables, name)
		}
		for _, name := range tables {
			if err := dumpTable(tx, name, &all); err != nil {
				return err
			}
		}
		return rows.Err()
	}))
	return all.String()
}

func dumpTable(tx *sql.Tx, name string, all *strings.Builder) error {
	rows, err := tx.Query(`SELECT * FROM "` + name + `"`)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		fmt.Fprintln(all, name, values)
	}
	return rows.Err()
}

// No answer that is kept for its key, no entry of the audit log and no URL has an address.
func TestNoAddressIsKeptBesideTheReaders(t *testing.T) {
	h, d := openHouse(t), readDocument(t, description)
	h.furnishMore()
	for i, o := range d.operations(t) {
		if strings.Contains(o.path, "@") {
			t.Errorf("%s has an address", o.path)
		}
		if !o.changes() || o.method == http.MethodDelete {
			continue
		}
		target, header := o.example(t)
		if strings.Contains(target, "%40") || strings.Contains(target, "@") {
			t.Errorf("the example %s has an address", target)
		}
		for name, body := range o.bodies(t) {
			h.ask(o.method, target, h.now(body), append(header, "Content-Type", o.takes(), key, fmt.Sprint(i, name))...)
		}
	}
	if n := h.count(`SELECT count(*) FROM api_call WHERE status > 0`); n < 30 {
		t.Errorf("only %d calls were kept", n)
	}
	for _, query := range []string{
		`SELECT count(*) FROM api_call WHERE CAST(body AS TEXT) LIKE '%readers.example%' OR location LIKE '%@%'`,
		`SELECT count(*) FROM audit WHERE what || detail LIKE '%@%'`,
	} {
		if n := h.count(query); n > 0 {
			t.Errorf("%s: %d", query, n)
		}
	}
	if strings.Contains(h.log.String(), "readers.example") {
		t.Errorf("the log has an address:\n%s", h.log)
	}
}
