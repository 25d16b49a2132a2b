package templates

import (
	"strings"
	"testing"
	"time"
)

func TestArabicCounts(t *testing.T) {
	ar := load(t).words.of("ar-SA")
	for n, want := range map[int]string{
		1: "قراءة دقيقة واحدة", 2: "قراءة دقيقتين", 3: "قراءة 3 دقائق", 10: "قراءة 10 دقائق",
		11: "قراءة 11 دقيقة", 99: "قراءة 99 دقيقة", 100: "قراءة 100 دقيقة", 103: "قراءة 103 دقائق",
	} {
		if got := ar.count(ar.Minutes, n); got != want {
			t.Errorf("%d minutes: %q, want %q", n, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	words := load(t).words
	day := time.Date(2027, 2, 5, 23, 0, 0, 0, time.UTC)
	for lang, want := range map[string]string{
		"en": "Friday, 5 February 2027", "en-GB": "Friday, 5 February 2027",
		"ar": "الجمعة، 5 فبراير 2027", "ar-EG": "الجمعة، 5 فبراير 2027",
		"xx": "Friday, 5 February 2027",
	} {
		if got := words.of(lang).day(day); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

// TestValuesAreNotSearched: a paper may be called {edition}.
func TestValuesAreNotSearched(t *testing.T) {
	if got := fill("{edition} of {paper}", "edition", "{paper}", "paper", "{edition}"); got != "{paper} of {edition}" {
		t.Errorf("%q", got)
	}
}

func TestDirection(t *testing.T) {
	for lang, want := range map[string]string{
		"ar": "rtl", "ar-SA": "rtl", "he": "rtl", "iw": "rtl", "fa": "rtl", "ur-PK": "rtl", "ps": "rtl", "ckb": "rtl", "yi": "rtl",
		"dv": "rtl", "az-Arab": "rtl", "ug": "rtl", "sd": "rtl",
		"en": "ltr", "de-CH": "ltr", "tr": "ltr", "ku": "ltr", "ar-Latn": "ltr", "zh": "ltr", "": "ltr", "no such tag": "ltr",
	} {
		if got := Direction(lang); got != want {
			t.Errorf("%q: %s, want %s", lang, got, want)
		}
	}
}

func TestWordsSayWhatIsMissing(t *testing.T) {
	for data, want := range map[string]string{
		"{\n\"by\": 1}":                 "line 2",
		`{"bye": "x"}`:                  "bye",
		`{"by": "von {author}"}`:        `"minutes" is missing`,
		`{`:                             "line 1",
		`{"weekdays": ["Mo"], "by":""}`: "missing",
	} {
		if _, err := parseWords([]byte(data), "de"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one about %s", data, err, want)
		}
	}
	if _, err := parseWords([]byte("{}"), "deutsch!"); err == nil || !strings.Contains(err.Error(), "language tag") {
		t.Errorf("a file name that is no tag: %v", err)
	}
}
