package desk

import (
	"net/http"
	"strconv"

	"github.com/pressrun/pressrun/templates"
)

// auditPage is how many entries a page of the log has.
const auditPage = 50

// showAudit shows who changed what.
func (d *Desk) showAudit(w http.ResponseWriter, r *http.Request) error {
	before, err := strconv.ParseInt(r.FormValue("before"), 10, 64)
	if r.FormValue("before") != "" && (err != nil || before < 1) {
		return errNoPage
	}
	entries, err := d.Staff.Audit(r.Context(), before, auditPage+1)
	if err != nil {
		return err
	}
	view := templates.DeskAudit{Paged: before > 0}
	if len(entries) > auditPage {
		entries = entries[:auditPage]
		view.Older = entries[auditPage-1].ID
	}
	for _, e := range entries {
		view.Entries = append(view.Entries, templates.DeskEntry{At: e.At.In(d.zone()), Name: e.Name, Act: e.Act, What: e.What, Detail: e.Detail})
	}
	return d.render(w, r, "audit", view)
}
