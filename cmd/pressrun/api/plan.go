package api

import (
	"errors"
	"strconv"

	"github.com/pressrun/pressrun/digest"
)

// A plan is what editors want of the next issue, with the version one must have seen to
// change it.
type plan struct {
	Version *int `json:"version,omitempty"`
	digest.Plan
}

func viewPlan(p digest.Plan) answer {
	return answer{body: plan{&p.Version, p}, etag: strconv.Itoa(p.Version)}
}

func (a *API) showPlan(c *call) (answer, error) {
	e, err := a.Digest.Edition(c.Context(), c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	p, err := a.Digest.Plan(c.Context(), e.ID)
	return viewPlan(p), err
}

// putPlan takes the place of the plan that was seen: If-Match names its ETag, or the body its
// version. Who saw an earlier one gets 412, or 409, and nothing changes.
func (a *API) putPlan(c *call) (answer, error) {
	e, err := a.Digest.Edition(c.Context(), c.PathValue("edition"))
	if err != nil {
		return answer{}, err
	}
	var v plan
	if err := c.read(&v); err != nil {
		return answer{}, err
	}
	now, err := a.Digest.Plan(c.Context(), e.ID)
	if err != nil {
		return answer{}, err
	}
	changed := stale
	switch match := c.Header.Get("If-Match"); {
	case match != "" && matches(match, strconv.Itoa(now.Version)):
		v.Plan.Version = now.Version
	case match != "":
		return answer{}, stale.because("%v.", digest.ErrPlanChanged)
	case v.Version != nil:
		v.Plan.Version, changed = *v.Version, conflict
	default:
		return answer{}, needsMatch.because("Get the plan first, and send its ETag as If-Match, or its version in the body.")
	}
	p, err := a.Digest.PutPlan(c.Context(), e.ID, v.Plan)
	if errors.Is(err, digest.ErrPlanChanged) {
		return answer{}, changed.because("%v.", err)
	}
	if err != nil {
		return answer{}, err
	}
	done := viewPlan(p)
	done.act, done.what, done.detail = "plan", e.Slug, "version "+strconv.Itoa(p.Version)
	return done, nil
}
