package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// listing gives a command that lists things the flag --json.
type listing struct{ json bool }

func (l *listing) flag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&l.json, "json", false, "print JSON for other programs")
}

// print writes v as JSON, or what table writes for people: columns divided by tabs.
func (l *listing) print(out io.Writer, v any, table func(w io.Writer)) error {
	if l.json {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	var set bytes.Buffer
	w := tabwriter.NewWriter(&set, 0, 4, 2, ' ', 0)
	table(w)
	if err := w.Flush(); err != nil {
		return err
	}
	for line := range bytes.Lines(set.Bytes()) { // an empty last cell leaves blanks before it
		if _, err := fmt.Fprintf(out, "%s\n", bytes.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// row writes one line of a table. Tabs and line ends in the cells would break it.
func row(w io.Writer, cells ...any) {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = strings.Join(strings.Fields(fmt.Sprint(c)), " ")
	}
	fmt.Fprintln(w, strings.Join(texts, "\t"))
}

// isTerminal reports whether somebody looks at the file.
func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// number writes 1234567 as 1,234,567.
func number[N int | int64](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural returns "1 story", "2 stories".
func plural[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// clip shortens text for a column.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
