package desk

import (
	"context"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/click"
	"github.com/pressrun/pressrun/templates"
)

// clicks says how often the stories of an issue were opened.
func (d *Desk) clicks(ctx context.Context, e digest.Edition, issue digest.Issue) (view templates.DeskClicks, err error) {
	report, err := d.Clicks.Report(ctx, issue.ID)
	if err != nil {
		return view, err
	}
	view = templates.DeskClicks{
		Counted: issue.State == digest.IssuePosted && (e.Rules.Clicks || len(report.Stories) > 0),
		Visits:  fewOf(report.Visits.People), Half: report.Half(), Fewest: click.Fewest,
	}
	var lead templates.DeskFew
	for _, c := range report.Stories {
		s := issue.Story(c.Story)
		row := templates.DeskClick{
			Title: s.Title, Language: s.Language, Place: s.Place, People: fewOf(c.People), Unsure: c.Unsure, Machines: c.Machines,
			Most: report.Stories[0].People.N,
		}
		if s.Lead {
			lead = row.People
		}
		view.Stories = append(view.Stories, row)
	}
	if len(view.Stories) > 0 && view.Stories[0].Place > 1 && view.Stories[0].People.N > lead.N {
		view.Wanted = &view.Stories[0]
	}
	return view, nil
}

func fewOf(n click.Number) templates.DeskFew { return templates.DeskFew{N: n.N, Few: n.Few} }
