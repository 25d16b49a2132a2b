package api

import "time"

// A Check is one of the checks before an issue is sent.
type Check struct {
	State  string `json:"state"` // good, warn or bad
	Code   string `json:"code"`
	Text   string `json:"text"`
	Do     string `json:"do,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// checkDraft checks the next issue: by itself, or with relays, domain records and links too.
func (a *API) checkDraft(c *call) (answer, error) {
	outside := false
	switch c.URL.Query().Get("outside") {
	case "", "false":
	case "true":
		outside = true
	default:
		return answer{}, wrongParam.because("It is true or false.").in("outside")
	}
	c.slow(time.Minute)
	all, err := a.Check(c.Context(), c.PathValue("edition"), outside)
	return answer{body: list[Check]{Items: append([]Check{}, all...)}}, err
}
