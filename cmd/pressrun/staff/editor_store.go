package staff

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

const editorColumns = `id, name, email, role, totp IS NOT NULL, password <> '', added, seen, removed,
	EXISTS (SELECT 1 FROM editor_account a WHERE a.editor_id = editor.id AND a.forgotten = 0), (SELECT COUNT(*) FROM editor_passkey p WHERE p.editor_id = editor.id)`

func scanEditor(row interface{ Scan(...any) error }, more ...any) (e Editor, err error) {
	var added, seen int64
	err = row.Scan(append([]any{&e.ID, &e.Name, &e.Email, &e.Role, &e.TOTP, &e.Password, &added, &seen, &e.Disabled, &e.Account, &e.Passkeys}, more...)...)
	e.Joined = e.Password || e.Account || e.Passkeys > 0
	e.Added, e.LastSeen = moment(added), moment(seen)
	return e, err
}

// Editors returns everybody who may come in, in the order they were added.
func (s *Store) Editors(ctx context.Context) (all []Editor, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(`SELECT ` + editorColumns + ` FROM editor WHERE removed = 0 ORDER BY id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			e, err := scanEditor(rows)
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		return rows.Err()
	})
	return all, err
}

// Any reports whether there is an editor at all.
func (s *Store) Any(ctx context.Context) (any bool, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM editor WHERE removed = 0)`).Scan(&any)
	})
	return any, err
}

// Editor returns the editor with this address, or ErrNoEditor.
func (s *Store) Editor(ctx context.Context, email string) (e Editor, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		e, err = editorByEmail(tx, email)
		return err
	})
	return e, err
}

func editorByEmail(tx *sql.Tx, email string) (Editor, error) {
	e, err := scanEditor(tx.QueryRow(`SELECT `+editorColumns+` FROM editor WHERE email = ?1 AND removed = 0`, strings.ToLower(strings.TrimSpace(email))))
	return e, missing(err)
}

// EditorByID returns an editor, one who was removed too, or ErrNoEditor.
func (s *Store) EditorByID(ctx context.Context, id int64) (e Editor, err error) {
	err = s.db.View(ctx, func(tx *sql.Tx) error {
		e, err = scanEditor(tx.QueryRow(`SELECT `+editorColumns+` FROM editor WHERE id = ?1`, id))
		return missing(err)
	})
	return e, err
}

func missing(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNoEditor
	}
	return err
}

// SetRole gives an editor another role. It holds from their next request on.
func (s *Store) SetRole(ctx context.Context, id int64, r Role) error {
	if _, err := ParseRole(string(r)); err != nil {
		return err
	}
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		if r != Owner {
			if err := notLastOwner(tx, id); err != nil {
				return err
			}
		}
		return one(tx.Exec(`UPDATE editor SET role = ?2 WHERE id = ?1 AND removed = 0`, id, r))
	})
}

// Remove keeps an editor out from now on. What they did stays in the audit log.
func (s *Store) Remove(ctx context.Context, id int64) error {
	return s.db.Update(ctx, func(tx *sql.Tx) error {
		if err := notLastOwner(tx, id); err != nil {
			return err
		}
		if err := one(tx.Exec(`UPDATE editor SET removed = 1, password = '', totp = NULL WHERE id = ?1 AND removed = 0`, id)); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM editor_passkey WHERE editor_id = ?1`, id); err != nil {
			return err
		}
		return shutOut(tx, id)
	})
}

// notLastOwner keeps the desk from being left without anybody who may let others in.
func notLastOwner(tx *sql.Tx, id int64) error {
	var is bool
	var others int
	err := tx.QueryRow(`SELECT COALESCE(MAX(id = ?1), 0), COUNT(*) FILTER (WHERE id <> ?1)
		FROM editor WHERE role = 'owner' AND removed = 0`, id).Scan(&is, &others)
	if err == nil && is && others == 0 {
		return ErrLastOwner
	}
	return err
}

// shutOut ends an editor's sessions and links.
func shutOut(tx *sql.Tx, id int64) error {
	if _, err := tx.Exec(`DELETE FROM editor_session WHERE editor_id = ?1`, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM editor_link WHERE editor_id = ?1`, id)
	return err
}

// one says that nobody was there when a statement changed nothing.
func one(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return ErrNoEditor
	}
	return err
}
