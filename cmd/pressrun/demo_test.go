package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// tableOf reads the rows of the demo's summary: what stands left of the gap is the name.
func tableOf(text string) map[string]string {
	table := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^(\S.*?|  \S.*?)  +(\S.*)$`).FindAllStringSubmatch(text, -1) {
		table[row[1]] = row[2]
	}
	return table
}

func count(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.ReplaceAll(text, ",", ""))
	ok(t, err)
	return n
}

func TestDemoAccountsForEveryMail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ readers, kept int }{
		{1, 1}, {300, 300}, {700, 400}, // of each language the inbox keeps 200
	} {
		h := bareHouse(t, t.TempDir())
		said, _ := h.run(0, "demo", "--once", "--listen", "127.0.0.1:0", "--dir", "demo", "--subscribers", fmt.Sprint(c.readers))
		table := tableOf(said)
		for row, want := range map[string]string{
			"prepared": fmt.Sprint(c.readers), "deliveries sent": fmt.Sprint(c.readers),
			"in the inbox": plural(c.readers, "mail", "mails") + ", 0 twice",
		} {
			if table[row] != want {
				t.Errorf("%d readers: %s is %q, want %q\n%s", c.readers, row, table[row], want, said)
			}
		}
		articles, reasons := count(t, table["articles"]), 0
		for _, row := range regexp.MustCompile(`(?m)^(?:  )?(in|topic left out.*?|over the limit.*?|older than.*?|duplicates? of.*?)  +([\d,]+)$`).FindAllStringSubmatch(said, -1) {
			reasons += count(t, row[2])
		}
		if articles < 40 || reasons != articles {
			t.Errorf("%d articles have %d reasons\n%s", articles, reasons, said)
		}
		files, err := filepath.Glob(filepath.Join(h.dir, "demo", "inbox", "*.eml"))
		ok(t, err)
		if len(files) != c.kept {
			t.Errorf("%d readers: the inbox kept %d mails, want %d", c.readers, len(files), c.kept)
		}
	}
}

func TestDemoLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	h := bareHouse(t, t.TempDir())
	temp := filepath.Join(h.dir, "temp")
	ok(t, os.Mkdir(temp, 0o755))
	h.with("TMPDIR", temp)
	h.run(0, "demo", "--once", "--listen", "127.0.0.1:0", "--subscribers", "20")

	demo := h.start("demo", "--listen", "127.0.0.1:0", "--subscribers", "20")
	inbox := demo.says(`Open the inbox: +(http://\S+)`)
	if status, page := get(t, inbox); status != 200 || !strings.Contains(page, "<strong>20</strong> mails received") {
		t.Errorf("the inbox (%d) shows %s", status, page)
	}
	demo.signal(syscall.SIGINT)
	demo.ends(0)

	demo = h.start("demo", "--listen", "127.0.0.1:0", "--subscribers", "50000")
	eventually(t, func() bool { dirs, _ := os.ReadDir(temp); return len(dirs) == 1 })
	demo.signal(syscall.SIGTERM)
	demo.ends(1)

	left, err := os.ReadDir(temp)
	ok(t, err)
	if len(left) > 0 {
		t.Errorf("%v is left behind", left)
	}
}

func TestDemoRefusesAFolderInUse(t *testing.T) {
	t.Parallel()
	h := bareHouse(t, t.TempDir())
	ok(t, os.WriteFile(filepath.Join(h.dir, "pressrun.db"), []byte("mine"), 0o600))
	_, said := h.run(1, "demo", "--once", "--dir", ".", "--subscribers", "1")
	contains(t, said, "holds a database already; choose an empty folder")
	for _, n := range []string{"0", "-1", "1000001", "many"} {
		h.run(2, "demo", "--subscribers", n)
	}
	if b, err := os.ReadFile(filepath.Join(h.dir, "pressrun.db")); err != nil || string(b) != "mine" {
		t.Errorf("the file is now %q, %v", b, err)
	}
}
