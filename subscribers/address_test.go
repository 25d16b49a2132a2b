package subscribers

import (
	"errors"
	"net/mail"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	long := strings.Repeat("a", 64)
	for _, c := range []struct{ in, want string }{
		{"anna@example.org", "anna@example.org"},
		{"Anna.B+news@Example.ORG", "Anna.B+news@example.org"},
		{" \t\u00a0anna@example.org\u200f\ufeff ", "anna@example.org"},
		{"o'brien@example.ie", "o'brien@example.ie"},
		{"a!#$%&'*+-/?=^_`{|}~b@example.org", "a!#$%&'*+-/?=^_`{|}~b@example.org"},
		{long + "@example.org", long + "@example.org"},
		{"a@1.example.org", "a@1.example.org"},
		{"a@3com.example", "a@3com.example"},
		{"a@r3---x.example.org", "a@r3---x.example.org"},
		{"anna@müller.de", "anna@xn--mller-kva.de"},
		{"anna@MÜLLER.de", "anna@xn--mller-kva.de"},
		{"anna@xn--mller-kva.de", "anna@xn--mller-kva.de"},
		{"anna@XN--MLLER-KVA.de", "anna@xn--mller-kva.de"},
		{"anna@straße.de", "anna@xn--strae-oqa.de"}, // IDNA2008: ß is a letter of its own
		{"anna@صحيفة.السعودية", "anna@xn--ogbhx3c3b.xn--mgberp4a5d4ar"},
		{"anna@例え。テスト", "anna@xn--r8jz45g.xn--zckzah"}, // UTS 46 maps the full stop
		{"anna@ｅｘａｍｐｌｅ.org", "anna@example.org"},
	} {
		a, err := ParseAddress(c.in)
		if err != nil || a.String() != c.want {
			t.Errorf("ParseAddress(%q) = %q, %v; want %q", c.in, a, err, c.want)
			continue
		}
		if a.Local()+"@"+a.Domain() != c.want || a.Key() != strings.ToLower(c.want) || !a.IsASCII() {
			t.Errorf("%q: local %q, domain %q, key %q", c.in, a.Local(), a.Domain(), a.Key())
		}
	}
}

func TestParseAddressRefuses(t *testing.T) {
	for _, in := range []string{
		"", " ", "@", "anna", "anna@", "@example.org", "anna.example.org",
		"anna@example", "anna@localhost", "anna@[127.0.0.1]", "anna@[IPv6:::1]", "anna@127.0.0.1", "anna@1.2",
		"anna@example.o", "anna@example.123", "anna@.org", "anna@example..org", "anna@example.org.", "anna@-a.org", "anna@a-.org",
		"anna@exa_mple.org", "anna@exa mple.org", "anna@example.org,bob@example.org", "anna@example.org;bob@example.org", "anna@bob@example.org",
		".anna@example.org", "anna.@example.org", "an..na@example.org", "an na@example.org", `"anna b"@example.org`, `an"na@example.org`,
		"an(c)na@example.org", "anna@example.org(c)", "anna@(c)example.org", "an,na@example.org", "an:na@example.org", `an\na@example.org`,
		"Anna <anna@example.org>", "<anna@example.org>", "mailto:anna@example.org",
		strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("a", 64) + ".org",
		"a@" + strings.Repeat("abcdefg.", 32) + "org", strings.Repeat("a", 100_000) + "@example.org",
		// F19: header and command injection.
		"a@b.org\r\nBcc: x@y.org", "a@b.org\n", "a\x00@b.org", "a@b.org\x00", `"a\r\n"@b.org`, "a@b.org\u2028", "a\u2029b@b.org", "a\u0085@b.org",
		"=?utf-8?q?=0d=0aBcc:x?=@b.org", "=?utf-8?q?x?=@b.org", "\u202ea@b.org", "a@b\u2066.org",
		"a\xc0\x8d@b.org", "a@b\xff.org",
		// A-labels that are a second spelling of something else, or no A-labels at all.
		"a@xn--example-.org", "a@xn--.org", "a@xn--a.org", "a@xn--\u00fc.org", "a@\u200d.org", "a@\u00ad.org",
	} {
		for _, parse := range []func(string) (Address, error){ParseAddress, ParseAddressUTF8} {
			if a, err := parse(in); err == nil {
				t.Errorf("%q is taken as %q", in, a)
			} else if !a.IsZero() || strings.ContainsAny(err.Error(), "\r\n\x00") {
				t.Errorf("%q: %q with %q", in, err, a)
			}
		}
	}
}

func TestNonASCIILocalPartNeedsLeave(t *testing.T) {
	for in, want := range map[string]string{
		"süß@example.org":     "süß@example.org",
		"su\u0308@B\u00fc.de": "s\u00fc@xn--b-eha.de", // NFC
		"قارئ@example.org":    "قارئ@example.org",
	} {
		if _, err := ParseAddress(in); !errors.Is(err, ErrLocalPartNotASCII) {
			t.Errorf("ParseAddress(%q): %v", in, err)
		}
		if a, err := ParseAddressUTF8(in); err != nil || a.String() != want || a.IsASCII() {
			t.Errorf("ParseAddressUTF8(%q) = %q, %v; want %q", in, a, err, want)
		}
	}
	for _, in := range []string{"a€b@example.org", "a\u200db@example.org", "a\u00a0b@example.org", "😀@example.org"} {
		if a, err := ParseAddressUTF8(in); err == nil {
			t.Errorf("%q is taken as %q", in, a)
		}
	}
}

// What is taken is safe in a header and in RCPT TO, stays the same when parsed again, and
// the standard library reads it as the same one address.
func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"anna@example.org", "a@b\r\nBcc: x@y", "anna@müller.de", "a@xn--mller-kva.de", "قارئ@صحيفة.السعودية", `"a b"@c.d`, "a@[1.2.3.4]", "=?x?q?a?=@b.co", " a@b.co\u200e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddressUTF8(s)
		strict, strictErr := ParseAddress(s)
		if (strictErr == nil) != (err == nil && a.IsASCII()) || (strictErr == nil && strict != a) {
			t.Fatalf("%q: %q, %v; strict %q, %v", s, a, err, strict, strictErr)
		}
		if err != nil {
			return
		}
		if again, err := ParseAddressUTF8(a.String()); err != nil || again != a {
			t.Fatalf("%q gives %q, which gives %q, %v", s, a, again, err)
		}
		if len(a.String()) > 254 || len(a.Local()) > 64 || !isASCII(a.Domain()) || strings.ContainsFunc(a.String(), isForbidden) || strings.ContainsAny(a.String(), " \t<>\",;:()[]\\") {
			t.Fatalf("%q gives %q", s, a)
		}
		parsed, err := mail.ParseAddress(a.String())
		if err != nil || parsed.Address != a.String() || parsed.Name != "" {
			t.Fatalf("%q: net/mail reads %+v, %v", a, parsed, err)
		}
	})
}
