package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
)

// A call is a request of a program that was let in.
type call struct {
	*http.Request
	token staff.APIToken
	now   time.Time
	// first is what the first try under this Idempotency-Key decided, 0 for nothing yet;
	// decide keeps it before anything is done.
	first  int64
	decide func(int64) error
	// alive tells others under the same key, now and then, that the call is still under way.
	alive func()
	// slow gives the answer more time than others have.
	slow func(time.Duration)
}

// An answer to a call. One that changed something says what, for the audit log.
type answer struct {
	status   int                   // 0 for 200
	body     any                   // as JSON; nil for none
	csv      func(io.Writer) error // writes a file instead of a body; of a question only, since it is not kept
	etag     string                // without quotation marks
	location string

	act, what, detail string
}

// read takes the body as JSON into v. A field that v does not have is refused by its name;
// no body at all is taken for {}.
func (c *call) read(v any) error {
	body, err := io.ReadAll(c.Body)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	} else if err := c.isJSON(); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return badJSON(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return unreadable.because("There is more after the first value.")
	}
	return nil
}

func (c *call) isJSON() error {
	kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return noJSON.because("Send the body as application/json.")
	}
	return nil
}

// badJSON says what is wrong with a body, by the name of the field where there is one.
func badJSON(err error) error {
	var shape *json.UnmarshalTypeError
	if errors.As(err, &shape) {
		return wrongField.because("It cannot be a %s.", shape.Value).in(fieldOf(shape))
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if field, err := strconv.Unquote(name); err == nil {
			return unknown.because("There is no field %.80q here; openapi.json lists those there are.", field).in(field)
		}
	}
	return unreadable.because("It is no JSON: %v.", err)
}

// fieldOf is the field as programs know it. The types that ours are made of stand in its path
// too, with a capital letter.
func fieldOf(shape *json.UnmarshalTypeError) string {
	path := strings.Split(shape.Field, ".")
	return strings.Join(slices.DeleteFunc(path, func(s string) bool { return s != "" && s[0] >= 'A' && s[0] <= 'Z' }), ".")
}

// id returns the number in the path. What is none is not there.
func (c *call) id(name string) (int64, error) {
	n, err := strconv.ParseInt(c.PathValue(name), 10, 64)
	if err != nil || n < 1 {
		return 0, digest.ErrNotFound
	}
	return n, nil
}

// number returns a parameter of the query, or usual where it is not given.
func (c *call) number(name string, usual, least, most int64) (int64, error) {
	s := c.URL.Query().Get(name)
	if s == "" {
		return usual, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < least || n > most {
		return 0, wrongParam.because("It is a number from %d to %d.", least, most).in(name)
	}
	return n, nil
}

// moment returns a parameter of the query that is a time, or usual.
func (c *call) moment(name string, usual time.Time) (time.Time, error) {
	s := c.URL.Query().Get(name)
	if s == "" {
		return usual, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, wrongParam.because("It is a time such as 2026-11-23T06:00:00Z (RFC 3339).").in(name)
	}
	return t, nil
}

// utc is how times are given. The zero time stays what it is, and is left out.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}
