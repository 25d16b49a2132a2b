package main

import (
	"net/http"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/desk"
	"github.com/pressrun/pressrun/cmd/pressrun/web"
)

// desk returns the editors' pages.
func (p *program) desk(frame *web.Frame) (http.Handler, error) {
	pages, err := p.templates.Desk(paperOf(p.cfg))
	if err != nil {
		return nil, err
	}
	d := &desk.Desk{
		Frame: frame, Pages: pages, Paper: p.cfg.Paper.Name, Staff: p.staff, Digest: p.digest, Publisher: p.publisher,
		Queue: p.queue, Readers: p.readers, DB: p.db, Zone: time.Local,
	}
	return d.Handler(), nil
}

// twoDoors lets editors in at /desk, and everybody at the rest. A proxy may have stripped
// root from the path or not.
func twoDoors(root string, editors, readers http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if rest, ok := strings.CutPrefix(path, root); ok && strings.HasPrefix(rest, "/") {
			path = rest
		}
		// A link in a mail lets an editor answer without a login.
		if path == "/desk" || strings.HasPrefix(path, "/desk/") && !strings.HasPrefix(path, "/desk/approve/") {
			editors.ServeHTTP(w, r)
			return
		}
		readers.ServeHTTP(w, r)
	})
}
