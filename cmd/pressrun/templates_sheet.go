package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressrun/pressrun/templates"
)

// A contactSheet shows letters side by side, one row a theme, as a browser sets them.
type contactSheet struct {
	Width, Height int // of the page in pixels
	Rows          []sheetRow
}

type sheetRow struct {
	Theme, About string
	Letters      []sheetLetter
}

// A sheetLetter is a letter on a screen of that width.
type sheetLetter struct {
	Says  string // what it shows
	HTML  string
	Width int // of the screen
	Dark  bool
}

const (
	sheetScale  = 0.5  // of the letters
	sheetFrame  = 1500 // pixels of a letter's height that are shown
	sheetGap    = 24
	sheetHead   = 64 // a row's title
	sheetLabel  = 26
	sheetWait   = time.Minute // for the browser
	sheetNeeded = "a contact sheet needs Chromium or Chrome; install it (Debian: apt install chromium)"
)

// sheetWidths are a phone and the reading pane of a desk.
var sheetWidths = []int{390, 640}

// newContactSheet sets the sample letter in every theme, in the paper's colour, in English
// and Arabic, light and dark.
func newContactSheet(set *templates.Set, paper templates.Paper) (*contactSheet, error) {
	s := &contactSheet{}
	for _, theme := range set.Themes() {
		row := sheetRow{Theme: theme.Name, About: theme.About}
		for _, language := range []string{"en", "ar"} {
			l := templates.Sample(language)
			l.Theme, l.Hijri = theme.Name, language == "ar"
			if paper.Accent != "" {
				l.Paper.Accent = paper.Accent
			}
			email, err := set.Email(l)
			if err != nil {
				return nil, err
			}
			page := string(set.WithSamplePictures(email.HTML))
			for _, dark := range []bool{false, true} {
				for _, width := range sheetWidths {
					row.Letters = append(row.Letters, sheetLetter{Says: sheetSays(language, dark, width), HTML: inScheme(page, dark), Width: width, Dark: dark})
				}
			}
		}
		s.Rows = append(s.Rows, row)
		s.Width = sheetGap
		for _, l := range row.Letters {
			s.Width += int(float64(l.Width)*sheetScale) + sheetGap
		}
		s.Height += sheetHead + sheetLabel + int(sheetFrame*sheetScale) + sheetGap
	}
	return s, nil
}

func sheetSays(language string, dark bool, width int) string {
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	return fmt.Sprintf("%s, %s, %d px", language, scheme, width)
}

// inScheme shows a letter's dark colours, or never, whatever the browser prefers.
func inScheme(page string, dark bool) string {
	query := "not all"
	if dark {
		query = "all"
	}
	return strings.ReplaceAll(page, "(prefers-color-scheme:dark)", query)
}

// write has the browser take a picture of the sheet.
func (s *contactSheet) write(ctx context.Context, file string) error {
	browser, err := findBrowser()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "pressrun-sheet-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var page bytes.Buffer
	if err := sheetPage.Execute(&page, s); err != nil {
		return err
	}
	from, picture := filepath.Join(dir, "sheet.html"), filepath.Join(dir, "sheet.png")
	if err := os.WriteFile(from, page.Bytes(), 0o600); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sheetWait)
	defer cancel()
	// The letters are our own and have no script; as root, as in a container, Chromium
	// starts only without its sandbox.
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--virtual-time-budget=20000",
		"--user-data-dir="+filepath.Join(dir, "profile"), fmt.Sprintf("--window-size=%d,%d", s.Width, s.Height),
		"--screenshot="+picture, "file://"+filepath.ToSlash(from))
	said, err := cmd.CombinedOutput()
	png, missing := os.ReadFile(picture)
	if missing != nil {
		return fmt.Errorf("%s took no picture (%w): %s", browser, errors.Join(err, ctx.Err()), clip(strings.TrimSpace(string(said)), 400))
	}
	return os.WriteFile(file, png, 0o644)
}

// findBrowser returns the first browser there is that can take a picture.
func findBrowser() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New(sheetNeeded)
}

var sheetPage = template.Must(template.New("sheet").Funcs(template.FuncMap{
	"scaled": func(n int) int { return int(float64(n) * sheetScale) },
}).Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Contact sheet</title><style>
body{margin:0;background:#b9bcc0;color:#111;font:14px/20px sans-serif;width:{{.Width}}px}
.row{padding:0 0 24px 24px;height:864px;box-sizing:border-box;overflow:hidden}
h2{font-size:22px;line-height:44px;margin:0;padding-top:20px;height:44px}
h2 small{font-weight:normal;font-size:15px;margin-left:12px}
.letters{display:flex;gap:24px}
.says{height:26px}
.frame{height:750px;overflow:hidden;background:#fff}
.frame.dark{background:#000}
iframe{border:0;transform:scale(.5);transform-origin:0 0;height:1500px;overflow:hidden}
</style></head><body>
{{range .Rows}}<div class="row"><h2>{{.Theme}}<small>{{.About}}</small></h2><div class="letters">
{{range .Letters}}<div><div class="says">{{.Says}}</div>
<div class="frame{{if .Dark}} dark{{end}}" style="width:{{scaled .Width}}px"><iframe sandbox="allow-same-origin" scrolling="no" width="{{.Width}}" srcdoc="{{.HTML}}"></iframe></div></div>{{end}}
</div></div>{{end}}
</body></html>`))
