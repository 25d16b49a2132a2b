package digest

import (
	"context"
	"math"
)

// RunsBefore returns up to n issues, skipped ones too, newest first, without their stories:
// those with an ID below before, or the newest when before is 0; of one edition, or of all
// when edition is "".
func (s *Store) RunsBefore(ctx context.Context, edition string, before int64, n int) ([]Issue, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return s.issues(ctx, `SELECT `+issueColumns+`
		WHERE (?1 = '' OR e.slug = ?1) AND i.id < ?2 ORDER BY i.id DESC LIMIT ?3`, edition, before, n)
}
