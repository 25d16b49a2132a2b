package subscribers

import "testing"

func TestNoAddressStandsBesideItsHash(t *testing.T) {
	s := openStore(t)
	for text, want := range map[string]string{
		"":                                 "",
		"550 5.1.1 mailbox full":           "550 5.1.1 mailbox full",
		"550 <Anna@Example.org> unknown":   "550 <…> unknown",
		"anna@example.orgANNA@example.org": "……",
		"550 \xff <ANNA@example.org>":      "550 ? <…>",
	} {
		a := address(t, "Anna@example.org")
		if err := s.Suppress(t.Context(), a, ReasonBounce, text, testNow); err != nil {
			t.Fatal(err)
		}
		found, err := s.Suppressions(t.Context(), a)
		if err != nil || len(found) != 1 || found[0].Detail != want {
			t.Errorf("%q is kept as %+v, %v", text, found, err)
		}
		s = openStore(t)
	}
}
