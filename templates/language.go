package templates

import "golang.org/x/text/language"

// Direction says how a language is written: "rtl" or "ltr". A tag that names its
// script is taken at its word ("az-Arab" is "rtl", "ar-Latn" is "ltr").
func Direction(lang string) string {
	script, _ := language.Make(lang).Script()
	switch script.String() {
	case "Arab", "Aran", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg", "Samr", "Mand":
		return "rtl"
	}
	return "ltr"
}

// sameLanguage reports whether two tags name one language, whatever their regions.
func sameLanguage(a, b string) bool {
	if a == b {
		return true
	}
	left, _ := language.Make(a).Base()
	right, _ := language.Make(b).Base()
	return left == right
}
