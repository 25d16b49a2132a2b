package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"os"
	"time"
)

//go:embed migrations/*.sql
var migrations embed.FS

// SchemaOfLeases returns the table that Acquire keeps leases in.
func SchemaOfLeases() Schema {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return Schema{Name: "lease", Files: files}
}

// A lease is held for leaseTerm and renewed well before that, so that work that only one
// process may do is taken over soon after its holder died.
const (
	leaseTerm  = 12 * time.Second
	leaseRenew = 4 * time.Second
)

// Acquire waits until this process alone holds the lease called name, and then returns a
// context that ends when the lease is lost or given back. A holder that died on this
// machine is followed at once, one elsewhere when its term has passed.
func (d *DB) Acquire(ctx context.Context, name string) (held context.Context, release func(), err error) {
	owner := rand.Text()
	for {
		ok, err := d.takeLease(ctx, name, owner)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			break
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
	held, cancel := context.WithCancel(ctx)
	// It is renewed until it is given back: whoever holds it may have to finish something
	// after ctx has ended.
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer cancel()
		d.renewLease(renewing, name, owner)
	}()
	return held, func() {
		stop()
		<-done
		// Given back even when ctx has ended: the next holder need not wait for the term.
		_ = d.Update(context.WithoutCancel(ctx), func(tx *sql.Tx) error {
			_, err := tx.Exec(`DELETE FROM lease WHERE name = ?1 AND owner = ?2`, name, owner)
			return err
		})
	}, nil
}

func (d *DB) takeLease(ctx context.Context, name, owner string) (ok bool, err error) {
	host, _ := os.Hostname()
	now := time.Now()
	err = d.Update(ctx, func(tx *sql.Tx) error {
		var heldHost string
		var pid int
		var until int64
		err := tx.QueryRow(`SELECT host, pid, until FROM lease WHERE name = ?1`, name).Scan(&heldHost, &pid, &until)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err == nil && now.Unix() < until && (heldHost != host || alive(pid)) {
			return nil
		}
		ok = true
		_, err = tx.Exec(`
			INSERT INTO lease (name, owner, host, pid, until) VALUES (?1, ?2, ?3, ?4, ?5)
			ON CONFLICT (name) DO UPDATE SET owner = ?2, host = ?3, pid = ?4, until = ?5`,
			name, owner, host, os.Getpid(), now.Add(leaseTerm).Unix())
		return err
	})
	return ok, err
}

// renewLease returns when ctx ends or the lease could not be renewed in time.
func (d *DB) renewLease(ctx context.Context, name, owner string) {
	tick := time.NewTicker(leaseRenew)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var rows int64
		trying, cancel := context.WithTimeout(ctx, leaseRenew)
		err := d.Update(trying, func(tx *sql.Tx) error {
			res, err := tx.Exec(`UPDATE lease SET until = ?3 WHERE name = ?1 AND owner = ?2`,
				name, owner, time.Now().Add(leaseTerm).Unix())
			if err != nil {
				return err
			}
			rows, err = res.RowsAffected()
			return err
		})
		cancel()
		switch {
		case err == nil && rows == 0:
			return // another process holds it now
		case err == nil:
			last = time.Now()
		case time.Since(last) > leaseTerm-leaseRenew:
			return
		}
	}
}

// Holder tells who holds the lease called name; ok is false when nobody does.
func (d *DB) Holder(ctx context.Context, name string) (host string, pid int, ok bool, err error) {
	err = d.View(ctx, func(tx *sql.Tx) error {
		var until int64
		err := tx.QueryRow(`SELECT host, pid, until FROM lease WHERE name = ?1`, name).Scan(&host, &pid, &until)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		here, _ := os.Hostname()
		ok = err == nil && time.Now().Unix() < until && (host != here || alive(pid))
		return err
	})
	return host, pid, ok, err
}
