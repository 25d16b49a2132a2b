package message

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Property: a spliced body, decoded, is the body with the values put in before encoding;
// its lines keep the limits, whatever the values are.
func FuzzSplice(f *testing.F) {
	for _, s := range []string{
		"", "[T]", "a[T]", "[T]\n", "[T][U]", "\n[T]\n.\n[U]", ".[T]", "[T].", " [T] ", "From [T]\nFrom here",
		"line\r\n.\r\nline\r.\rMAIL FROM:<x>\n[T]", strings.Repeat("x", 75) + "[T]" + strings.Repeat("y", 80),
		strings.Repeat("ش", 200) + "[U][U][T]" + strings.Repeat("ش", 19) + "[T]", "tail [T]\t \n ", "[T[T]]", "--[T]\n--x",
	} {
		f.Add(s, "valuevalue", "-.")
		f.Add(s, "..........", "ش")
	}
	f.Fuzz(func(t *testing.T, source, first, second string) {
		if len(first) == 0 || len(second) == 0 || checkLine("", first+second) != nil {
			t.Skip("refused before it is spliced")
		}
		if _, err := canonicalText("", []byte(source)); err != nil {
			t.Skip("refused before it is spliced")
		}
		checkSplice(t, source, []string{first, second})
	})
}

func TestAnyBodySurvivesSplicing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.SliceOfN(rapid.SampledFrom([]string{
			"[T]", "[U]", "\n", "\r\n", "\r", ".", "-", " ", "\t", "=", "From ", "a", "é", "ش", "\x01",
			strings.Repeat("b", 30), strings.Repeat("ش", 20), strings.Repeat(" ", 40),
		}), 0, 60).Draw(t, "source")
		value := rapid.StringMatching(`[ -~]{1,90}|[.]{1,5}|[ش-ي]{1,40}`)
		checkSplice(t, strings.Join(source, ""), []string{value.Draw(t, "T"), value.Draw(t, "U")})
	})
}

func checkSplice(t testingT, source string, values []string) {
	slots := []Slot{{"[T]", len(values[0])}, {"[U]", len(values[1])}}
	text, err := canonicalText("", []byte(source))
	if err != nil {
		t.Fatalf("%v", err)
	}
	want := strings.NewReplacer("[T]", values[0], "[U]", values[1]).Replace(text)
	want = strings.ReplaceAll(want, "\n", "\r\n")
	cuts := findSlots(text, slots)

	l, total := quotedBody(text, cuts, slots)
	encoded := splice(l, values)
	checkBody(t, encoded)
	decoded, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(encoded)))
	if err != nil || string(decoded) != want {
		t.Errorf("quoted-printable: %v, got %q, want %q, encoded\n%s", err, decoded, want, encoded)
	}
	if len(encoded) < total {
		t.Errorf("quoted-printable: %d bytes, said to be %d", len(encoded), total)
	}

	l, total = base64Body(text, cuts, slots)
	encoded = splice(l, values)
	checkBody(t, encoded)
	decoded, err = io.ReadAll(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(encoded)))
	if err != nil || string(decoded) != want {
		t.Errorf("base64: %v, got %q, want %q, encoded\n%s", err, decoded, want, encoded)
	}
	if len(encoded) != total {
		t.Errorf("base64: %d bytes, said to be %d", len(encoded), total)
	}
}

func splice(l layout, values []string) []byte {
	var out []byte
	for i, p := range l.pieces {
		out = append(out, l.literals[i]...)
		out = p.append(out, nil, mailbox{}, values)
	}
	return append(out, l.literals[len(l.pieces)]...)
}

func checkBody(t testingT, encoded []byte) {
	for line := range strings.SplitSeq(string(encoded), "\r\n") {
		switch {
		case len(line) > 76:
			t.Errorf("%d octets: %q", len(line), line)
		case strings.HasPrefix(line, "."), strings.HasPrefix(line, "-"), strings.HasPrefix(line, "From "):
			t.Errorf("a mail server would touch %q", line)
		case strings.HasSuffix(line, " "), strings.HasSuffix(line, "\t"):
			t.Errorf("a blank ends the line %q", line)
		case !isPrintableASCII(strings.ReplaceAll(line, "\t", " ")):
			t.Errorf("not printable: %q", line)
		}
	}
}

// The shorter encoding is taken (F10).
func TestShorterEncodingIsTaken(t *testing.T) {
	for text, base64 := range map[string]bool{
		strings.Repeat("plain words ", 50):           false,
		strings.Repeat("كلمات ", 50):                 true,
		strings.Repeat("mostly plain, du café ", 30): false,
	} {
		b, err := newBody("the text", []byte(text), nil)
		if err != nil || b.base64 != base64 {
			t.Errorf("%.20s: base64 is %v, %v", text, b.base64, err)
		}
	}
}

// A value never moves another line: readers' mails differ in whole lines only.
func TestValuesMoveNoOtherLine(t *testing.T) {
	m := newMessage(t, daily())
	a := strings.Split(string(newEnvelope(t, m, reader(1), values(1)).Bytes()), "\r\n")
	b := strings.Split(string(newEnvelope(t, m, reader(10), []string{strings.Repeat(".", 26), strings.Repeat("=", 22)}).Bytes()), "\r\n")
	body := func(lines []string) []string {
		for i, l := range lines {
			if l == "" {
				return lines[i:]
			}
		}
		return nil
	}
	a, b = body(a), body(b)
	if len(a) != len(b) {
		t.Fatalf("%d and %d lines", len(a), len(b))
	}
	differ := 0
	for i := range a {
		if a[i] != b[i] {
			differ++
		}
	}
	if want := 2 + 4; differ != want {
		t.Errorf("%d lines differ, want one for each of %d placeholders", differ, want)
	}
}

// big is an issue whose mail has about 60 kB.
func big(c Content) Content {
	stories := strings.Repeat("<tr><td style=\"padding:0 0 16px\">Harbour bridge opens a year early, and what it cost</td></tr>\n", 590)
	if c.Language == "ar" {
		stories = strings.Repeat("<tr><td style=\"padding:0 0 16px\">افتُتح جسر الميناء صباح اليوم قبل موعده بسنة</td></tr>\n", 340)
	}
	c.HTML = append([]byte(stories), c.HTML...)
	return c
}

func BenchmarkSplice(b *testing.B) {
	for name, c := range map[string]Content{"quoted-printable": big(daily()), "base64": big(dailyArabic())} {
		b.Run(name, func(b *testing.B) {
			m := newMessage(b, c)
			r, v := reader(1), values(1)
			r.Name, r.Date = "محمد عبد الله", time.Unix(1795402800, 0).UTC()
			out := bufio.NewWriterSize(io.Discard, 64<<10)
			b.SetBytes(int64(m.Size()))
			b.ReportAllocs()
			for b.Loop() {
				e, err := m.For(r, v)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := e.WriteTo(out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for name, c := range map[string]Content{"quoted-printable": big(daily()), "base64": big(dailyArabic())} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := New(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What an envelope owns does not grow with the body.
func TestEnvelopeSharesTheBody(t *testing.T) {
	small, large := newMessage(t, daily()), newMessage(t, big(daily()))
	if large.Size() < 55_000 {
		t.Fatalf("the large message has %d bytes", large.Size())
	}
	r, v := reader(1), values(1)
	a, b := newEnvelope(t, small, r, v), newEnvelope(t, large, r, v)
	if cap(a.own) != cap(b.own) || len(a.ends) != len(b.ends) {
		t.Errorf("own bytes %d and %d, pieces %d and %d", cap(a.own), cap(b.own), len(a.ends), len(b.ends))
	}
	if &b.literals[0] != &large.literals[0] {
		t.Error("the literals were copied")
	}
	if allocs := testing.AllocsPerRun(100, func() { newEnvelope(t, large, r, v) }); allocs > 8 {
		t.Errorf("%v allocations an envelope", allocs)
	}
}
