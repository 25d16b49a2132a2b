package desk

import (
	"context"

	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/click"
	"github.com/pressrun/pressrun/templates"
)

// clicks says how often the stories of an issue were opened.
func (d *Desk) clicks(ctx context.Context, issue digest.Issue) (view templates.DeskClicks, err error) {
	report, err := d.Clicks.Report(ctx, issue.ID)
	if err != nil {
		return view, err
	}
	view = templates.DeskClicks{
		Counted: issue.State == digest.IssuePosted && issue.Counted,
		Visits:  fewOf(report.Visits.People), Half: report.Half(), Fewest: click.Fewest,
	}
	leads := map[string]int64{} // by language
	for _, c := range report.Stories {
		s := issue.Story(c.Story)
		row := templates.DeskClick{
			Title: s.Title, Language: s.Language, Place: s.Place, People: fewOf(c.People), Unsure: fewOf(c.Unsure), Machines: c.Machines,
			Most: report.Stories[0].People.N,
		}
		if s.Lead {
			leads[s.Language] = row.People.N
		}
		view.Stories = append(view.Stories, row)
	}
	for i, c := range report.Stories {
		if s := issue.Story(c.Story); s.In && !s.Lead && c.People.N > leads[s.Language] {
			view.Wanted = &view.Stories[i]
			break
		}
	}
	return view, nil
}

func fewOf(n click.Number) templates.DeskFew { return templates.DeskFew{N: n.N, Few: n.Few} }
