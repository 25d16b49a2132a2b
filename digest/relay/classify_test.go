package relay

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// Each row is a reply that some server gives, with what it shall mean to us.
func TestRepliesOfTheWorld(t *testing.T) {
	data, err := os.ReadFile("testdata/replies.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(data)), "\n")[1:]
	if len(rows) < 150 {
		t.Errorf("there are %d replies; 150 are the least", len(rows))
	}
	seen := map[Class]int{}
	for _, row := range rows {
		f := strings.Split(row, "\t")
		if len(f) != 6 {
			t.Fatalf("%q has %d fields, not 6", row, len(f))
		}
		code, err := strconv.Atoi(f[1])
		if err != nil {
			t.Fatal(err)
		}
		// What comes over the wire goes through the parser first.
		r, err := readReply(bufio.NewReader(strings.NewReader(strings.TrimRight(fmt.Sprintf("%d %s", code, f[2]), " ") + " " + f[3] + "\r\n")))
		if err != nil {
			t.Fatalf("%q: %v", row, err)
		}
		want := Class(f[4])
		seen[want]++
		if got := Classify(Stage(f[0]), r); got != want {
			t.Errorf("%s: %s is %s, want %s (%s)", f[0], r, got, want, f[5])
		}
	}
	for _, c := range []Class{Hard, Soft, Retry, Unavailable, Quota, Block, Configuration, Content, Sender, Protocol} {
		if seen[c] < 5 {
			t.Errorf("there are only %d replies of class %s", seen[c], c)
		}
	}
}
