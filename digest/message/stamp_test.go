package message

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// stampedDaily links to our own site, as a letter does whose clicks are counted.
func stampedDaily(c Content) Content {
	link := "https://news.example.org/to/7/12/" + Stamp
	c.HTML = bytes.Replace(c.HTML, []byte("<p>"), []byte(`<p><a href="`+link+`">On</a> <a href="`+link+`">and on</a> `), 1)
	c.Text = append([]byte(link+"\n"), c.Text...)
	c.Slots = append(c.Slots, Slot{Stamp, StampSize})
	return c
}

// All copies of the same ten seconds have the same stamp; those of the next another, and
// nothing else in them moves.
func TestCopiesOfOneMomentShareAStamp(t *testing.T) {
	for name, c := range map[string]Content{"quoted-printable": daily(), "base64": dailyArabic()} {
		t.Run(name, func(t *testing.T) {
			m, plain := newMessage(t, stampedDaily(c)), newMessage(t, c)
			at := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
			copyAt := func(n int, at time.Time) parsedMail {
				r := reader(n)
				r.Date = at
				e := newEnvelope(t, m, r, values(n))
				raw := e.Bytes()
				checkWire(t, raw, e.UTF8)
				if int64(len(raw)) != e.Size {
					t.Errorf("the envelope says %d bytes and has %d", e.Size, len(raw))
				}
				return parse(t, raw)
			}
			for _, c := range []struct {
				at   time.Time
				want string
			}{{at, StampOf(at)}, {at.Add(9 * time.Second), StampOf(at)}, {at.Add(10 * time.Second), StampOf(at.Add(10 * time.Second))}, {at, StampOf(at)}} {
				mail := copyAt(1, c.at)
				for i, p := range mail.Parts {
					if n := strings.Count(p.Text, "/to/7/12/"+c.want); n != i+1 {
						t.Errorf("part %d of the copy of %s has the stamp %s %d times:\n%s", i, c.at, c.want, n, p.Text)
					}
					if strings.Contains(p.Text, Stamp) {
						t.Errorf("a placeholder is left in\n%s", p.Text)
					}
				}
			}
			// But for the stamps, a reader gets what they would without.
			r := reader(3)
			want := parse(t, newEnvelope(t, plain, r, values(3)).Bytes())
			got := parse(t, newEnvelope(t, m, r, values(3)).Bytes())
			stamp := StampOf(r.Date)
			link := "https://news.example.org/to/7/12/" + stamp
			for i := range got.Parts {
				text := strings.Replace(got.Parts[i].Text, `<a href="`+link+`">On</a> <a href="`+link+`">and on</a> `, "", 1)
				if text = strings.Replace(text, link+"\r\n", "", 1); text != want.Parts[i].Text {
					t.Errorf("part %d is\n%s\nwithout stamps\n%s", i, text, want.Parts[i].Text)
				}
			}
		})
	}
}

// A mail that is tried again after a restart has the bytes it had.
func TestStampsSurviveStoring(t *testing.T) {
	m := newMessage(t, stampedDaily(dailyArabic()))
	before := newEnvelope(t, m, reader(4), values(4)).Bytes()
	data, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var again Message
	if err := again.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	if after := newEnvelope(t, &again, reader(4), values(4)).Bytes(); !bytes.Equal(before, after) {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	if err := new(Message).UnmarshalBinary(data[:len(data)-1]); err == nil {
		t.Error("a damaged message was taken")
	}
}

func TestStampsAreMadeOnceAndCostAReaderNothing(t *testing.T) {
	m, plain := newMessage(t, stampedDaily(big(daily()))), newMessage(t, big(daily()))
	r, v := reader(1), values(1)
	a, b := newEnvelope(t, m, r, v), newEnvelope(t, m, r, v)
	if &a.literals[0] != &b.literals[0] {
		t.Error("two copies of one moment share nothing")
	}
	with := testing.AllocsPerRun(100, func() { newEnvelope(t, m, r, v) })
	without := testing.AllocsPerRun(100, func() { newEnvelope(t, plain, r, v) })
	if with > without+1 { // the stamp itself
		t.Errorf("%v allocations with a stamp, %v without", with, without)
	}
}

func TestStampTellsWhenItWasMade(t *testing.T) {
	for _, at := range []time.Time{time.Unix(0, 0), time.Date(2026, 11, 30, 7, 0, 3, 0, time.UTC), time.Date(2600, 1, 1, 0, 0, 0, 0, time.UTC)} {
		stamp := StampOf(at)
		got, ok := StampTime(stamp)
		if !ok || len(stamp) != StampSize || at.Sub(got) < 0 || at.Sub(got) >= stampUnit {
			t.Errorf("%s has the stamp %q, which says %s, %v", at, stamp, got, ok)
		}
	}
	for _, wrong := range []string{"", "abc", "abcdefg", "ABCDEF", "-12345", "12 456", "__STAM"} {
		if _, ok := StampTime(wrong); ok {
			t.Errorf("%q passes for a stamp", wrong)
		}
	}
}

func TestStampStandsLast(t *testing.T) {
	c := daily()
	for _, slots := range [][]Slot{{{Stamp, StampSize}, {readerToken, 26}, {webToken, 22}}, {{readerToken, 26}, {webToken, 22}, {Stamp, 7}}} {
		if c.Slots = slots; func() error { _, err := New(c); return err }() == nil {
			t.Errorf("taken: %v", slots)
		}
	}
}

func BenchmarkSpliceStamped(b *testing.B) {
	for name, c := range map[string]Content{"plain": big(daily()), "stamped": stampedDaily(big(daily()))} {
		b.Run(name, func(b *testing.B) {
			m, r, v := newMessage(b, c), reader(1), values(1)
			for b.Loop() {
				if _, err := m.For(r, v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
