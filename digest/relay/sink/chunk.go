package sink

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// chunk reads a part of a mail, or the whole (RFC 3030 §2). The octets of one that is
// refused are read all the same. A refusal leaves the transaction open, as the RFC allows:
// what comes next without RSET goes wrong.
func (c *conversation) chunk(rest string) error {
	count, last, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || last != "" && !strings.EqualFold(last, "LAST") {
		return c.reply("", "501 5.5.4 write BDAT, a number, and LAST for the last")
	}
	f := Fault{}
	switch {
	case !c.mail:
		f.Reply = "503 5.5.1 MAIL first"
	case c.to == "":
		f.Reply = "554 5.5.1 no valid recipients"
	case c.spoilt:
		f.Reply = "503 5.5.1 a chunk before it was refused"
	case !c.chunks:
		f = c.fault("data", c.to)
	}
	time.Sleep(f.Stall)
	f.Stall = 0
	if f.Drop || strings.HasPrefix(f.Reply, "421") {
		_, err := c.answer(f, "")
		return err
	}
	if f.Reply != "" {
		c.spoilt = true
		if _, err := c.r.Discard(n); err != nil {
			return err
		}
		_, err := c.answer(f, "")
		return err
	}
	if err := c.breakOff(min(n, 1000)); err != nil {
		return err
	}
	return c.keepChunk(n, last != "", f)
}

// keepChunk reads the octets of a chunk.
func (c *conversation) keepChunk(n int, last bool, f Fault) error {
	if !c.chunks {
		c.data.Reset()
	}
	c.chunks = true
	var err error
	if c.sink.OnMessage == nil {
		_, err = c.r.Discard(n)
	} else {
		_, err = io.CopyN(&c.data, c.r, int64(n))
	}
	if err != nil {
		return err
	}
	if last {
		return c.take()
	}
	_, err = c.answer(f, fmt.Sprintf("250 2.0.0 %d octets", n))
	return err
}
