// Package relay hands envelopes to SMTP servers.
package relay

import (
	"fmt"
	"strings"
)

// A Reply is what a server answered.
type Reply struct {
	Code     int    // 250, 0 when there was none
	Enhanced string // "2.0.0" (RFC 3463), "" when there was none
	Text     string // at most 500 characters, without control characters
}

// String returns the reply on one line.
func (r Reply) String() string {
	if r.Code == 0 {
		return r.Text
	}
	return strings.TrimSpace(strings.Join([]string{fmt.Sprint(r.Code), r.Enhanced, r.Text}, " "))
}

// A Stage is the step of an SMTP session.
type Stage string

const (
	StageConnect Stage = "connect" // dial, greeting, EHLO
	StageTLS     Stage = "tls"
	StageAuth    Stage = "auth"
	StageMail    Stage = "mail"
	StageRcpt    Stage = "rcpt"
	StageData    Stage = "data" // the command
	StageBody    Stage = "body" // the lines after it, before the final dot
	StageDot     Stage = "dot"  // the final dot and its reply
)

// A Class says what a refusal is about, and so what is to be done.
type Class string

const (
	Hard          Class = "hard"          // the address does not exist
	Soft          Class = "soft"          // the mailbox cannot take it now: full, too big for it
	Retry         Class = "retry"         // a passing fault or greylisting
	Unavailable   Class = "unavailable"   // the relay is down or closing; no attempt was made
	Quota         Class = "quota"         // the relay or the receiver takes no more for now
	Block         Class = "block"         // policy, reputation or content filter of the receiver
	Configuration Class = "configuration" // login, TLS or rights of ours: nobody can be served
	Content       Class = "content"       // this message, the same for everybody
	Sender        Class = "sender"        // our own sender address is refused
	Protocol      Class = "protocol"      // the two programs do not understand each other
)

// An Error says that a message was not accepted, or that it is not known whether it was.
type Error struct {
	Stage Stage
	Class Class
	Reply Reply
	// Uncertain is set when the final dot was sent and no reply came (RFC 1047): the
	// message may have been delivered.
	Uncertain bool
	Err       error // of the connection, nil when the server answered
}

// Error returns stage, class and what the server said.
func (e *Error) Error() string {
	what := e.Reply.String()
	if e.Err != nil {
		what = strings.TrimSpace(what + " " + e.Err.Error())
	}
	if e.Uncertain {
		return fmt.Sprintf("%s: no reply after the message was sent, it may have arrived: %s", e.Stage, what)
	}
	return fmt.Sprintf("%s: %s: %s", e.Stage, e.Class, what)
}

// Unwrap returns the connection's error.
func (e *Error) Unwrap() error { return e.Err }
