package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strings"
	texttemplate "text/template"
)

// An Email is a letter as it is sent: both parts, in UTF-8 with \n line ends.
type Email struct {
	HTML []byte // with its styles inlined
	Text []byte // at most 76 columns, but for addresses that are longer
}

// Greet returns the subject of a welcome to an edition.
func (s *Set) Greet(language, edition string) string {
	return fill(s.words.of(language).Greet, "edition", edition)
}

// Email sets a letter. The same letter gives the same bytes.
func (s *Set) Email(l Letter) (Email, error) {
	page, text, err := s.execute(l)
	if err != nil {
		return Email{}, err
	}
	inlined, err := inline(page)
	if err != nil {
		return Email{}, fmt.Errorf("the styles of the letter cannot be inlined (%w); correct the files in email/ of your templates folder, or remove them to use ours", err)
	}
	return Email{HTML: inlined, Text: tidy(text)}, nil
}

// execute sets both parts, the HTML with its styles as they were written.
func (s *Set) execute(l Letter) (page, text []byte, err error) {
	t := s.theme(l.Theme)
	v := s.view(l, t.look)
	var html, plain bytes.Buffer
	if err := t.html.ExecuteTemplate(&html, "email/letter.html", v); err != nil {
		return nil, nil, explain(err)
	}
	if err := t.text.ExecuteTemplate(&plain, "email/letter.txt", v); err != nil {
		return nil, nil, explain(err)
	}
	return unindent(html.Bytes()), plain.Bytes(), nil
}

// The functions that the files in email/ may call.
var (
	htmlFuncs = template.FuncMap{"mso": mso, "href": href, "runs": runs}
	textFuncs = texttemplate.FuncMap{"wrap": wrap, "underline": underline, "steady": steady, "lean": lean}
)

// parseEmail reads the parts in email/. A file is known by its whole name, so that one
// includes another with {{template "email/story.html" .}}.
func parseEmail(files fs.FS) (*template.Template, *texttemplate.Template, error) {
	html := template.New("email").Funcs(htmlFuncs)
	text := texttemplate.New("email").Funcs(textFuncs)
	err := parseParts(files, "email", func(name, source string) error {
		_, err := html.New(name).Parse(source)
		return err
	}, func(name, source string) error {
		_, err := text.New(name).Parse(source)
		return err
	})
	return html, text, err
}

// parseParts reads the parts in a folder: .html and .css, which are set as HTML, and
// .txt.
func parseParts(files fs.FS, dir string, html, text func(name, source string) error) error {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		return fmt.Errorf("cannot read the templates in %s: %w", dir, err)
	}
	for _, e := range entries {
		if e.IsDir() || !isPart(e.Name()) || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := dir + "/" + e.Name()
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("cannot read the template %s: %w", name, err)
		}
		parse := html
		if path.Ext(name) == ".txt" {
			parse = text
		}
		if err := parse(name, string(source)); err != nil {
			return explain(err)
		}
	}
	return nil
}

// mso is markup for Outlook's Word engine only. html/template would delete such a
// comment, so a file hands it in as a constant.
func mso(markup string) (template.HTML, error) {
	if strings.Contains(markup, "--") {
		return "", fmt.Errorf("mso takes markup without \"--\"")
	}
	return template.HTML("<!--[if mso]>" + markup + "<![endif]-->"), nil
}

// href is a link's attribute. html/template would rewrite an address on its way; here
// it keeps its bytes, because some addresses are placeholders of the message.
func href(address string) template.HTMLAttr {
	return template.HTMLAttr(`href="` + template.HTMLEscapeString(safe(address)) + `"`)
}

// unindent drops the indentation of the files, a tenth of a long letter.
func unindent(page []byte) []byte {
	out := make([]byte, 0, len(page))
	for line := range bytes.Lines(page) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			out = append(append(out, line...), '\n')
		}
	}
	return out
}

// place is where a template error happened: file, line, and what.
var place = regexp.MustCompile(`template: ?(email/[^:]+):(\d+)(?::\d+)?: (.*)`)

// explain turns a template error into a sentence for the operator who wrote the file.
func explain(err error) error {
	m := place.FindStringSubmatch(err.Error())
	if m == nil {
		return fmt.Errorf("the e-mail templates cannot be used: %w", err)
	}
	return &FileError{File: m[1], Line: m[2], Err: err, what: m[3]}
}

// A FileError is a fault in a template file.
type FileError struct {
	File string
	Line string
	Err  error
	what string
}

func (e *FileError) Error() string {
	return fmt.Sprintf("the template %s has a mistake in line %s: %s; correct the file in your templates folder, or remove it to use ours", e.File, e.Line, e.what)
}

func (e *FileError) Unwrap() error { return e.Err }
