package digest

// A Health is how asking a source goes.
type Health string

const (
	HealthWell    Health = "well"
	HealthNever   Health = "never asked"
	HealthFailing Health = "failing" // it may come back by itself
	HealthBroken  Health = "broken"  // it failed so often in a row that it hardly will
)

// brokenAfter is how many failures in a row that is.
const brokenAfter = 3

// Health says how asking s goes. What is handed over is never asked, and is well.
func (s Source) Health() Health {
	switch {
	case s.Failures >= brokenAfter:
		return HealthBroken
	case s.Failures > 0:
		return HealthFailing
	case s.FetchedAt.IsZero() && s.Kind != SourceHanded:
		return HealthNever
	}
	return HealthWell
}
