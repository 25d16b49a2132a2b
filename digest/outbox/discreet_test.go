package outbox

import "testing"

func TestWhatAServerSaidNamesNobody(t *testing.T) {
	for _, c := range [][3]string{
		{"550 5.1.1 <Mona@Readers.example>: no such user mona@readers.example", "mona@readers.example", "550 5.1.1 <(address)>: no such user (address)"},
		{"250 2.0.0 queued", "mona@readers.example", "250 2.0.0 queued"},
		{"anything", "", "anything"},
	} {
		if got := discreet(c[0], c[1]); got != c[2] {
			t.Errorf("%q without %q is %q", c[0], c[1], got)
		}
	}
}
