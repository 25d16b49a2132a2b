package templates

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// A Stray is a file in an operator's folder that nothing reads.
type Stray struct {
	File    string
	Nearest string // the name of ours that is most like it, "" when none is
}

// Strays returns the files in an operator's folder that stand in for none of ours and
// that nothing includes: nearly always a slip in a name. Notes (.md), files whose names
// begin with a dot and the copies that editors leave (~) are not asked about.
func Strays(override fs.FS) ([]Stray, error) {
	known, err := namesIn(ours)
	if err != nil {
		return nil, err
	}
	// The shared parts first: of equals, they are the likelier ones.
	slices.SortStableFunc(known, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	theirs, err := namesIn(override)
	if err != nil {
		return nil, err
	}
	var strays []Stray
	for _, name := range theirs {
		read, err := isRead(override, name, theirs)
		if err != nil {
			return nil, err
		}
		if !read {
			strays = append(strays, Stray{name, meant(name, known)})
		}
	}
	return strays, nil
}

func namesIn(files fs.FS) (names []string, err error) {
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(base, "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case !entry.IsDir() && path.Ext(base) != ".md" && !strings.HasSuffix(base, "~"):
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// meant returns the name that a stray was meant to have: a part's, in a theme's folder.
func meant(name string, known []string) string {
	dir, base := path.Split(name)
	if isTheme(path.Clean(dir)) {
		if part := nearest("email/"+base, known); path.Dir(part) == "email" && !strings.HasPrefix(path.Base(part), "note.") {
			return dir + path.Base(part)
		}
		return ""
	}
	return nearest(name, known)
}

// isTheme reports whether a folder is a theme's.
func isTheme(dir string) bool {
	return path.Dir(dir) == "email" && dir != "email/words" && dir != "email/"+Broadsheet
}

// isRead reports whether a file stands in for one of ours, holds the words of a language,
// is a theme's part or look, or is included by another e-mail template of the same folder.
func isRead(override fs.FS, name string, theirs []string) (bool, error) {
	if _, err := fs.Stat(ours, name); !errors.Is(err, fs.ErrNotExist) {
		return err == nil, err
	}
	dir, base, ext := path.Dir(name), path.Base(name), path.Ext(name)
	if (dir == "email/words" || dir == "site/words") && ext == ".json" {
		_, err := language.Parse(strings.TrimSuffix(base, ext))
		return err == nil, nil
	}
	theme := isTheme(dir)
	if theme {
		if _, err := fs.Stat(ours, "email/"+base); err == nil && !strings.HasPrefix(base, "note.") {
			return true, nil
		}
	}
	if !theme && dir != "email" || !isPart(base) {
		return false, nil
	}
	for _, other := range theirs {
		if other == name || path.Dir(other) != dir {
			continue
		}
		source, err := fs.ReadFile(override, other)
		if err != nil {
			return false, err
		}
		if strings.Contains(string(source), `"`+name+`"`) || theme && strings.Contains(string(source), `"email/`+base+`"`) {
			return true, nil
		}
	}
	return false, nil
}

// nearest returns the known name that differs from name in the fewest letters, or only in
// its folder; "" when none is like it.
func nearest(name string, known []string) string {
	best, least := "", 4
	if len(name) > 100 {
		return "" // no slip, and costly to compare
	}
	for _, k := range known {
		d := distance(name, k)
		if path.Base(name) == path.Base(k) {
			d = min(d, 3)
		}
		if d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of letters to add, drop or change to make a from b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
