package api

// A duty is a part of the program that one process does for all.
type duty struct {
	Running bool   `json:"running"`
	Host    string `json:"host,omitempty"`
}

// showStatus says at a glance how things stand.
func (a *API) showStatus(c *call) (answer, error) {
	ctx := c.Context()
	var v struct {
		Sender    duty           `json:"sender"`
		Scheduler duty           `json:"scheduler"`
		Sources   map[string]int `json:"sources"` // by health
		Sending   []*progress    `json:"sending"` // issues that are not through
	}
	for name, r := range map[string]*duty{"sender": &v.Sender, "scheduler": &v.Scheduler} {
		host, _, held, err := a.Database.Holder(ctx, name)
		if err != nil {
			return answer{}, err
		}
		if r.Running = held; held {
			r.Host = host
		}
	}
	sources, err := a.Digest.Sources(ctx)
	if err != nil {
		return answer{}, err
	}
	v.Sources = map[string]int{}
	for _, s := range sources {
		v.Sources[string(s.Health())]++
	}
	runs, err := a.Queue.Unfinished(ctx)
	v.Sending = []*progress{}
	for _, r := range runs {
		v.Sending = append(v.Sending, viewRun(r))
	}
	return answer{body: v}, err
}
