package demo

import (
	"net/url"
	"regexp"
	"strings"
)

var listID = regexp.MustCompile(`^(.*)<([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+)>$`)

func checkListID(m *message) (verdict, string) {
	value := m.Fields.get("List-Id")
	found := listID.FindStringSubmatch(value)
	switch from, err := m.address("From"); {
	case found == nil:
		return fail("%s is not <label.domain>", quote(value))
	case len(value) > 255:
		return fail("it has %d octets", len(value))
	case encodedWord.MatchString(value):
		return fail("%s has an encoded word", quote(value))
	case err != nil || !sameOwner(afterLabel(found[2]), domainOf(from.Address)):
		return fail("%s is not below the domain of From", found[2])
	}
	return pass("%s", value)
}

// afterLabel drops the first label of a list's name, which leaves a domain.
func afterLabel(id string) string {
	_, domain, _ := strings.Cut(strings.ToLower(id), ".")
	return domain
}

var bracketed = regexp.MustCompile(`<([^<>]*)>`)

func checkUnsubscribe(m *message) (verdict, string) {
	value := m.Fields.get("List-Unsubscribe")
	if value == "" {
		return fail("it is missing")
	}
	web := 0
	note := ""
	for i, found := range bracketed.FindAllStringSubmatch(rawField(m, "List-Unsubscribe"), -1) {
		if strings.ContainsAny(found[1], " \t\r\n\"\\^`{|}") {
			return fail("the address %s is folded or has a character that URLs do not have", quote(found[1]))
		}
		u, err := url.Parse(found[1])
		switch {
		case err != nil:
			return fail("%s is no address", quote(found[1]))
		case i == 0 && u.Scheme == "http" && loopback(u.Hostname()):
			note = " (plain HTTP, because it leads to this machine)"
			web++
		case u.Scheme == "https":
			web++
		case u.Scheme != "mailto":
			return fail("%s is neither https nor mailto", quote(found[1]))
		}
		if i == 0 && web == 0 {
			return fail("the first address is %s", quote(found[1]))
		}
	}
	if web != 1 || strings.Trim(bracketed.ReplaceAllString(value, ""), " \t,") != "" {
		return fail("%d web addresses in %s", web, quote(value))
	}
	return pass("%s%s", value, note)
}

// rawField is the first field of that name with its folds.
func rawField(m *message, name string) string {
	for _, f := range m.Fields {
		if strings.EqualFold(f.Name, name) {
			return f.Raw
		}
	}
	return ""
}

func checkOneClick(m *message) (verdict, string) {
	if v := m.Fields.get("List-Unsubscribe-Post"); v != "List-Unsubscribe=One-Click" {
		return fail("%s", quote(v))
	}
	return pass("List-Unsubscribe=One-Click")
}

func checkListFields(m *message) (verdict, string) {
	var there []string
	for _, name := range []string{"List-Help", "List-Archive", "List-Owner", "List-Post"} {
		value := m.Fields.get(name)
		if value == "" {
			continue
		}
		found := bracketed.FindStringSubmatch(value)
		if name == "List-Post" && value == "NO" {
			there = append(there, name)
			continue
		}
		if found == nil {
			return fail("%s is %s", name, quote(value))
		}
		if u, err := url.Parse(found[1]); err != nil || u.Scheme == "" {
			return fail("%s is %s", name, quote(value))
		}
		there = append(there, name)
	}
	if len(there) == 0 {
		return skip("there are none; they are optional")
	}
	return pass("%s", strings.Join(there, ", "))
}

// leaveURL is the web address of List-Unsubscribe, or "".
func leaveURL(m *message) string {
	for _, found := range bracketed.FindAllStringSubmatch(m.Fields.get("List-Unsubscribe"), -1) {
		if u, err := url.Parse(found[1]); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
			return found[1]
		}
	}
	return ""
}
