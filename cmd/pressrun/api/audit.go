package api

import (
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
)

// A noted change is an entry of the audit log.
type noted struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Editor int64     `json:"editor,omitempty"` // none: the command line, or a program
	By     string    `json:"by"`
	Act    string    `json:"act"`
	What   string    `json:"what,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

// listAudit lists who changed what, the newest first.
func (a *API) listAudit(c *call) (answer, error) {
	before, limit, err := c.page("audit")
	if err != nil {
		return answer{}, err
	}
	all, err := a.Staff.Audit(c.Context(), before, limit+1)
	return answer{body: listOf(all, limit, "audit", func(e staff.Entry) int64 { return e.ID }, func(e staff.Entry) noted {
		return noted{e.ID, utc(e.At), e.Editor, e.Name, e.Act, e.What, e.Detail}
	})}, err
}
