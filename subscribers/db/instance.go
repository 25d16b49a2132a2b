package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ErrCopied says that a database is not known to be the one that was at work here: it was
// copied to another machine, or brought back from a backup. What it holds may have been
// sent since, or may be sent elsewhere.
var ErrCopied = errors.New("this database was copied here or brought back from a backup, so nothing is sent from it: " +
	"the mails in it may have been sent already, or be sent elsewhere. Make sure that no other Pressrun works with a copy of it, then run `pressrun adopt`")

// An instance ties a database to its place: the same stands in it and in a file beside it.
type instance struct {
	id     string
	starts int64
	fileNo int64
}

// InstanceFile is the file beside the database that says which installation it belongs to.
func (d *DB) InstanceFile() string { return d.path + ".instance" }

// CheckInstance returns an error that wraps ErrCopied for a database that does not belong
// here, and says why. Otherwise it notes one start more. A database that belongs nowhere
// yet is taken over.
//
// The database is written first: after a crash it is one start ahead of the file, which is
// accepted. One that is behind was brought back from a backup.
func (d *DB) CheckInstance(ctx context.Context) error {
	in, err := d.instance(ctx)
	if err != nil {
		return err
	}
	if in.id == "" {
		return d.Adopt(ctx)
	}
	why, err := d.strange(in)
	if err != nil {
		return err
	}
	if why != "" {
		return fmt.Errorf("%w (%s)", ErrCopied, why)
	}
	err = d.Update(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`UPDATE instance SET starts = starts + 1 RETURNING starts`).Scan(&in.starts)
	})
	if err != nil {
		return err
	}
	_, err = d.writeInstance(in)
	return err
}

// Copied returns why the database does not belong here, "" when it does. It changes nothing.
func (d *DB) Copied(ctx context.Context) (why string, err error) {
	in, err := d.instance(ctx)
	if err != nil || in.id == "" {
		return "", err
	}
	return d.strange(in)
}

// Adopt makes the database belong here.
func (d *DB) Adopt(ctx context.Context) error {
	in := instance{id: rand.Text(), starts: 1}
	var err error
	if in.fileNo, err = d.writeInstance(in); err != nil {
		return err
	}
	return d.Update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO instance (one, id, starts, file_no) VALUES (1, ?1, ?2, ?3)
			ON CONFLICT (one) DO UPDATE SET id = ?1, starts = ?2, file_no = ?3`, in.id, in.starts, in.fileNo)
		return err
	})
}

// instance returns what the database says, the zero value when it belongs nowhere yet.
func (d *DB) instance(ctx context.Context) (in instance, err error) {
	err = d.View(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRow(`SELECT id, starts, file_no FROM instance`).Scan(&in.id, &in.starts, &in.fileNo)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return in, err
}

// strange compares what the database says with the file beside it.
func (d *DB) strange(in instance) (why string, err error) {
	text, err := os.ReadFile(d.InstanceFile())
	if errors.Is(err, os.ErrNotExist) {
		return "there is no file " + d.InstanceFile(), nil
	}
	if err != nil {
		return "", fmt.Errorf("read which installation the database belongs to: %w", err)
	}
	id, number, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	starts, err := strconv.ParseInt(number, 10, 64)
	switch no := fileNumber(d.InstanceFile()); {
	case err != nil || id != in.id:
		return "the file " + d.InstanceFile() + " is of another database", nil
	case starts > in.starts:
		return "it is older than the one that was at work here", nil
	case no != 0 && in.fileNo != 0 && no != in.fileNo:
		return "its folder was copied", nil
	}
	return "", nil
}

// writeInstance writes the file in place, so that it stays the same file.
func (d *DB) writeInstance(in instance) (fileNo int64, err error) {
	f, err := os.OpenFile(d.InstanceFile(), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("write which installation the database belongs to: %w", err)
	}
	text := fmt.Sprintf("%s %019d\n", in.id, in.starts) // of one length
	if _, err = f.WriteString(text); err == nil {
		err = f.Truncate(int64(len(text)))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, fmt.Errorf("write which installation the database belongs to: %w", err)
	}
	return fileNumber(d.InstanceFile()), nil
}
