package api

import (
	"cmp"
	"errors"
	"io"
	"net/http"

	"github.com/pressrun/pressrun/digest"
)

// exportReaders answers with a CSV file of all subscriptions, or those of an edition. That a
// program took it is written down.
func (a *API) exportReaders(c *call) (answer, error) {
	var v struct {
		Edition string `json:"edition"`
	}
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	if v.Edition != "" {
		if _, err := a.Digest.Edition(c.Context(), v.Edition); errors.Is(err, digest.ErrNotFound) {
			return answer{}, wrongField.because("There is no edition %.40q.", v.Edition).in("edition")
		} else if err != nil {
			return answer{}, err
		}
	}
	if err := a.note(c, "export", cmp.Or(v.Edition, "all"), ""); err != nil {
		return answer{}, err
	}
	c.slow(importPatience)
	return answer{csv: func(w io.Writer) error {
		if _, err := a.Readers.Export(c.Context(), w, v.Edition); err != nil {
			a.Frame.Log.Error("an export of readers broke off", "error", err)
			panic(http.ErrAbortHandler) // so that nobody takes what came for the whole
		}
		return nil
	}}, nil
}
