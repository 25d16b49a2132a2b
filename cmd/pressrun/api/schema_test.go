package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// A document is the description of the interface, as it is served.
type document struct {
	Paths      map[string]map[string]json.RawMessage
	Webhooks   map[string]map[string]operation
	Components struct {
		Parameters map[string]parameter
		Responses  map[string]response
		Schemas    map[string]any
	}
}

type operation struct {
	OperationID string
	Security    []map[string][]string
	Parameters  []parameter
	RequestBody struct {
		Required bool
		Content  map[string]struct {
			Schema   any
			Examples map[string]struct{ Value json.RawMessage }
		}
	}
	Responses map[string]response
}

type parameter struct {
	Ref      string `json:"$ref"`
	Name, In string
	Required bool
	Schema   map[string]any
	Example  any
}

type response struct {
	Ref     string `json:"$ref"`
	Headers map[string]any
	Content map[string]struct {
		Schema  any
		Example json.RawMessage
	}
}

func readDocument(t *testing.T, text []byte) (d document) {
	t.Helper()
	ok(t, json.Unmarshal(text, &d))
	return d
}

func (d document) parameter(p parameter) parameter {
	if p.Ref != "" {
		return d.Components.Parameters[strings.TrimPrefix(p.Ref, "#/components/parameters/")]
	}
	return p
}

func (d document) response(r response) response {
	if r.Ref != "" {
		return d.Components.Responses[strings.TrimPrefix(r.Ref, "#/components/responses/")]
	}
	return r
}

// words of JSON Schema that check knows. A description with any other is refused, so that
// none is passed over.
var words = []string{"$ref", "additionalProperties", "description", "enum", "format", "items", "maximum", "minimum", "oneOf", "properties", "required", "type"}

// check returns what of a value does not fit a schema, each with the place.
func (d document) check(schema, value any, at string) (wrong []string) {
	s, is := schema.(map[string]any)
	if !is {
		return []string{fmt.Sprintf("%s: %v is no schema", at, schema)}
	}
	for word := range s {
		if !slices.Contains(words, word) {
			wrong = append(wrong, fmt.Sprintf("%s: the schema says %s, which is not checked", at, word))
		}
	}
	if ref, ok := s["$ref"].(string); ok {
		name, local := strings.CutPrefix(ref, "#/components/schemas/")
		if target, there := d.Components.Schemas[name]; local && there {
			return append(wrong, d.check(target, value, at)...)
		}
		return append(wrong, at+": there is no schema "+ref)
	}
	if all, ok := s["oneOf"].([]any); ok {
		fits := 0
		for _, one := range all {
			if len(d.check(one, value, at)) == 0 {
				fits++
			}
		}
		if fits != 1 {
			wrong = append(wrong, fmt.Sprintf("%s: it is %d of the %d things it may be one of", at, fits, len(all)))
		}
		return wrong
	}
	if enum, ok := s["enum"].([]any); ok && !slices.Contains(enum, value) {
		wrong = append(wrong, fmt.Sprintf("%s: %v is none of %v", at, value, enum))
	}
	if t, ok := s["type"]; ok && !isType(t, value) {
		return append(wrong, fmt.Sprintf("%s: %v is no %v", at, value, t))
	}
	switch v := value.(type) {
	case string:
		if f, ok := s["format"]; ok && (f != "date-time" || !isMoment(v)) {
			wrong = append(wrong, fmt.Sprintf("%s: %q is no %v in UTC", at, v, f))
		}
	case float64:
		if least, ok := s["minimum"].(float64); ok && v < least {
			wrong = append(wrong, fmt.Sprintf("%s: %v is too small", at, v))
		}
		if most, ok := s["maximum"].(float64); ok && v > most {
			wrong = append(wrong, fmt.Sprintf("%s: %v is too large", at, v))
		}
	case []any:
		for i, item := range v {
			wrong = append(wrong, d.check(s["items"], item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		wrong = append(wrong, d.checkObject(s, v, at)...)
	}
	return wrong
}

func (d document) checkObject(s, v map[string]any, at string) (wrong []string) {
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, there := v[name.(string)]; !there {
			wrong = append(wrong, fmt.Sprintf("%s: there is no %s", at, name))
		}
	}
	properties, _ := s["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(v)) {
		where := at + "." + name
		if property, known := properties[name]; known {
			wrong = append(wrong, d.check(property, v[name], where)...)
			continue
		}
		switch more := s["additionalProperties"].(type) {
		case map[string]any:
			wrong = append(wrong, d.check(more, v[name], where)...)
		case bool:
			if !more {
				wrong = append(wrong, where+": it is not described")
			}
		}
	}
	return wrong
}

func isType(t, value any) bool {
	if several, ok := t.([]any); ok {
		return slices.ContainsFunc(several, func(t any) bool { return isType(t, value) })
	}
	switch v := value.(type) {
	case nil:
		return t == "null"
	case bool:
		return t == "boolean"
	case string:
		return t == "string"
	case float64:
		return t == "number" || t == "integer" && v == float64(int64(v))
	case []any:
		return t == "array"
	case map[string]any:
		return t == "object"
	}
	return false
}

func isMoment(s string) bool {
	_, err := time.Parse(time.RFC3339, s)
	return err == nil && strings.HasSuffix(s, "Z")
}

func TestSchemasAreHeldAgainstValues(t *testing.T) {
	var d document
	ok(t, json.Unmarshal([]byte(`{"Components":{"Schemas":{"Name":{"type":"string","enum":["a","b"]}}}}`), &d))
	for _, c := range []struct {
		schema, value string
		fits          bool
	}{
		{`{"type":"integer"}`, `3`, true},
		{`{"type":"integer"}`, `3.5`, false},
		{`{"type":"integer","minimum":4}`, `3`, false},
		{`{"type":"integer","maximum":2}`, `3`, false},
		{`{"type":["string","null"]}`, `null`, true},
		{`{"type":"string"}`, `null`, false},
		{`{"type":"string","format":"date-time"}`, `"2026-11-23T06:00:00Z"`, true},
		{`{"type":"string","format":"date-time"}`, `"2026-11-23T06:00:00+03:00"`, false},
		{`{"type":"string","format":"date-time"}`, `"yesterday"`, false},
		{`{"type":"string","format":"email"}`, `"a@b.example"`, false},
		{`{"$ref":"#/components/schemas/Name"}`, `"a"`, true},
		{`{"$ref":"#/components/schemas/Name"}`, `"c"`, false},
		{`{"$ref":"#/components/schemas/Other"}`, `"a"`, false},
		{`{"type":"array","items":{"type":"boolean"}}`, `[true, false]`, true},
		{`{"type":"array","items":{"type":"boolean"}}`, `[true, 1]`, false},
		{`{"type":"object","required":["x"],"properties":{"x":{"type":"string"}},"additionalProperties":false}`, `{"x":"1"}`, true},
		{`{"type":"object","required":["x"],"properties":{"x":{"type":"string"}},"additionalProperties":false}`, `{}`, false},
		{`{"type":"object","properties":{"x":{"type":"string"}},"additionalProperties":false}`, `{"y":"1"}`, false},
		{`{"type":"object","properties":{"x":{"type":"string"}}}`, `{"y":"1"}`, true},
		{`{"type":"object","additionalProperties":{"type":"integer"}}`, `{"y":"1"}`, false},
		{`{"oneOf":[{"type":"string"},{"type":"integer"}]}`, `1`, true},
		{`{"oneOf":[{"type":"number"},{"type":"integer"}]}`, `1`, false},
		{`{"type":"string","pattern":"x"}`, `"x"`, false}, // which is not checked
	} {
		var schema, value any
		ok(t, json.Unmarshal([]byte(c.schema), &schema))
		ok(t, json.Unmarshal([]byte(c.value), &value))
		if wrong := d.check(schema, value, "it"); (len(wrong) == 0) != c.fits {
			t.Errorf("%s against %s: %q", c.value, c.schema, wrong)
		}
	}
}
