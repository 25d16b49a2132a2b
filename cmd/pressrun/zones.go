package main

import (
	"context"
	"time"
)

// zones are those of the editions, by slug: a time of an issue is shown as its editors
// know it.
type zones map[string]*time.Location

func (p *program) zones(ctx context.Context) (zones, error) {
	editions, err := p.digest.Editions(ctx)
	if err != nil {
		return nil, err
	}
	all := zones{}
	for _, e := range editions {
		all[e.Slug] = zone(e)
	}
	return all, nil
}

func (z zones) of(edition string) *time.Location {
	if here, ok := z[edition]; ok {
		return here
	}
	return time.UTC
}

// clock writes a time for a table, with the zone's abbreviation.
func clock(t *time.Time, z *time.Location) string {
	if t == nil {
		return "-"
	}
	return t.In(z).Format("2006-01-02 15:04 MST")
}
