package config

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// parse sets v to what text says. Its errors are the end of a sentence that begins with
// the setting's name.
func parse(v reflect.Value, text string) (err error) {
	switch p := v.Addr().Interface().(type) {
	case *string:
		*p, err = parseString(text)
	case *bool:
		if *p, err = strconv.ParseBool(text); err != nil {
			err = fmt.Errorf("%q is neither true nor false", text)
		}
	case *int:
		if *p, err = strconv.Atoi(text); err != nil {
			err = fmt.Errorf("%q is no whole number", text)
		}
	case *time.Duration:
		if *p, err = time.ParseDuration(text); err != nil {
			err = fmt.Errorf(`%q is no length of time; write one such as "5m" or "1h30m"`, text)
		}
	case *Rates:
		*p, err = parseRates(strings.Split(text, ","))
	case *Warmup:
		*p, err = parseWarmup(text)
	case *mail.Address:
		*p, err = parseMailbox(text)
	case *RelayURL:
		*p, err = parseRelayURL(text)
	case *Secret:
		var plain string
		plain, err = parseString(text)
		*p = Secret(plain)
	case *[]netip.Prefix:
		*p, err = parsePrefixes(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }))
	default:
		panic("config: no way to parse a " + v.Type().String())
	}
	return err
}

// format is the inverse of parse.
func format(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return formatDuration(x)
	case mail.Address:
		return formatMailbox(x)
	case RelayURL:
		return string(x)
	case Secret:
		return string(x)
	case []netip.Prefix:
		texts := make([]string, len(x))
		for i, p := range x {
			texts[i] = formatPrefix(p)
		}
		return strings.Join(texts, ", ")
	default:
		return fmt.Sprint(x)
	}
}

// parseTOML sets v to a value as the TOML decoder gives it.
func parseTOML(v reflect.Value, value any) error {
	switch v.Interface().(type) {
	case bool:
		if b, ok := value.(bool); ok {
			return parse(v, strconv.FormatBool(b))
		}
		return errors.New("must be true or false, without quotes")
	case int:
		if n, ok := value.(int64); ok {
			return parse(v, strconv.FormatInt(n, 10))
		}
		return errors.New("must be a whole number, without quotes")
	case []netip.Prefix:
		list, ok := value.([]any)
		texts := make([]string, len(list))
		for i := range list {
			text, isText := list[i].(string)
			texts[i], ok = text, ok && isText
		}
		if !ok {
			return errors.New(`must be a list of addresses in brackets, such as ["10.0.0.0/8", "192.168.1.7"]`)
		}
		prefixes, err := parsePrefixes(texts)
		v.Set(reflect.ValueOf(prefixes))
		return err
	default:
		if text, ok := value.(string); ok {
			return parse(v, text)
		}
		return errors.New("must be text in quotes")
	}
}

// parseString refuses what has no place in a header or a file name. A line break is
// left to the checks: the postal address has some.
func parseString(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", errors.New("is no valid UTF-8; save the file as UTF-8")
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && isControl(r) }); i >= 0 {
		return "", fmt.Errorf("has a control character (%U); take it out", []rune(text[i:])[0])
	}
	return strings.TrimSpace(text), nil
}

// isControl reports C0, C1, line separators and the marks that override the direction
// of text (F6).
func isControl(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 ||
		r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

func parsePrefixes(texts []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if addr, errAddr := netip.ParseAddr(text); errAddr == nil && addr.Zone() == "" {
			prefix, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf(`%q is no network address; write one such as "10.0.0.0/8" or "192.168.1.7"`, text)
		}
		if prefix != prefix.Masked() {
			return nil, fmt.Errorf(`%q has bits beyond its mask; did you mean %q or %q?`,
				text, prefix.Masked(), prefix.Addr())
		}
		prefixes = append(prefixes, prefix)
	}
	return slices.Clip(prefixes), nil
}

func formatPrefix(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
