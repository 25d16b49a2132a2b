package digest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEditionIsSavedAndChangedUnderItsSlug(t *testing.T) {
	st := newStage(t, Rules{})
	full := Edition{
		Slug: "weekend-2", Name: "نهاية الأسبوع", Languages: []string{"ar", "en-GB"}, Doubt: DoubtHold, Paused: true,
		Schedule: Schedule{Cron: "30 6 * * 5", Zone: "Asia/Riyadh"},
		Rules: Rules{Sources: []string{feedURL}, Topics: []string{"العالم", "World"}, NotTopics: []string{"Sponsored"}, Max: 9, Min: 2,
			MaxAge: 7 * 24 * time.Hour, Lead: LeadSection, Sections: []string{"World"}, Mixed: true},
	}
	saved, err := st.PutEdition(t.Context(), full, morning)
	if err != nil {
		t.Fatal(err)
	}
	full.ID, full.Added = saved.ID, morning
	changed := full
	changed.Name, changed.Rules = "The Weekend", Rules{Max: 3}
	for _, e := range []Edition{full, changed} {
		if _, err := st.PutEdition(t.Context(), e, morning.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		got, err := st.Edition(t.Context(), "weekend-2")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(e, got); d != "" {
			t.Error(d)
		}
	}
	all, err := st.Editions(t.Context())
	if err != nil || len(all) != 2 || all[0].Slug != "daily" || all[1].Slug != "weekend-2" {
		t.Errorf("%+v %v", all, err)
	}
	if _, err := st.Edition(t.Context(), "none"); !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), `"none"`) {
		t.Errorf("%v", err)
	}
}

// What would fail when the first issue is composed is refused when the edition is saved.
func TestWrongEditionIsRefusedInWordsAndNotSaved(t *testing.T) {
	st := newStage(t, Rules{})
	good := Edition{Slug: "good", Name: "Good", Languages: []string{"en"}, Doubt: DoubtResend}
	for want, change := range map[string]func(*Edition){
		"small letters":              func(e *Edition) { e.Slug = "Daily" },
		"1 to 40":                    func(e *Edition) { e.Slug = strings.Repeat("a", 41) },
		"no hyphen at its ends":      func(e *Edition) { e.Slug = "daily-" },
		"short name \"\"":            func(e *Edition) { e.Slug = "" },
		"a name that readers see":    func(e *Edition) { e.Name = " " },
		"at least one language":      func(e *Edition) { e.Languages = nil },
		"not a language":             func(e *Edition) { e.Languages = []string{"english"} },
		`"en_US" is not a language`:  func(e *Edition) { e.Languages = []string{"en_US"} },
		"one language to readers":    func(e *Edition) { e.Languages = []string{"en-GB", "ar", "en-US"} },
		"below zero":                 func(e *Edition) { e.Rules.Max = -1 },
		"lower min or raise max":     func(e *Edition) { e.Rules.Min, e.Rules.Max = 5, 3 },
		"write resend or hold":       func(e *Edition) { e.Doubt = "maybe" },
		"newest, picture or section": func(e *Edition) { e.Rules.Lead = "longest" },
		"not a cron line":            func(e *Edition) { e.Schedule.Cron = "at seven" },
		"IANA name":                  func(e *Edition) { e.Schedule.Zone = "Riyadh" },
	} {
		e := good
		change(&e)
		if _, err := st.PutEdition(t.Context(), e, morning); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	if n := st.count(`SELECT count(*) FROM edition`); n != 1 {
		t.Errorf("%d editions were saved", n-1)
	}
	for _, slug := range []string{"good", "a", "2", "a-b--c", strings.Repeat("a", 40)} {
		e := good
		e.Slug = slug
		if _, err := st.PutEdition(t.Context(), e, morning); err != nil {
			t.Errorf("%s: %v", slug, err)
		}
	}
}
