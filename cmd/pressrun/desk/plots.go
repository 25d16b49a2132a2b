package desk

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
	"github.com/pressrun/pressrun/templates"
)

// How far back the plots go.
const (
	plotDays   = 90
	plotIssues = 30
	// plotEditions is how many editions have a line of their own.
	plotEditions = 6
)

// showFigures shows how readers come and go, and what became of the last issues.
func (d *Desk) showFigures(w http.ResponseWriter, r *http.Request) error {
	ctx, today := r.Context(), time.Now().UTC().Truncate(24*time.Hour)
	first := today.AddDate(0, 0, 1-plotDays)
	growth, now, err := d.Readers.Growth(ctx, first)
	if err != nil {
		return err
	}
	editions, err := d.Digest.Editions(ctx)
	if err != nil {
		return err
	}
	issues, err := d.Digest.RunsBefore(ctx, "", 0, 3*plotIssues)
	if err != nil {
		return err
	}
	var runs []pastRun
	for _, issue := range issues {
		if issue.State != digest.IssuePosted || len(runs) == plotIssues {
			continue
		}
		run, err := d.Queue.Run(ctx, issue.ID)
		if err != nil {
			continue // it is handed over at this moment
		}
		runs = append(runs, pastRun{issue, run})
	}
	slices.Reverse(runs)
	lang := d.language(r)
	draw := plotter{mirror: templates.Direction(lang) == "rtl", day: func(t time.Time) string { return d.Pages.Date(lang, t) }}
	view := templates.DeskFigures{Plots: []templates.DeskPlot{
		draw.readers(editions, growth, now, first),
		draw.comings(growth, first),
		draw.deliveries(runs, byName(editions)),
	}}
	if opened, err := d.opened(ctx, draw, runs, byName(editions)); err != nil {
		return err
	} else if len(opened.Rows) > 0 {
		view.Plots = append(view.Plots, opened)
	}
	return d.render(w, r, "history_figures", view)
}

type pastRun struct {
	digest.Issue
	outbox.Run
}

// A plotter draws plots in one language, from the right where it is written so.
type plotter struct {
	mirror bool
	day    func(time.Time) string
}

// readers is a line for each edition: how many readers it had in the evening of each day.
func (p plotter) readers(editions []digest.Edition, growth []subscribers.Growth, now map[string]int64, first time.Time) templates.DeskPlot {
	plot := templates.NewPlot("readers", p.mirror)
	gained := map[string][]int64{}
	for _, g := range growth {
		if gained[g.Edition] == nil {
			gained[g.Edition] = make([]int64, plotDays)
		}
		if day := int(g.Day.Sub(first) / (24 * time.Hour)); day >= 0 && day < plotDays {
			gained[g.Edition][day] += g.Net()
		}
	}
	table := make([][]int64, plotDays)
	for _, e := range editions[:min(len(editions), plotEditions)] {
		values, n := make([]int64, plotDays), now[e.Slug]
		for day := plotDays - 1; day >= 0; day-- {
			values[day] = n
			if days := gained[e.Slug]; days != nil {
				n -= days[day]
			}
		}
		plot.Series = append(plot.Series, templates.DeskSeries{Name: e.Name, Language: e.Languages[0], Values: values})
		for day, v := range values {
			table[day] = append(table[day], v)
		}
	}
	for day := range plotDays {
		plot.Rows = append(plot.Rows, templates.DeskPlotRow{Label: p.day(first.AddDate(0, 0, day)), Values: table[day]})
	}
	return plot.Lines()
}

// comings are two bars for each day: up for who came, down for who left. Who was imported is
// left out, since a file of a thousand would hide all others.
func (p plotter) comings(growth []subscribers.Growth, first time.Time) templates.DeskPlot {
	plot := templates.NewPlot("comings", p.mirror)
	joined, left := make([]int64, plotDays), make([]int64, plotDays)
	for _, g := range growth {
		if day := int(g.Day.Sub(first) / (24 * time.Hour)); day >= 0 && day < plotDays {
			joined[day] += g.Joined
			left[day] += g.Left
		}
	}
	plot.Series = []templates.DeskSeries{{Word: "joined", Values: joined}, {Word: "left", Values: left}}
	for day := range plotDays {
		plot.Rows = append(plot.Rows, templates.DeskPlotRow{Label: p.day(first.AddDate(0, 0, day)), Values: []int64{joined[day], left[day]}})
	}
	return plot.UpAndDown()
}

// deliveries is a pile for each issue: what arrived, what did not, and what is still under
// way.
func (p plotter) deliveries(runs []pastRun, named editionsBySlug) templates.DeskPlot {
	plot := templates.NewPlot("deliveries", p.mirror)
	words := []string{"sent", "failed", "doubt", "open", "none"}
	plot.Series = make([]templates.DeskSeries, len(words))
	for _, r := range runs {
		values := []int64{r.Counts[outbox.Sent], r.Failed(), r.Counts[outbox.InDoubt], r.Open(), r.NotSent()}
		for k, v := range values {
			plot.Series[k].Word = words[k]
			plot.Series[k].Values = append(plot.Series[k].Values, v)
		}
		plot.Rows = append(plot.Rows, p.row(r, named[r.Issue.Edition], values))
	}
	return plot.Piles()
}

// opened is a pile for each issue whose clicks are counted: what people opened of it.
func (d *Desk) opened(ctx context.Context, p plotter, runs []pastRun, named map[string]digest.Edition) (plot templates.DeskPlot, err error) {
	plot = templates.NewPlot("clicks", p.mirror)
	plot.Series = []templates.DeskSeries{{Word: "people"}, {Word: "unsure"}}
	for _, r := range runs {
		report, err := d.Clicks.Report(ctx, r.ID)
		if err != nil {
			return plot, err
		}
		e := named[r.Issue.Edition]
		if len(report.Stories) == 0 && !r.Counted {
			continue
		}
		values := make([]int64, len(plot.Series))
		for _, c := range report.Stories {
			values[0] += c.People.N
			values[1] += c.Unsure.N
		}
		for k, v := range values {
			plot.Series[k].Values = append(plot.Series[k].Values, v)
		}
		plot.Rows = append(plot.Rows, p.row(r, e, values))
	}
	return plot.Piles(), nil
}

// row is an issue in a plot's table.
func (p plotter) row(r pastRun, e digest.Edition, values []int64) templates.DeskPlotRow {
	return templates.DeskPlotRow{
		Label: p.day(r.Slot.In(zoneOf(e))), Name: e.Name, Language: e.Languages[0], Number: r.Number, Values: values,
		Path: "/desk/history/" + formatID(r.ID),
	}
}
