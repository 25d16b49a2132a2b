package templates

import (
	"bufio"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// speakers are the rooms whose sentences can reach an editor.
var speakers = []string{
	"digest", "digest/compose", "digest/event", "digest/feed", "digest/message", "digest/outbox", "digest/picture",
	"digest/publish", "digest/relay", "subscribers", "subscribers/db", "cmd/pressrun/desk", "cmd/pressrun/staff",
}

// joined are files with sentences that no single string of the code has: put together from
// parts, or from elsewhere.
var joined = []string{"joined.json", "system.json"}

// unsaid is a reviewed list of strings that look like sentences and reach no editor. A line
// that begins with # says why of those below it: a file, or a room and a string.
const unsaid = "testdata/unsaid.txt"

// TestEverySentenceOfTheLowerRoomsIsSaid fails when a new error or reason has no Arabic: put
// it into desk/words/ar/said, or into testdata/unsaid.txt if no editor can read it.
func TestEverySentenceOfTheLowerRoomsIsSaid(t *testing.T) {
	keys, silent := saidKeys(t), readUnsaid(t)
	found, met := map[string]bool{}, map[string]bool{}
	for _, room := range speakers {
		for _, s := range sentencesOf(t, room) {
			if silent[s.file] || silent[room+"\t"+s.text] {
				met[s.file], met[room+"\t"+s.text] = true, true
				continue
			}
			said := false
			for _, key := range []string{s.text, s.text + "%s", "%s" + s.text} { // a part of one
				if keys[key] != "" {
					said, found[key] = true, true
				}
			}
			if !said {
				t.Errorf("%s: %q is not said in Arabic", s.file, s.text)
			}
		}
	}
	if len(found) < 300 {
		t.Errorf("only %d sentences were found", len(found))
	}
	for key, file := range keys {
		if !found[key] && !slices.Contains(joined, file) {
			t.Errorf("%s says %q, which nobody says any more", file, key)
		}
	}
	for line := range silent {
		if !met[line] {
			t.Errorf("%s has %q, which stands nowhere any more", unsaid, line)
		}
	}
}

// saidKeys returns the file of each sentence.
func saidKeys(t *testing.T) map[string]string {
	t.Helper()
	names, err := fs.Glob(deskFiles, "desk/words/ar/said/*.json")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{}
	for _, name := range names {
		data, err := fs.ReadFile(deskFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		var part map[string]string
		if err := json.Unmarshal(data, &part); err != nil {
			t.Fatal(err)
		}
		for key := range part {
			if path.Base(name) != saidWords {
				keys[key] = path.Base(name)
			}
		}
	}
	return keys
}

func readUnsaid(t *testing.T) map[string]bool {
	t.Helper()
	file, err := os.Open(unsaid)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, why := map[string]bool{}, ""
	for in := bufio.NewScanner(file); in.Scan(); {
		line := in.Text()
		switch {
		case line == "":
			why = ""
		case line[0] == '#':
			why = line
		case why == "":
			t.Fatalf("%s: nothing says why of %s", unsaid, line)
		default:
			if room, text, ok := strings.Cut(line, "\t"); ok {
				if text, err = strconv.Unquote(text); err != nil {
					t.Fatalf("%s: %s: %v", unsaid, line, err)
				}
				line = room + "\t" + text
			}
			if lines[line] {
				t.Errorf("%s has %q twice", unsaid, line)
			}
			lines[line] = true
		}
	}
	return lines
}

// A spokenText is a string of the code that looks like a sentence.
type spokenText struct{ file, text string }

func sentencesOf(t *testing.T, room string) (all []spokenText) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(room), "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files in %s: %v", room, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range stringsOf(file) {
			all = append(all, spokenText{room + "/" + filepath.Base(name), text})
		}
	}
	return all
}

var (
	// A sentence has a blank, and a word in small letters.
	hasAWord = regexp.MustCompile(`\b[a-z]{2,}\b`)
	// What has a form of its own is none: SQL, types of media, routes, HTML, times.
	ownForm = regexp.MustCompile(`^\s*(?:SELECT|INSERT|UPDATE|DELETE|DROP|CREATE|WITH|PRAGMA|ORDER BY|WHERE|FROM|NOT EXISTS|AND|OR|LEFT JOIN|SAVEPOINT|ROLLBACK|RELEASE)\b` +
		`|\?[0-9%]|\b[A-Z]+ FROM \b|\bFROM [a-z]|^[a-z_.]+,\s+[a-z_.]+,|\bdoubts [=>]|\b(?:state|reason) (?:=|IN|NOT IN) ['(]` +
		`|^(?:text|image|application)/|^(?:GET|POST) /|^<|^[^a-z]*2006|^[A-Z][A-Za-z]+-[A-Za-z-]+: [a-z]+$|^default-src`)
	// A reason can be written by SQL.
	reasonInSQL = regexp.MustCompile(`reason = '([^'?]+)'`)
	logs        = []string{"Debug", "Info", "Warn", "Error", "MustCompile"}
)

// stringsOf returns what looks like a sentence in a file, joined strings as one with holes.
func stringsOf(file *ast.File) (all []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field: // its tag is none
			n.Tag = nil
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && slices.Contains(logs, sel.Sel.Name) && len(n.Args) > 0 {
				return false
			}
		case ast.Expr:
			text, is := textOfExpr(n)
			if !is {
				return true
			}
			for _, m := range reasonInSQL.FindAllStringSubmatch(text, -1) {
				all = append(all, m[1])
			}
			if strings.Contains(text, " ") && hasAWord.MatchString(text) && !ownForm.MatchString(text) {
				all = append(all, text)
			}
			return false
		}
		return true
	})
	return all
}

func textOfExpr(e ast.Expr) (text string, is bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.BinaryExpr:
		left, isLeft := textOfExpr(e.X)
		right, isRight := textOfExpr(e.Y)
		if e.Op != token.ADD || !isLeft && !isRight {
			return "", false
		}
		if !isLeft {
			left = "%s"
		}
		if !isRight {
			right = "%s"
		}
		return left + right, true
	}
	return "", false
}
