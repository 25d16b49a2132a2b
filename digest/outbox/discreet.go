package outbox

import "strings"

// discreet takes a reader's address out of what a server said: the ledger knows readers by
// number, so that who is erased leaves no trace in it (W16).
func discreet(text, address string) string {
	if address == "" {
		return text
	}
	lower, needle := strings.ToLower(text), strings.ToLower(address)
	if len(lower) != len(text) || !strings.Contains(lower, needle) {
		return text
	}
	var b strings.Builder
	for {
		i := strings.Index(lower, needle)
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i] + "(address)")
		text, lower = text[i+len(needle):], lower[i+len(needle):]
	}
}
