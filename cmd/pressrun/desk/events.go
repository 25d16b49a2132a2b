package desk

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/pressrun/pressrun/templates"
)

const (
	// tick is how often watchers are told.
	tick = time.Second
	// quiet is after how many ticks without news the connection is shown to be alive.
	quiet = 15
	// watchFor ends a connection; the browser opens the next by itself, and is asked again
	// who it is.
	watchFor = 5 * time.Minute
	// paceOver is how many ticks the rate is measured over.
	paceOver = 10
)

// watchRun sends how an issue stands, whenever that changes, until it is finished
// (server-sent events). The first event is the state itself: who comes back has missed
// nothing.
func (d *Desk) watchRun(w http.ResponseWriter, r *http.Request) error {
	view, err := d.run(r, number(r.PathValue("issue")), time.Now())
	if err != nil {
		return err
	}
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // the server's own is for pages
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy that waits for the end shows nothing
	var said []byte
	var pace pace
	silent := 0
	end := time.After(watchFor)
	clock := time.NewTicker(tick)
	defer clock.Stop()
	for {
		pace.note(&view, time.Now())
		now, err := d.progress(r, view)
		if err != nil {
			return err
		}
		switch {
		case !bytes.Equal(now, said):
			said, silent = now, 0
			err = tellEvent(w, "progress", now)
		case silent >= quiet:
			silent = 0
			_, err = io.WriteString(w, ": still here\n\n")
		default:
			silent++
		}
		if err == nil && !view.Live {
			err = tellEvent(w, "end", nil)
		}
		if err == nil {
			err = out.Flush()
		}
		if err != nil || !view.Live {
			return nil // over, or nobody reads it any more
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-end:
			return nil
		case <-clock.C:
		}
		if view, err = d.run(r, view.ID, time.Now()); err != nil {
			return nil // the browser asks again, and is told then
		}
	}
}

// progress is the part of the page that changes.
func (d *Desk) progress(r *http.Request, view templates.DeskRun) ([]byte, error) {
	p := d.page(r)
	p.View = view
	var part bytes.Buffer
	err := d.Pages.Part(&part, "run", "progress", p)
	return part.Bytes(), err
}

// tellEvent writes one event; a line of its data stands on a line of its own.
func tellEvent(w io.Writer, name string, data []byte) error {
	var b strings.Builder
	fmt.Fprintf(&b, "event: %s\n", name)
	for line := range strings.Lines(string(data)) {
		b.WriteString("data: " + strings.TrimRight(line, "\r\n") + "\n")
	}
	if len(data) == 0 {
		b.WriteString("data:\n")
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// A pace is how fast an issue went out in the last seconds.
type pace struct {
	settled []int64
	at      []time.Time
}

// note puts the rate of the last seconds in the place of the average.
func (p *pace) note(v *templates.DeskRun, now time.Time) {
	p.settled, p.at = append(p.settled, v.Settled), append(p.at, now)
	if n := len(p.at) - 1 - paceOver; n > 0 {
		p.settled, p.at = p.settled[n:], p.at[n:]
	}
	last := len(p.at) - 1
	if took := p.at[last].Sub(p.at[0]).Seconds(); last >= 3 && took > 0 && v.State == "running" {
		v.Pace(float64(p.settled[last]-p.settled[0]) / took)
	}
}
