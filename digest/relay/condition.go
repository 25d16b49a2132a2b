package relay

import "time"

// A Condition is how a relay of a group stands.
type Condition struct {
	Name string
	Mode Mode
	Why  string    // it does not get mail
	From time.Time // it has been so since then, zero where that is not known
	Till time.Time // it is asked again, or gets more; zero where nothing says when
}

// A Mode is whether a relay gets mail.
type Mode string

const (
	Up      Mode = "up"
	Resting Mode = "resting" // it failed, and is left alone for a while
	Misfit  Mode = "misfit"  // it needs somebody to look after it
	Full    Mode = "full"    // it has had all it may get for now
	Gone    Mode = "gone"    // it cannot be used until the program is started anew
)

// Conditions returns how each member stands, in their order; nil while the group does not
// send, since then nothing is known of them.
func (g *Group) Conditions(now time.Time) (all []Condition) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if !g.running {
		return nil
	}
	for _, m := range g.Members {
		m.look(now)
		all = append(all, m.condition(now))
	}
	return all
}

func (m *Member) condition(now time.Time) Condition {
	c := Condition{Name: m.Name, Mode: Up, From: m.health.since}
	switch {
	case m.gone:
		c.Mode, c.Why, c.From = Gone, m.lost, m.left
	case m.health.down:
		c.Mode, c.Why, c.Till = Resting, m.health.why, m.health.until
		if m.health.misfit {
			c.Mode = Misfit
		}
	case m.full:
		c.Mode, c.From, c.Till = Full, time.Time{}, m.Meter.Next(now)
	}
	return c
}

// rest notes that the group does not send any more.
func (g *Group) rest() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.running = false
}
