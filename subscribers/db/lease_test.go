package db

import (
	"context"
	"database/sql"
	"testing"
	"testing/synctest"
	"time"
)

// These tests move seconds and minutes in a bubble of time; the database is a real file.

// inBubble runs a test on a database with leases, opened twice.
func inBubble(t *testing.T, test func(t *testing.T, first, other *DB)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		first := open(t)
		other := again(t, first)
		if err := first.Migrate(t.Context(), SchemaOfLeases()); err != nil {
			t.Fatal(err)
		}
		test(t, first, other)
	})
}

// ended waits until the context of a lease ends and returns how long that took.
func ended(t *testing.T, held context.Context) time.Duration {
	t.Helper()
	begun := time.Now()
	select {
	case <-held.Done():
	case <-time.After(time.Minute):
		t.Error("the lease goes on")
	}
	return time.Since(begun)
}

func TestLeaseIsPassedOnWhenItIsGivenBack(t *testing.T) {
	inBubble(t, func(t *testing.T, first, other *DB) {
		_, release, err := first.Acquire(t.Context(), "sender")
		if err != nil {
			t.Fatal(err)
		}
		_, releaseElse, err := other.Acquire(t.Context(), "scheduler") // another lease is free
		if err != nil {
			t.Fatal(err)
		}
		releaseElse()
		got := make(chan time.Duration)
		begun := time.Now()
		go func() {
			_, releaseOther, err := other.Acquire(t.Context(), "sender")
			if err != nil {
				t.Error(err)
				close(got)
				return
			}
			got <- time.Since(begun)
			releaseOther()
		}()
		time.Sleep(10 * time.Minute) // many terms: it is renewed
		release()
		if waited := <-got; waited < 10*time.Minute || waited > 10*time.Minute+2*time.Second {
			t.Errorf("the second holder waited %s", waited)
		}
		synctest.Wait()
	})
}

func TestLeaseOfAnotherMachineIsTakenWhenItsTermIsOver(t *testing.T) {
	inBubble(t, func(t *testing.T, first, _ *DB) {
		begun := time.Now()
		exec(t, first, "INSERT INTO lease (name, owner, host, pid, until) VALUES ('sender', 'gone', 'elsewhere', 1, ?1)", begun.Add(leaseTerm).Unix())
		if _, pid, ok, err := first.Holder(t.Context(), "sender"); !ok || pid != 1 || err != nil {
			t.Errorf("held by %d: %v %v", pid, ok, err)
		}
		_, release, err := first.Acquire(t.Context(), "sender")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		if waited := time.Since(begun); waited < leaseTerm-time.Second || waited > leaseTerm+2*time.Second {
			t.Errorf("waited %s for a lease of %s", waited, leaseTerm)
		}
	})
}

func TestLostLeaseEndsTheWorkAndIsNotTakenFromItsNewHolder(t *testing.T) {
	inBubble(t, func(t *testing.T, first, other *DB) {
		held, release, err := first.Acquire(t.Context(), "sender")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if held.Err() != nil {
			t.Fatal("lost although it was renewed")
		}
		// As after the machine slept through its term.
		exec(t, other, "UPDATE lease SET owner = 'new', host = 'elsewhere', until = ?1", time.Now().Add(time.Hour).Unix())
		if waited := ended(t, held); waited > leaseRenew {
			t.Errorf("noticed after %s", waited)
		}
		release()
		var owner string
		if err := other.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow("SELECT owner FROM lease").Scan(&owner) }); err != nil || owner != "new" {
			t.Errorf("held by %q: %v", owner, err)
		}
	})
}

func TestLeaseEndsWithItsTermWhenTheDatabaseTakesNoMore(t *testing.T) {
	inBubble(t, func(t *testing.T, first, _ *DB) {
		held, release, err := first.Acquire(t.Context(), "sender")
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		exec(t, first, "CREATE TRIGGER full BEFORE UPDATE ON lease BEGIN SELECT RAISE(ABORT, 'no room'); END")
		if worked := ended(t, held); worked > leaseTerm {
			t.Errorf("it worked on for %s, its term is %s", worked, leaseTerm)
		}
	})
}
