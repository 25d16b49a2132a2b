package message

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// After a restart the bytes sent are those of before.
func TestStoredMessageSendsTheSameBytes(t *testing.T) {
	textOnly := daily()
	textOnly.HTML, textOnly.BounceDomain = nil, ""
	for _, c := range []Content{daily(), dailyArabic(), textOnly} {
		m := newMessage(t, c)
		data, err := m.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var restored Message
		scratch := bytes.Clone(data)
		if err := restored.UnmarshalBinary(scratch); err != nil {
			t.Fatal(err)
		}
		clear(scratch) // a database driver may use its buffer again
		if restored.Size() != m.Size() {
			t.Errorf("sizes %d and %d", m.Size(), restored.Size())
		}
		for n := range 20 {
			a, b := newEnvelope(t, m, reader(n), values(n)), newEnvelope(t, &restored, reader(n), values(n))
			if !bytes.Equal(a.Bytes(), b.Bytes()) || a.From != b.From || a.To != b.To || a.Size != b.Size {
				t.Fatalf("reader %d: the envelopes differ", n)
			}
		}
		again, err := restored.MarshalBinary()
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("stored twice, it differs: %v", err)
		}
		if len(c.HTML) > 0 { // the text-only one has slots in headers too, but one case is enough
			v := values(1)
			v[0] = ">" + v[0][1:]
			if _, err := restored.For(reader(1), v); err == nil {
				t.Error("the restored message forgot which slots are in headers")
			}
		}
	}
}

// A damaged row is an error or a message that can be used; never a panic.
func TestDamagedStoredMessage(t *testing.T) {
	whole, err := newMessage(t, dailyArabic()).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{nil, whole[:len(whole)-1], append(bytes.Clone(whole), 0), []byte("pressrun message 2\n")} {
		checkSentence(t, "damaged", new(Message).UnmarshalBinary(data))
	}
	for what, change := range map[string]func(*Message){
		"slot that is not there":  func(m *Message) { m.slots = m.slots[:1] },
		"value beyond its lines":  func(m *Message) { m.slots[0].Size = 400 },
		"piece of another kind":   func(m *Message) { m.pieces[0].kind = 99 },
		"place beyond its lines":  func(m *Message) { m.pieces[len(m.pieces)-1].at[0].offset = 4000 },
		"patch of a missing slot": func(m *Message) { m.pieces[len(m.pieces)-1].at[0].slot = 2 },
	} {
		m := newMessage(t, dailyArabic())
		change(m)
		data, err := m.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		checkSentence(t, what, new(Message).UnmarshalBinary(data))
	}
	rapid.Check(t, func(t *rapid.T) {
		data := bytes.Clone(whole)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		data = data[:rapid.IntRange(len(data)/2, len(data)).Draw(t, "length")]
		var m Message
		if m.UnmarshalBinary(data) == nil {
			if e, err := m.For(reader(1), values(1)); err == nil {
				e.Bytes()
			}
		}
	})
}
