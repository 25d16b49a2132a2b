package digest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVariantsStayAsTheyWereFirstSaved(t *testing.T) {
	st := newStage(t, Rules{})
	st.gives(st.source, morning, story(1))
	issue := st.publish(st.edition, morning)
	first := []Variant{
		{IssueID: issue.ID, Language: "ar", Subject: "العنوان", HTML: []byte("<p>ع</p>"), Text: []byte("ع\n")},
		{IssueID: issue.ID, Language: "en-GB", Subject: "Headline", HTML: []byte("<p>e</p>"), Text: []byte("e\n")},
	}
	again := []Variant{{IssueID: issue.ID, Language: "ar", Subject: "Other", HTML: []byte("other"), Text: []byte("other")}}
	for _, vs := range [][]Variant{first, again} {
		if err := st.PutVariants(t.Context(), vs); err != nil {
			t.Fatal(err)
		}
	}
	got, err := st.Variants(t.Context(), issue.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(first, got); d != "" {
		t.Error(d)
	}
	for asked, want := range map[string]string{"": "ar", "ar": "ar", "ar-SA": "ar", "en": "en-GB", "EN-us": "en-GB", "fr": "ar"} {
		if v, err := st.Variant(t.Context(), issue.ID, asked); err != nil || v.Language != want {
			t.Errorf("in %q: %q %v, want %q", asked, v.Language, err, want)
		}
	}
	subjects, err := st.Subjects(t.Context(), []int64{issue.ID, issue.ID + 1})
	want := map[int64][]Variant{issue.ID: {{IssueID: issue.ID, Language: "ar", Subject: "العنوان"}, {IssueID: issue.ID, Language: "en-GB", Subject: "Headline"}}}
	if d := cmp.Diff(want, subjects); d != "" || err != nil {
		t.Error(d, err)
	}
	if none, err := st.Subjects(t.Context(), nil); len(none) != 0 || err != nil {
		t.Error(none, err)
	}
	if _, err := st.Variant(t.Context(), issue.ID+1, "en"); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v", err)
	}
}

func TestVariantOfNoIssueIsRefused(t *testing.T) {
	st := newStage(t, Rules{})
	if err := st.PutVariants(t.Context(), []Variant{{IssueID: 99, Language: "en"}}); err == nil {
		t.Error("saved")
	}
}
