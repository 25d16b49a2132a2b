package api

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// A list is a page of things, and where the next one begins.
type list[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"` // cursor of the page after; none after the last
}

const (
	usualPage = 100
	mostPage  = 500
)

// page returns how many things are asked for, and after which: 0 for the first page. what
// they are keeps the cursor of one list from being used in another.
func (c *call) page(what string) (after int64, limit int, err error) {
	n, err := c.number("limit", usualPage, 1, mostPage)
	if err != nil {
		return 0, 0, err
	}
	after, ok := cursorOf(what, c.URL.Query().Get("cursor"))
	if !ok {
		return 0, 0, wrongParam.because(wrongCursor).in("cursor")
	}
	return after, int(n), nil
}

const wrongCursor = `It is the "next" of an earlier page of this list.`

// cursorOf reads a cursor; "" is that of the first page.
func cursorOf(what, cursor string) (after int64, ok bool) {
	if cursor == "" {
		return 0, true
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	key, fits := strings.CutPrefix(string(text), what+" ")
	if err == nil && fits {
		after, err = strconv.ParseInt(key, 10, 64)
	}
	return after, err == nil && fits && after > 0
}

// later are those of all things, which come in the order of their keys, that come after one.
func later[T any](all []T, after int64, key func(T) int64) []T {
	for len(all) > 0 && key(all[0]) <= after {
		all = all[1:]
	}
	return all
}

// listOf makes a page of the things found. One more than limit were asked for, to learn
// whether there is a further page; key is what it is found by.
func listOf[T, V any](found []T, limit int, what string, key func(T) int64, view func(T) V) list[V] {
	l := list[V]{Items: []V{}}
	if len(found) > limit {
		found = found[:limit]
		l.Next = base64.RawURLEncoding.EncodeToString([]byte(what + " " + strconv.FormatInt(key(found[limit-1]), 10)))
	}
	for _, f := range found {
		l.Items = append(l.Items, view(f))
	}
	return l
}
