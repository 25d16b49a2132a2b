package desk

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"strconv"
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

// showScript answers with a script of ours.
func (d *Desk) showScript(w http.ResponseWriter, r *http.Request) error {
	data, err := scriptFiles.ReadFile("scripts/" + r.PathValue("name"))
	if err != nil {
		return errNoPage
	}
	return keep(w, r, "text/javascript; charset=utf-8", data, r.PathValue("sum") == d.scriptSum)
}

// showStyle answers with the desk's stylesheet.
func (d *Desk) showStyle(w http.ResponseWriter, r *http.Request) error {
	css, sum := d.Pages.Style()
	return keep(w, r, "text/css; charset=utf-8", css, r.PathValue("sum") == sum)
}

// keep lets a file be kept for a year under the name of its content; a page from before a
// change still gets today's, for a minute.
func keep(w http.ResponseWriter, r *http.Request, contentType string, data []byte, fixed bool) error {
	if !fixed {
		web.Keep(w, r, contentType, data, time.Minute)
		return nil
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err := w.Write(data)
	return err
}
