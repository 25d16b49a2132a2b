package templates

import (
	"bytes"
	"fmt"

	"github.com/vanng822/go-premailer/premailer"
)

// inline moves the rules of the plain <style> into style attributes, for mail programs
// that drop the head (H1). The <style data-premailer="ignore"> stays: it holds what
// cannot be inlined. The inliner panics on markup it does not expect; an operator's
// file must not end the program.
func inline(page []byte) (out []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("the inliner gave up: %v", p)
		}
	}()
	// Width and height attributes are written by hand, where they are meant.
	options := premailer.NewOptions(premailer.WithCssToAttributes(false))
	p, err := premailer.NewPremailerFromString(string(page), options)
	if err != nil {
		return nil, err
	}
	inlined, err := p.Transform()
	if err != nil {
		return nil, err
	}
	return bytes.ReplaceAll([]byte(inlined), []byte(` data-premailer="ignore"`), nil), nil
}
