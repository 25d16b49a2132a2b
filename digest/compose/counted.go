package compose

import (
	"fmt"

	"github.com/pressrun/pressrun/digest"
)

// CountedPath is where links lead that are counted: behind it stand the issue, the story (0
// for the link that no person sees) and the stamp of the copy.
const CountedPath = "/to/"

// counted is the address of a link that is counted. All readers have the same but for the
// stamp, which tells when the copy left.
func (c *Composer) counted(issue, story int64) string {
	return fmt.Sprintf("%s%s%d/%d/%s", c.BaseURL, CountedPath, issue, story, stamp)
}

// through returns where the link to a story of these issues leads. A story counts for the
// newest issue that has it, also in a letter that brings several.
func (c *Composer) through(issues []digest.Issue) func(digest.Story) string {
	newest := map[int64]int64{}
	for _, issue := range issues {
		for _, s := range issue.Stories {
			if _, known := newest[s.ID]; s.In && !known {
				newest[s.ID] = issue.ID
			}
		}
	}
	return func(s digest.Story) string { return c.counted(newest[s.ID], s.ID) }
}

// Target is where a counted link to a story leads on to: what the letter would link to, were
// it not counted.
func Target(e digest.Edition, number int, s digest.Story) string {
	return utm(e, number).Mark(s.URL)
}
