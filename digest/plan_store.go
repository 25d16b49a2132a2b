package digest

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrPlanChanged says that somebody else changed the plan meanwhile.
var ErrPlanChanged = errors.New("somebody else changed this issue meanwhile; look at it again, and repeat what is still wanted")

// Plan returns what editors want of the edition's next issue.
func (s *Store) Plan(ctx context.Context, editionID int64) (p Plan, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		p, err = planOf(tx, editionID)
		return err
	})
	return p, err
}

func planOf(tx *sql.Tx, editionID int64) (p Plan, err error) {
	var data string
	var version int
	err = tx.QueryRow(`SELECT version, data FROM plan WHERE edition_id = ?1`, editionID).Scan(&version, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return Plan{}, nil
	}
	if err != nil {
		return Plan{}, err
	}
	if err := json.Unmarshal([]byte(data), &p); err != nil {
		return Plan{}, fmt.Errorf("read the plan of edition %d: %w", editionID, err)
	}
	p.Version = version
	return p, nil
}

// PutPlan saves p for the edition's next issue and returns it with its new version. Whoever
// did not see the last version gets ErrPlanChanged, and nothing changes.
func (s *Store) PutPlan(ctx context.Context, editionID int64, p Plan) (Plan, error) {
	data, err := json.Marshal(p)
	if err != nil {
		return p, err
	}
	err = s.db.Update(ctx, func(tx *sql.Tx) error {
		now, err := planOf(tx, editionID)
		if err != nil {
			return err
		}
		if now.Version != p.Version {
			return ErrPlanChanged
		}
		p.Version++
		_, err = tx.Exec(`INSERT INTO plan (edition_id, version, data) VALUES (?1, ?2, ?3)
			ON CONFLICT (edition_id) DO UPDATE SET version = ?2, data = ?3`, editionID, p.Version, string(data))
		return err
	})
	return p, err
}

// usePlan keeps the plan with the issue that was made with it, and empties it. Its version
// goes on counting.
func usePlan(tx *sql.Tx, editionID, issueID int64, used Plan) error {
	p, err := planOf(tx, editionID)
	if err != nil {
		return err
	}
	if p.Version != used.Version {
		return ErrPlanChanged
	}
	_, err = tx.Exec(`UPDATE issue SET plan = coalesce((SELECT data FROM plan WHERE edition_id = ?1), '{}') WHERE id = ?2`, editionID, issueID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE plan SET data = '{}', version = version + 1 WHERE edition_id = ?1 AND data <> '{}'`, editionID)
	return err
}
