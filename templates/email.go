package templates

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
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
	v := s.view(l)
	var page, text bytes.Buffer
	if err := s.email.ExecuteTemplate(&page, "email/letter.html", v); err != nil {
		return Email{}, explain(err)
	}
	if err := s.text.ExecuteTemplate(&text, "email/letter.txt", v); err != nil {
		return Email{}, explain(err)
	}
	inlined, err := inline(unindent(page.Bytes()))
	if err != nil {
		return Email{}, fmt.Errorf("the styles of the letter cannot be inlined (%w); correct the files in email/ of your templates folder, or remove them to use ours", err)
	}
	return Email{HTML: inlined, Text: tidy(text.Bytes())}, nil
}

// parseEmail reads every email/*.html and email/*.txt. A file is known by its whole
// name, so that one includes another with {{template "email/story.html" .}}.
func parseEmail(files fs.FS) (*template.Template, *texttemplate.Template, error) {
	html := template.New("email").Funcs(template.FuncMap{"mso": mso, "href": href, "runs": runs})
	text := texttemplate.New("email").Funcs(texttemplate.FuncMap{"wrap": wrap, "underline": underline, "steady": steady})
	err := eachFile(files, "email/*.html", func(name, source string) error {
		_, err := html.New(name).Parse(source)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	err = eachFile(files, "email/*.txt", func(name, source string) error {
		_, err := text.New(name).Parse(source)
		return err
	})
	return html, text, err
}

func eachFile(files fs.FS, pattern string, parse func(name, source string) error) error {
	names, err := fs.Glob(files, pattern)
	if err != nil {
		return err
	}
	for _, name := range names {
		source, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("cannot read the template %s: %w", name, err)
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
