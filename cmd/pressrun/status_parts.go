package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/pressrun/pressrun/digest/outbox"
)

// shownDomains is how many domains are listed by name.
const shownDomains = 15

// parts adds what an issue's attempts ended in, by domain and by relay.
func (p *program) parts(ctx context.Context, st *issueStatus) error {
	parts, err := p.queue.Parts(ctx, st.ID, time.Now())
	if err != nil {
		return err
	}
	zone := st.Slot.Location()
	st.Domains, st.Relays = viewParts(parts.Domains, shownDomains, zone), viewParts(parts.Relays, len(parts.Relays), zone)
	return nil
}

func viewParts(parts []outbox.Part, most int, zone *time.Location) []outbox.Part {
	named, others := outbox.Fold(parts, most)
	if others.Size() > 0 {
		named = append(named, others)
	}
	return outbox.PartsIn(zone, named)
}

// listParts lists nothing where nothing has a name, as of issues of old.
func listParts(w io.Writer, what string, parts []outbox.Part) {
	if len(parts) == 0 || parts[0].Name == "" {
		return
	}
	fmt.Fprintln(w)
	row(w, what, "TAKEN", "PUT OFF", "REFUSED", "IN DOUBT", "LAST ANSWER, WHERE IT WAS NO")
	for _, p := range parts {
		name, said := p.Name, clip(p.Said, 80)
		if name == "" {
			name = "others"
		}
		if !p.Rest.IsZero() {
			said = "rests until " + p.Rest.Format("15:04 MST") + "; " + said
		}
		row(w, name, number(p.Taken), number(p.PutOff), number(p.Refused), number(p.Doubtful), said)
	}
}
