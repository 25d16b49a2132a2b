package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ownDisk mounts a small disk for the test, or skips where that is not allowed.
func ownDisk(t *testing.T, megabytes string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("pressrun-test", dir, "tmpfs", 0, "size="+megabytes+"m"); err != nil {
		t.Skipf("this user may not mount a disk of its own to try it on (%v)", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill leaves no free byte on the disk of dir and returns the file that takes it all.
func fill(t *testing.T, dir string) string {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	ok(t, err)
	defer f.Close()
	for _, size := range []int{1 << 20, 64 << 10, 4 << 10, 1} {
		for err == nil {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
	return f.Name()
}

// state is all that a command could change, as text.
func (h *house) state() (state []string) {
	h.Helper()
	for _, table := range []string{"source", "article", "edition", "issue", "story", "subscriber", "subscription", "delivery", "run"} {
		for _, row := range h.sql(`SELECT count(*) || ' of ` + table + `' FROM ` + table) {
			state = append(state, row)
		}
	}
	return append(state, h.sql(`SELECT id || ' ' || state || ' ' || attempts FROM delivery ORDER BY id`)...)
}

func TestFullDiskChangesNothingAndIsGotOver(t *testing.T) {
	t.Parallel()
	h := openHouse(t, ownDisk(t, "3"), 20)
	h.paper.publish(40)
	more := "email\n"
	for i := range 2000 {
		more += reader(1000+i) + "\n"
	}
	ok(t, os.WriteFile(filepath.Join(h.dir, "more.csv"), []byte(more), 0o600))
	before := h.state()
	filler := fill(t, h.dir)
	for _, command := range [][]string{
		{"fetch"}, {"send", "daily", "--yes"}, {"subscribers", "import", "more.csv", "--edition", "daily", "--evidence", "asked"},
		{"editions", "add", "weekly"}, {"preview", "daily", "-o", "issue.html"},
	} {
		_, said := h.run(1, command...)
		contains(t, said, "full|no space left")
	}
	ok(t, os.Remove(filler))
	if diff := cmp.Diff(before, h.state()); diff != "" {
		t.Errorf("the full disk changed something:\n%s", diff)
	}
	h.run(0, "send", "daily", "--yes")
	h.onceEach(20)
	h.run(0, "verify")
}

func TestDiskThatFillsUpWhileSendingLosesNobody(t *testing.T) {
	t.Parallel()
	const readers = 60
	h := openHouse(t, ownDisk(t, "3"), readers, slow(20*time.Millisecond))
	send := h.start("send", "daily", "--yes")
	h.relay.wait(t, 5)
	filler := fill(t, h.dir)
	send.ends(1)
	contains(t, send.stderr.String(), "full")
	ok(t, os.Remove(filler))
	h.run(0, "verify")
	h.run(0, "send", "daily", "--resume", "--yes")
	h.run(0, "verify")
	if got := h.deliveries(); got["sent"]+got["in doubt"] != readers || got["in doubt"] > 6 {
		t.Errorf("the ledger says %v", got)
	}
	copies := h.relay.byReader()
	for _, address := range h.sql(`SELECT email FROM delivery d JOIN subscriber s ON s.id = d.subscriber_id WHERE d.state = 'sent'`) {
		if n := len(copies[address]); n != 1 {
			t.Errorf("%s got %d mails", address, n)
		}
	}
}

func TestDatabaseThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	h := openHouse(t, ownDisk(t, "4"), 3)
	before := h.state()
	eventually(t, func() bool { // busy while another test starts a process
		return syscall.Mount("", h.dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "") == nil
	})
	for _, command := range [][]string{{"fetch"}, {"send", "daily", "--yes"}, {"subscribers", "add", "a@example.org", "--edition", "daily", "--evidence", "asked"}, {"status"}, {"serve"}} {
		_, said := h.run(1, command...)
		contains(t, said, "pressrun.db cannot be (written|opened); .*folder")
		if strings.Contains(said, "panic") {
			t.Error(said)
		}
	}
	ok(t, syscall.Mount("", h.dir, "", syscall.MS_REMOUNT, "size=4m"))
	if diff := cmp.Diff(before, h.state()); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
	h.run(0, "send", "daily", "--yes")
	h.onceEach(3)
}
