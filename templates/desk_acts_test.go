package templates

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEveryActOfTheAuditLogHasAWord fails when the desk, a program or the command line notes
// an act that the page of the log would show as it stands in the code.
func TestEveryActOfTheAuditLogHasAWord(t *testing.T) {
	acts := map[string]string{}
	for _, room := range []string{"", "api", "desk"} {
		files := parsed(t, filepath.Join("..", "cmd", "pressrun", room))
		takers := map[string]int{}
		for _, file := range files {
			maps.Copy(takers, takersOfActs(file))
		}
		for name, file := range files {
			for _, act := range actsOf(file, takers) {
				acts[act] = name
			}
		}
	}
	if len(acts) < 60 {
		t.Errorf("only %d acts were found: %v", len(acts), slices.Sorted(maps.Keys(acts)))
	}
	all, err := readDeskWords(deskFiles)
	if err != nil {
		t.Fatal(err)
	}
	for act, file := range acts {
		if _, ok := all[0].words["act."+act]; !ok {
			t.Errorf("%s notes %q, for which there is no word act.%s", file, act, act)
		}
	}
}

func parsed(t *testing.T, folder string) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if files[name], err = parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// takersOfActs are the functions with a parameter act, and which of theirs it is.
func takersOfActs(file *ast.File) map[string]int {
	takers := map[string]int{}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		at := 0
		for _, field := range f.Type.Params.List {
			for _, name := range field.Names {
				if name.Name == "act" {
					takers[f.Name.Name] = at
				}
				at++
			}
		}
	}
	return takers
}

// actsOf are the strings that become an act: a field or a variable of that name, or an
// argument of a function that takes one.
func actsOf(file *ast.File, takers map[string]int) (acts []string) {
	add := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if act, err := strconv.Unquote(lit.Value); err == nil && act != "" {
				acts = append(acts, act)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if isAct(n.Key) {
				add(n.Value)
			}
		case *ast.AssignStmt:
			for i, to := range n.Lhs {
				if isAct(to) && len(n.Rhs) == len(n.Lhs) {
					add(n.Rhs[i])
				}
			}
		case *ast.CallExpr:
			if at, ok := takers[called(n)]; ok && at < len(n.Args) {
				add(n.Args[at])
			}
		}
		return true
	})
	return acts
}

func isAct(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return strings.EqualFold(e.Name, "act")
	case *ast.SelectorExpr:
		return e.Sel.Name == "act" || e.Sel.Name == "Act"
	}
	return false
}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}
