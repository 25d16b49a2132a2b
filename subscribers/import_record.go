package subscribers

import (
	"encoding/binary"
	"strings"
)

// appendTo writes what a sorter keeps of a reading beside its key and line.
func (r *reading) appendTo(b []byte) []byte {
	flags := byte(0)
	if r.dateUnread {
		flags = 1
	}
	b = append(b, flags)
	for _, t := range [...]int64{r.created, r.confirmed, r.left} {
		b = binary.AppendVarint(b, t)
	}
	return appendTexts(b, r.Address.String(), r.Name, r.Language, string(r.Format), string(r.state), r.topics, string(r.frequency), string(r.suppress))
}

// readReading reads it back.
func readReading(key string, line int64, b []byte) (r reading) {
	r.line, r.key, r.dateUnread = line, key, b[0] == 1
	b = b[1:]
	for _, t := range [...]*int64{&r.created, &r.confirmed, &r.left} {
		v, n := binary.Varint(b)
		*t, b = v, b[n:]
	}
	var email string
	readTexts(b, &email, &r.Name, &r.Language, (*string)(&r.Format), (*string)(&r.state), &r.topics, (*string)(&r.frequency), (*string)(&r.suppress))
	if email == key {
		email = key
	}
	r.Address = Address{text: email, at: strings.LastIndexByte(email, '@')} // it was checked when it was read
	return r
}

// appendTexts writes each text with its length before it.
func appendTexts(b []byte, texts ...string) []byte {
	for _, t := range texts {
		b = append(binary.AppendUvarint(b, uint64(len(t))), t...)
	}
	return b
}

// readTexts reads as many texts and returns what follows them. They share one allocation.
func readTexts(b []byte, texts ...*string) (rest []byte) {
	all, at := string(b), 0
	for _, t := range texts {
		size, n := binary.Uvarint(b[at:])
		at += n
		*t = all[at : at+int(size)]
		at += int(size)
	}
	return b[at:]
}
