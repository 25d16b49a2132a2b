package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pressrun/pressrun/cmd/pressrun/staff"
	"github.com/pressrun/pressrun/digest"
)

// A described is an operation with its place in the description.
type described struct {
	operation
	method, path string
	inPath       []parameter // of the path, for all its methods
}

func (d document) operations(t *testing.T) (all []described) {
	t.Helper()
	for path, item := range d.Paths {
		var shared []parameter
		if text, ok := item["parameters"]; ok {
			if err := json.Unmarshal(text, &shared); err != nil {
				t.Fatal(err)
			}
		}
		for method, text := range item {
			if method == "parameters" {
				continue
			}
			o := described{method: strings.ToUpper(method), path: path, inPath: shared}
			ok(t, json.Unmarshal(text, &o.operation))
			for i, p := range o.Parameters {
				o.Parameters[i] = d.parameter(p)
			}
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b described) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return all
}

func (o described) names(in string) (names []string) {
	for _, p := range o.Parameters {
		if p.In == in {
			names = append(names, p.Name)
		}
	}
	return names
}

// changes reports whether the operation may change something: then it may have a key.
func (o described) changes() bool { return slices.Contains(o.names("header"), "Idempotency-Key") }

// example is the path and query of the operation with its examples filled in.
func (o described) example(t *testing.T) (target string, header []string) {
	t.Helper()
	path, query := o.path, url.Values{}
	for _, p := range slices.Concat(o.Parameters, o.inPath) {
		if p.Example == nil {
			if p.Required {
				t.Errorf("%s %s: the parameter %s has no example", o.method, o.path, p.Name)
			}
			continue
		}
		value := fmt.Sprint(p.Example)
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
		case "query":
			query.Set(p.Name, value)
		case "header":
			header = append(header, p.Name, value)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return strings.TrimPrefix(path, Root), header
}

// takes is the content type of what may be sent.
func (o described) takes() string {
	for kind := range o.RequestBody.Content {
		return kind
	}
	return "application/json"
}

// bodies are the examples of what may be sent; one without any body stands for "".
func (o described) bodies(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for name, e := range o.RequestBody.Content[o.takes()].Examples {
		text := string(e.Value)
		if o.takes() != "application/json" {
			ok(t, json.Unmarshal(e.Value, &text))
		}
		all[name] = text
	}
	if !o.RequestBody.Required {
		all["no body"] = ""
	}
	return all
}

// Every route is described, with its scope, its parameters and nothing else, and every
// description has a route.
func TestDescriptionAndRoutesAreTheSame(t *testing.T) {
	d := readDocument(t, description)
	found := map[string]described{}
	for _, o := range d.operations(t) {
		found[o.method+" "+o.path] = o
		for _, p := range slices.Concat(o.Parameters, o.inPath) {
			if p.Name == "" || p.In != "path" && p.In != "query" && p.In != "header" {
				t.Errorf("%s %s: the parameter %+v is none", o.method, o.path, p)
			}
		}
	}
	for _, rt := range new(API).routes() {
		o, there := found[rt.pattern]
		delete(found, rt.pattern)
		if !there {
			t.Errorf("%s is not described", rt.pattern)
			continue
		}
		var scopes []string
		for _, s := range o.Security {
			scopes = append(scopes, s["token"]...)
		}
		if rt.scope == "" && len(scopes) > 0 || rt.scope != "" && !slices.Equal(scopes, []string{string(rt.scope)}) {
			t.Errorf("%s asks for the scope %q, described is %q", rt.pattern, rt.scope, scopes)
		}
		query := o.names("query")
		slices.Sort(query)
		if want := slices.Sorted(slices.Values(rt.query)); !slices.Equal(query, want) {
			t.Errorf("%s knows the parameters %q, described are %q", rt.pattern, want, query)
		}
		for _, p := range o.Parameters {
			if p.Name == "Idempotency-Key" && p.Required != rt.keyed {
				t.Errorf("%s: that a key is needed is described: %v", rt.pattern, p.Required)
			}
		}
		if keyed := o.changes(); keyed != rt.changes() {
			t.Errorf("%s: a key is described: %v", rt.pattern, keyed)
		}
		if _, problem := o.Responses["default"]; !problem {
			t.Errorf("%s: nothing is said of what may go wrong", rt.pattern)
		}
	}
	for pattern := range found {
		t.Errorf("%s is described and not there", pattern)
	}
}

// Each example of the description is sent to the real server, and the answer held against
// the description.
func TestExamplesAreAnsweredAsDescribed(t *testing.T) {
	d, first := readDocument(t, description), openHouse(t)
	first.furnishMore()
	ok(t, first.db.Close())
	looked := first.like(t) // one for all that change nothing
	for _, o := range d.operations(t) {
		bodies := o.bodies(t)
		for i, name := range slices.Sorted(maps.Keys(bodies)) {
			body := bodies[name]
			t.Run(o.OperationID+"/"+name, func(t *testing.T) {
				h := looked
				if o.changes() {
					h = first.like(t)
				}
				target, header := o.example(t)
				if body != "" && o.takes() == "application/json" {
					d.fits(t, o.RequestBody.Content["application/json"].Schema, body)
				}
				noted, kept := h.count(`SELECT count(*) FROM audit`), h.count(`SELECT count(*) FROM api_call`)
				a := h.ask(o.method, target, h.now(body), append(header, "Content-Type", o.takes())...)
				d.answered(t, o, a)
				if a.StatusCode > 299 {
					t.Fatalf("it answers %d: %s", a.StatusCode, a.text)
				}
				// That readers' addresses were taken out is noted, too.
				if more := h.count(`SELECT count(*) FROM audit`) - noted; more > 1 || (more == 1) != (o.changes() || o.OperationID == "exportSubscribers") {
					t.Errorf("%d entries in the audit log", more)
				}
				if more := h.count(`SELECT count(*) FROM api_call`) - kept; !o.changes() && more > 0 {
					t.Error("the answer to a question is kept")
				}
				if i == 0 {
					d.isLikeItsExample(t, o, a)
				}
			})
		}
	}
}

// isLikeItsExample holds a real answer and the example of it against each other: they have
// the same fields.
func (d document) isLikeItsExample(t *testing.T, o described, a reply) {
	t.Helper()
	for kind, content := range d.response(o.Responses[fmt.Sprint(a.StatusCode)]).Content {
		if len(content.Example) == 0 {
			t.Errorf("%s: the answer %d has no example as %s", o.OperationID, a.StatusCode, kind)
			continue
		}
		d.fits(t, content.Schema, string(content.Example))
		var example, real any
		ok(t, json.Unmarshal(content.Example, &example))
		ok(t, json.Unmarshal([]byte(a.json(t, kind)), &real))
		if d := cmp.Diff(fieldsOf(example), fieldsOf(real)); d != "" && o.OperationID != "describe" {
			t.Errorf("%s: the example of the answer has other fields than the answer:\n%s\n%s", o.OperationID, d, a.text)
		}
	}
}

// fieldsOf is the skeleton of a value: its fields, and of a list what its first thing has.
func fieldsOf(v any) any {
	switch v := v.(type) {
	case map[string]any:
		fields := map[string]any{}
		for name, value := range v {
			fields[name] = fieldsOf(value)
		}
		return fields
	case []any:
		if len(v) > 0 {
			return []any{fieldsOf(v[0])}
		}
		return []any{}
	case nil:
		return nil
	}
	return fmt.Sprintf("%T", v)
}

// answered checks an answer of any status.
func (d document) answered(t *testing.T, o described, a reply) {
	t.Helper()
	r, there := o.Responses[fmt.Sprint(a.StatusCode)]
	if !there {
		r = o.Responses["default"]
		if a.StatusCode < 400 {
			t.Errorf("%s answers %d, which is not described", o.OperationID, a.StatusCode)
		}
	}
	r = d.response(r)
	if _, tagged := r.Headers["ETag"]; tagged != (a.Header.Get("ETag") != "") {
		t.Errorf("%s: the ETag is %q", o.OperationID, a.Header.Get("ETag"))
	}
	if len(r.Content) == 0 {
		if a.text != "" || a.Header.Get("Content-Type") != "" {
			t.Errorf("%s: nothing is described, and it says %s", o.OperationID, a.text)
		}
		return
	}
	kind, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	content, there := r.Content[kind]
	if err != nil || !there {
		t.Fatalf("%s: the content type is %q: %s", o.OperationID, a.Header.Get("Content-Type"), a.text)
	}
	d.fits(t, content.Schema, a.json(t, kind))
}

// json is what was answered as JSON: a text of another kind as a string.
func (a reply) json(t *testing.T, kind string) string {
	t.Helper()
	if strings.HasSuffix(kind, "json") {
		return a.text
	}
	text, err := json.Marshal(a.text)
	ok(t, err)
	return string(text)
}

func (d document) fits(t *testing.T, schema any, text string) {
	t.Helper()
	var v any
	ok(t, json.Unmarshal([]byte(text), &v))
	for _, wrong := range d.check(schema, v, "the JSON") {
		t.Errorf("%s\nin %s", wrong, text)
	}
}

// What each operation refuses: no token, a wrong one, one that may do less, an unknown
// parameter, an unknown field, no JSON.
func TestEveryOperationRefusesAsDescribed(t *testing.T) {
	h, d := openHouse(t), readDocument(t, description)
	for _, o := range d.operations(t) {
		target, header := o.example(t)
		refused := func(k kind, field string, a reply) {
			t.Helper()
			a.fails(t, k, field)
			d.answered(t, o, a)
		}
		header = append(header, "Content-Type", o.takes())
		if len(o.Security) > 0 {
			a := h.ask(o.method, target, "", append(header, "Authorization", "")...)
			refused(noToken, "", a)
			if got := a.Header.Get("WWW-Authenticate"); got != `Bearer realm="pressrun"` {
				t.Errorf("without a token: %q", got)
			}
			refused(noToken, "", h.ask(o.method, target, "", append(header, "Authorization", "Bearer pressrun_wrong")...))
			refused(noToken, "", h.ask(o.method, target, "", append(header, "Authorization", "Basic "+h.tokens[staff.Send])...))
			for i, s := range staff.Scopes {
				if string(s) == o.Security[0]["token"][0] {
					for _, less := range staff.Scopes[:i] {
						refused(noScope, "", h.ask(o.method, target, "", append(header, "Authorization", "Bearer "+h.tokens[less])...))
					}
				}
			}
		}
		path, _, _ := strings.Cut(target, "?")
		refused(wrongParam, "colour", h.ask(o.method, path+"?colour=red", "", header...))
		if o.method == http.MethodGet {
			continue
		}
		if o.RequestBody.Content == nil {
			continue
		}
		refused(noJSON, "", h.ask(o.method, target, "a=b", append(header, "Content-Type", "application/x-www-form-urlencoded")...))
		if o.takes() != "application/json" {
			refused(noJSON, "", h.ask(o.method, target, "{}", append(header, "Content-Type", "application/json")...))
			refused(tooLarge, "", h.ask(o.method, target, "email\n"+strings.Repeat(" ", maxImport), header...))
			continue
		}
		if o.OperationID == "handOver" { // articles may have fields that we do not know
			continue
		}
		refused(unknown, "colour", h.ask(o.method, target, `{"colour":"red"}`, header...))
		refused(unreadable, "", h.ask(o.method, target, `{`, header...))
		refused(unreadable, "", h.ask(o.method, target, `{} {}`, header...))
		refused(tooLarge, "", h.ask(o.method, target, strings.Repeat(" ", maxBody)+"{}", header...))
	}
	if n := h.count(`SELECT count(*) FROM audit`); n > 0 {
		t.Errorf("%d refused calls are noted as done", n)
	}
	if n := h.count(`SELECT count(*) FROM api_call`); n > 0 {
		t.Errorf("%d refused calls are kept with their keys", n)
	}
}

// What is kept in JSON as it is has each of its fields described.
func TestFieldsOfTheRulesAreDescribed(t *testing.T) {
	d := readDocument(t, description)
	for name, of := range map[string]reflect.Type{
		"Rules": reflect.TypeFor[digest.Rules](), "Look": reflect.TypeFor[digest.Look](), "Plan": reflect.TypeFor[digest.Plan](),
		"Edit": reflect.TypeFor[digest.Edit](), "Selectors": reflect.TypeFor[digest.Selectors](), "Approval": reflect.TypeFor[digest.Approval](),
		"Holiday": reflect.TypeFor[digest.Holiday](),
	} {
		properties := d.Components.Schemas[name].(map[string]any)["properties"].(map[string]any)
		want := map[string]bool{}
		for f := range of.Fields() {
			if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != "-" {
				want[tag] = true
			}
		}
		delete(properties, "version") // of a plan: it is the tag's
		if a, b := slices.Sorted(maps.Keys(properties)), slices.Sorted(maps.Keys(want)); !slices.Equal(a, b) {
			t.Errorf("%s has the fields %q, described are %q", name, b, a)
		}
	}
}
