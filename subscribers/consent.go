package subscribers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Consent is a row of evidence (W6): what a reader did, when, and how we know. Rows are
// only ever added.
type Consent struct {
	ID             int64     `json:"-"`
	SubscriptionID int64     `json:"-"`
	Edition        string    `json:"edition"`
	Act            Act       `json:"act"`
	Method         Method    `json:"method"`
	Evidence       string    `json:"evidence,omitempty"` // in an operator's words, "" where the act itself is the evidence
	At             time.Time `json:"at"`                 // of the act
	Recorded       time.Time `json:"recorded"`           // when we learned of it; later than At for an import
	ImportID       int64     `json:"-"`                  // the import it came with, 0 for none

	// Of a sign-up that was confirmed at At; else zero.
	SignupID int64     `json:"-"`
	Asked    time.Time `json:"asked,omitzero"`     // when the form was sent
	Form     string    `json:"form,omitempty"`     // version of its text
	Language string    `json:"language,omitempty"` // it was in
	Page     string    `json:"page,omitempty"`     // URL of the page it was on
	IP       string    `json:"network,omitempty"`  // the network it came from, for 30 days
}

// An Act is what a reader did.
type Act string

const (
	Give     Act = "give"     // agreed to get an edition
	Withdraw Act = "withdraw" // left it
	Restore  Act = "restore"  // undid leaving
)

// A Method is how an act reached us.
type Method string

const (
	MethodForm      Method = "form"      // our sign-up form, confirmed by mail
	MethodAPI       Method = "api"       // a sign-up through the API, confirmed by mail
	MethodOneClick  Method = "one-click" // the mail program's button (RFC 8058)
	MethodPage      Method = "page"      // the button on our own page
	MethodMail      Method = "mailto"    // a mail to the address in List-Unsubscribe
	MethodOperator  Method = "operator"  // asked a person at the paper
	MethodImport    Method = "import"    // stands so in a file the operator brought
	MethodComplaint Method = "complaint" // reported a mail as spam
)

// checkEvidence holds that whoever adds readers says where their consent comes from.
func checkEvidence(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", errors.New("say where the readers' consent comes from, for example: signed up on example.org between 2024 and 2026")
	}
	if len(s) > 2000 {
		return "", errors.New("the evidence of consent has more than 2,000 characters")
	}
	return s, nil
}

func insertConsent(ctx context.Context, tx *sql.Tx, c Consent) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO consent (subscription_id, act, method, evidence, at, recorded_at, import_id,
		                     signup_id, asked_at, form, language, page, ip)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)`,
		c.SubscriptionID, c.Act, c.Method, c.Evidence, c.At.Unix(), c.Recorded.Unix(), nullID(c.ImportID),
		nullID(c.SignupID), nullTime(c.Asked), c.Form, c.Language, c.Page, c.IP)
	if err != nil {
		return fmt.Errorf("record consent: %w", err)
	}
	return nil
}

// nullID stores 0 as NULL.
func nullID(id int64) sql.NullInt64 { return sql.NullInt64{Int64: id, Valid: id != 0} }

// nullTime stores the zero time as NULL.
func nullTime(t time.Time) sql.NullInt64 { return sql.NullInt64{Int64: t.Unix(), Valid: !t.IsZero()} }

// Consents returns the evidence about a subscriber, oldest first. The evidence stated for
// an import stands in each of its rows.
func (s *Store) Consents(ctx context.Context, subscriberID int64) (consents []Consent, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		consents, err = consentsOf(ctx, tx, subscriberID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read consent: %w", err)
	}
	return consents, nil
}

func consentsOf(ctx context.Context, tx *sql.Tx, subscriberID int64) (consents []Consent, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT c.id, c.subscription_id, n.edition, c.act, c.method,
		       CASE WHEN c.evidence = '' THEN coalesce(i.evidence, '') ELSE c.evidence END,
		       c.at, c.recorded_at, coalesce(c.import_id, 0),
		       coalesce(c.signup_id, 0), coalesce(c.asked_at, 0), c.form, c.language, c.page, c.ip
		FROM subscription n
		JOIN consent c ON c.subscription_id = n.id
		LEFT JOIN import i ON i.id = c.import_id
		WHERE n.subscriber_id = ?1
		ORDER BY c.id`, subscriberID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c Consent
		var at, recorded, asked int64
		if err := rows.Scan(&c.ID, &c.SubscriptionID, &c.Edition, &c.Act, &c.Method, &c.Evidence, &at, &recorded, &c.ImportID,
			&c.SignupID, &asked, &c.Form, &c.Language, &c.Page, &c.IP); err != nil {
			return nil, err
		}
		c.At, c.Recorded, c.Asked = unixTime(at), unixTime(recorded), unixTime(asked)
		consents = append(consents, c)
	}
	return consents, rows.Err()
}

// unixTime turns a stored time into one of UTC; 0 is the zero time.
func unixTime(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
