package site

import (
	"net/http"
	"strconv"
)

// showPicture answers with a copy of a story's picture. Its name is that of its content, so
// that it may be kept for good. Web mailers show it on pages of their own.
func (s *Site) showPicture(w http.ResponseWriter, r *http.Request) error {
	f, err := s.Pictures.File(r.Context(), r.PathValue("name"))
	if err != nil {
		return noPage(err)
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Content-Type", f.Type)
	h.Set("Content-Length", strconv.Itoa(len(f.Data)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err = w.Write(f.Data)
	return err
}
