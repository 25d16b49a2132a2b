package config

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
)

// environment takes over what the variables set. Those for a section
// that may be there several times mean the first.
func (l *loader) environment() {
	for name, list := range listsOf(l.c) {
		if list.Len() == 0 && l.anyVariable(variable(name)+"_") {
			lengthen(list)
		}
	}
	known := map[string]bool{"PRESSRUN_CONFIG": true, "PRESSRUN_SECRET": true}
	for _, f := range fieldsOf(l.c) {
		name := variable(f.path)
		if known[name] {
			continue // the second relay's names are the first's
		}
		known[name] = true
		value, ok := l.variables[name]
		if f.secret() {
			known[name+"_FILE"] = true
			if file, set := l.variables[name+"_FILE"]; set {
				value, ok = l.secretFile(name, file, ok)
				name += "_FILE"
			}
		}
		if !ok {
			continue
		}
		l.origin[f.path], l.bad[f.path] = name, false
		if err := parse(f.value, value); err != nil {
			l.report(f.path, "%v", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.variables)) {
		if !known[name] {
			l.reportf("%s is no setting%s", name, didYouMean(name, slices.Collect(maps.Keys(known))))
		}
	}
}

func (l *loader) anyVariable(begin string) bool {
	for name := range l.variables {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	return false
}

// secret finds the token secret: PRESSRUN_SECRET, else the file.
func (l *loader) secret() {
	text, fromVariable := l.variables["PRESSRUN_SECRET"]
	where := "PRESSRUN_SECRET"
	if _, both := l.variables["PRESSRUN_SECRET_FILE"]; both && fromVariable {
		l.report("secret_file", "is set while PRESSRUN_SECRET is set too; unset one of them")
		return
	}
	if !fromVariable {
		where = l.c.SecretFile
		var err error
		if text, err = readFile(l.c.SecretFile); errors.Is(err, os.ErrNotExist) {
			l.report("secret_file", "names %s, which is not there; bring it back from a backup, or make a new one with `pressrun init`", where)
			return
		} else if err != nil {
			l.report("secret_file", "names a file that cannot be read: %v", err)
			return
		}
	}
	l.c.Secret = Secret(strings.TrimSpace(text))
	if len(l.c.Secret) < minSecret {
		l.reportf("%s: the secret has fewer than %d characters; make a long random one, such as `openssl rand -hex 32` prints", where, minSecret)
	}
}

// secretFile reads the secret that variable name_FILE points to.
func (l *loader) secretFile(name, file string, both bool) (value string, ok bool) {
	if both {
		l.reportf("%s and %s_FILE are both set; unset one of them", name, name)
		return "", false
	}
	value, err := readFile(l.under(file))
	if err != nil {
		l.reportf("%s_FILE cannot be read: %v", name, err)
	}
	return strings.TrimRight(value, "\r\n"), err == nil
}
