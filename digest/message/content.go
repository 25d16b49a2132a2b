// Package message turns a variant of an issue into the bytes that go over the wire.
//
// [New] builds the MIME once for a variant. [Message.For] splices one reader's values
// into it: the result, an [Envelope], shares the variant's bytes and owns only the few
// lines that differ. [Sealer] makes the names by which a reply or a bounce is led back
// to its delivery.
//
// The numbers F1 to F23 and B1 in comments are those of the mail standards that the project is held against; the checks page of the demo says them in words.
package message

import "net/mail"

// Content is one variant of an issue, or a single mail, before it is encoded.
type Content struct {
	// From is the sender (F4). Its domain may be an IDN, the part before the @ is ASCII.
	From mail.Address
	// ReplyTo is where answers go. The zero value leaves them to From.
	ReplyTo mail.Address
	// Subject passes through [CleanSubject].
	Subject string

	// HTML and Text are UTF-8 with the placeholders of Slots in them. Text is required.
	// Without HTML the mail has a single part: the text edition for readers who want it.
	HTML, Text []byte
	// Slots are the places for a reader's values, in the order For takes the values.
	Slots []Slot

	Language string // BCP 47, for Content-Language (F11); "" for none
	Domain   string // right side of Message-ID; ours (F8)
	// BounceDomain makes MAIL FROM the delivery's own address in that domain (VERP, B1).
	// Without it MAIL FROM is From's address.
	BounceDomain string

	// ListID is the edition's name for ever, "daily.news.example.org" (F15); "" for
	// single mails. ListName goes before it when it is short and ASCII.
	ListID, ListName string
	// ListHelp and ListArchive are https URLs, or "" (F18).
	ListHelp, ListArchive string
	// ListUnsubscribe is an https URL with a slot in it (F16). It brings the header for
	// one-click unsubscribing along (F17).
	ListUnsubscribe string
	// UnsubscribeMail is a mail address with a slot in it, offered beside the URL.
	UnsubscribeMail string
	// FeedbackID is what Gmail counts complaints by, "i123:daily:news:examplenews" (F14).
	FeedbackID string

	Auto bool // sent without an editor's hand: Auto-Submitted (F12)
	Bulk bool // asks for no automatic replies (F13)
	Test bool // marks a test mail with a header of ours
}

// A Slot is a place for a reader's value. Each occurrence of Placeholder in the bodies
// and in ListUnsubscribe and UnsubscribeMail is replaced.
type Slot struct {
	Placeholder string
	// Size is the length in bytes of every value. That it never changes is what lets a
	// value be put into a base64 body without moving the lines after it.
	Size int
}
