package digest_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/pressrun/pressrun"

// arrows says for each room which others it may import. A room that is not built yet has
// its row all the same.
var arrows = map[string][]string{
	"subscribers/db":        {},
	"templates":             {},
	"digest/message":        {},
	"subscribers":           {"subscribers/db"},
	"digest/event":          {},
	"digest/click":          {"subscribers/db"},
	"digest":                {"digest/event", "subscribers/db"},
	"digest/feed":           {"digest"},
	"digest/relay":          {"digest/message"},
	"digest/relay/sink":     {},
	"digest/compose":        {"digest", "digest/message", "templates"},
	"digest/outbox":         {"subscribers/db", "digest/message", "digest/relay"},
	"digest/bounce":         {"digest/message", "digest/outbox", "subscribers"},
	"digest/picture":        {"digest", "digest/feed", "subscribers/db"},
	"digest/publish":        {"digest", "digest/compose", "digest/event", "digest/feed", "digest/outbox"},
	"cmd/pressrun/config":   {"digest/relay"},
	"cmd/pressrun/web":      {"templates"},
	"cmd/pressrun/demo":     {},
	"cmd/pressrun/site":     {"cmd/pressrun/web", "digest", "digest/click", "digest/compose", "digest/outbox", "subscribers"},
	"cmd/pressrun/staff":    {"subscribers/db"},
	"cmd/pressrun/identity": {},
	"cmd/pressrun/desk":     {"cmd/pressrun/web", "cmd/pressrun/staff", "cmd/pressrun/identity", "digest", "digest/click", "digest/compose", "digest/event", "digest/publish", "digest/outbox", "subscribers", "subscribers/db"},
	"cmd/pressrun/api":      {"cmd/pressrun/web", "cmd/pressrun/staff", "digest", "digest/click", "digest/publish", "digest/outbox", "digest/bounce", "subscribers"},
	"cmd/pressrun":          nil, // wires all: see floors
}

// granted are arrows beyond the table, each with its reason.
var granted = map[[2]string]string{
	{"digest/publish", "digest/message"}:    "it hands the outbox a function that makes messages for readers who chose alike",
	{"cmd/pressrun/site", "digest/message"}: "the postman keeps the messages of letters that say the same",
	{"cmd/pressrun/site", "digest/picture"}: "it serves the pictures of letters",
	{"cmd/pressrun/desk", "templates"}:      "the values that a page shows are types of templates",
	{"cmd/pressrun/site", "templates"}:      "the values that a page shows are types of templates",
}

// floors are the rooms from the ground up: arrows point down only. Tests may import any
// room on a lower floor.
var floors = [][]string{
	{"subscribers/db", "templates", "digest/message", "digest/event", "digest/relay/sink"},
	{"subscribers", "digest", "digest/relay", "digest/click"},
	{"digest/feed", "digest/compose", "digest/outbox"},
	{"digest/picture"},
	{"digest/publish", "digest/bounce"},
	{"cmd/pressrun/config", "cmd/pressrun/web", "cmd/pressrun/demo", "cmd/pressrun/staff", "cmd/pressrun/identity"},
	{"cmd/pressrun/site", "cmd/pressrun/desk", "cmd/pressrun/api"},
	{"cmd/pressrun"},
}

// homes are libraries that only one room imports.
var homes = map[string]string{
	"github.com/vanng822/go-premailer": "templates",
	"github.com/mattn/go-sqlite3":      "subscribers/db",
	"github.com/pressly/goose/v3":      "subscribers/db",
	"github.com/robfig/cron/v3":        "digest",
	"github.com/mmcdole/gofeed":        "digest/feed",
	"github.com/BurntSushi/toml":       "cmd/pressrun/config",
	"github.com/spf13/cobra":           "cmd/pressrun",
	"github.com/coreos/go-oidc/v3":     "cmd/pressrun/identity",
	"golang.org/x/oauth2":              "cmd/pressrun/identity",
	"github.com/go-webauthn/webauthn":  "cmd/pressrun/identity",
}

// environment is the room that reads the environment, and how it could be read.
const environment = "cmd/pressrun/config"

var readsEnvironment = []string{"os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv", "syscall.Getenv", "syscall.Environ"}

func floor(room string) int {
	return slices.IndexFunc(floors, func(rooms []string) bool { return slices.Contains(rooms, room) })
}

// A sourceFile is a Go file of the module, by its path with slashes.
type sourceFile struct {
	path string
	*ast.File
}

func (f sourceFile) room() string { return path.Dir(f.path) }
func (f sourceFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// faults says what the house does not allow in a file.
func (f sourceFile) faults() (faults []string) {
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	room := f.room()
	if floor(room) < 0 {
		add("%s is no room of the house", room)
		return faults
	}
	names := map[string]string{} // of packages in this file, by how it calls them
	for _, spec := range f.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			add("the import %s cannot be read", spec.Path.Value)
			continue
		}
		names[path.Base(to)] = to
		if spec.Name != nil {
			delete(names, path.Base(to))
			names[spec.Name.Name] = to
		}
		if other, ours := strings.CutPrefix(to, module+"/"); ours && other != room && !f.mayImport(other) {
			add("%s imports %s", room, other)
		}
		for library, home := range homes {
			if (to == library || strings.HasPrefix(to, library+"/")) && room != home && !f.isTest() {
				add("%s imports %s, which lives in %s", room, library, home)
			}
		}
	}
	if room != environment && !f.isTest() {
		faults = append(faults, f.environmentReads(names)...)
	}
	return faults
}

func (f sourceFile) mayImport(other string) bool {
	room := f.room()
	lower := floor(other) >= 0 && floor(other) < floor(room)
	if f.isTest() || room == "cmd/pressrun" {
		return lower
	}
	return lower && (slices.Contains(arrows[room], other) || granted[[2]string{room, other}] != "")
}

func (f sourceFile) environmentReads(names map[string]string) (faults []string) {
	for _, from := range []string{"os", "syscall"} {
		if names["."] == from {
			faults = append(faults, f.room()+" imports "+from+" without its name")
		}
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && slices.Contains(readsEnvironment, names[x.Name]+"."+sel.Sel.Name) {
			faults = append(faults, fmt.Sprintf("%s reads the environment by %s.%s", f.room(), names[x.Name], sel.Sel.Name))
		}
		return true
	})
	return faults
}

func parse(t *testing.T, name string, source any) sourceFile {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return sourceFile{filepath.ToSlash(name), file}
}

// moduleRoot is the folder of go.mod.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("there is no go.mod above this folder")
		}
		dir = filepath.Dir(dir)
	}
}

func TestArrowsPointDownOnly(t *testing.T) {
	root := moduleRoot(t)
	built := map[string]bool{}
	err := filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && at != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(at, ".go"):
			return nil
		}
		name, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		source, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		f := parse(t, name, source)
		built[f.room()] = true
		for _, fault := range f.faults() {
			t.Errorf("%s: %s", f.path, fault)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []string{"digest", "digest/outbox", "subscribers", "templates", "cmd/pressrun"} {
		if !built[room] {
			t.Errorf("no file of %s was read", room)
		}
	}
}

func TestTableOfArrowsHasEveryRoomAndPointsDown(t *testing.T) {
	for _, rooms := range floors {
		for _, room := range rooms {
			if _, ok := arrows[room]; !ok {
				t.Errorf("%s is on a floor and not in the table", room)
			}
		}
	}
	for room, others := range arrows {
		for _, other := range others {
			if floor(other) < 0 || floor(other) >= floor(room) {
				t.Errorf("the table lets %s import %s, which is not below it", room, other)
			}
		}
	}
}

func TestForbiddenArrowsAreFound(t *testing.T) {
	ours := func(rooms ...string) string {
		for i, r := range rooms {
			rooms[i] = strconv.Quote(module + "/" + r)
		}
		return "package p\nimport (\n" + strings.Join(rooms, "\n") + "\n)"
	}
	for _, c := range []struct {
		name, file, source string
		want               []string
	}{
		{"down", "digest/compose/a.go", ours("digest", "templates"), nil},
		{"up", "digest/a.go", ours("subscribers/db", "digest/outbox"), []string{"digest imports digest/outbox"}},
		{"aside", "cmd/pressrun/site/a.go", ours("cmd/pressrun/desk"), []string{"cmd/pressrun/site imports cmd/pressrun/desk"}},
		{"down, and not in the table", "digest/feed/a.go", ours("subscribers/db"), []string{"digest/feed imports subscribers/db"}},
		{"subscribers know no digest", "subscribers/a.go", ours("digest"), []string{"subscribers imports digest"}},
		{"to no room", "digest/a.go", ours("digest/utils"), []string{"digest imports digest/utils"}},
		{"in no room", "digest/utils/a.go", ours("digest"), []string{"digest/utils is no room of the house"}},
		{"a test server in the product", "digest/outbox/a.go", ours("digest/relay/sink"), []string{"digest/outbox imports digest/relay/sink"}},
		{"a test server in a test", "digest/outbox/a_test.go", ours("digest/relay/sink"), nil},
		{"a test server in the program", "cmd/pressrun/a.go", ours("digest/relay/sink"), nil},
		{"a test upwards", "subscribers/a_test.go", ours("digest/outbox"), []string{"subscribers imports digest/outbox"}},
		{"the inliner at home", "templates/a.go", `package p; import "github.com/vanng822/go-premailer/premailer"`, nil},
		{"the inliner elsewhere", "digest/compose/a.go", `package p; import _ "github.com/vanng822/go-premailer/premailer"`,
			[]string{"digest/compose imports github.com/vanng822/go-premailer, which lives in templates"}},
		{"the environment at home", "cmd/pressrun/config/a.go", `package p; import "os"; var x = os.Getenv("X")`, nil},
		{"the environment in a test", "digest/a_test.go", `package p; import "os"; var x = os.Getenv("X")`, nil},
		{"the environment elsewhere", "cmd/pressrun/a.go", `package p; import "os"; var x, _ = os.LookupEnv("X")`,
			[]string{"cmd/pressrun reads the environment by os.LookupEnv"}},
		{"the environment as a value", "digest/a.go", `package p; import "os"; var f = os.Environ`,
			[]string{"digest reads the environment by os.Environ"}},
		{"by another name", "digest/a.go", `package p; import system "os"; var x = system.Getenv("X")`,
			[]string{"digest reads the environment by os.Getenv"}},
		{"without a name", "digest/a.go", `package p; import . "os"; var x = Getenv("X")`,
			[]string{"digest imports os without its name"}},
		{"something else called os", "digest/a.go", `package p; import os "strings"; var x = os.ToUpper("X")`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, parse(t, c.file, c.source).faults()); d != "" {
				t.Error(d)
			}
		})
	}
}
