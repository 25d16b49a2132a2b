package site

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/web"
)

// The scripts of the pages. Every page works without.
//
//go:embed scripts/*.js
var scriptFiles embed.FS

// scriptSum names the content of all scripts, since they name each other by relative paths.
func scriptSum() string {
	sum := sha256.New()
	names, err := fs.Glob(scriptFiles, "scripts/*.js")
	if err != nil {
		panic(err) // the pattern is right
	}
	for _, name := range names {
		data, err := fs.ReadFile(scriptFiles, name)
		if err != nil {
			panic(err) // the file is part of the program
		}
		sum.Write(data)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// script is the path of a script for a page.
func (s *Site) script(name string) string {
	return s.Frame.Root() + "/static/" + s.scriptSum + "/js/" + name
}

// showScript answers with a script of ours. Under the name of its content it may be kept
// for a year.
func (s *Site) showScript(w http.ResponseWriter, r *http.Request) error {
	data, err := scriptFiles.ReadFile("scripts/" + r.PathValue("name"))
	if err != nil {
		return web.ErrNoPage
	}
	// A worker has the policy of its own file.
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	web.Keep(w, r, "text/javascript; charset=utf-8", data, time.Minute)
	return nil
}
