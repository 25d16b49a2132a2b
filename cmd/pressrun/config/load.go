package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// prefix begins the name of every environment variable that sets something.
const prefix = "PRESSRUN_"

// maxFile bounds what is read of any one file, in bytes: no settings are that long.
const maxFile = 1 << 20

// Load reads the file at path and then environ, in the form of os.Environ, over it; nil
// stands for the environment of the process, as in exec.Cmd. With path "" the file is
// PRESSRUN_CONFIG, or else pressrun.toml. An empty variable counts as one not set.
//
// What it returns has passed every check that can be made without the network, but need
// not be enough to send: see ReadyToSend. Wrong settings are an *Error.
func Load(path string, environ []string) (*Config, error) {
	if environ == nil {
		environ = os.Environ()
	}
	l := &loader{c: Default(), variables: ours(environ), origin: map[string]string{}, bad: map[string]bool{}}
	l.c.File = cmp.Or(path, l.variables["PRESSRUN_CONFIG"], "pressrun.toml")
	text, err := readFile(l.c.File)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no file %s; make one with `pressrun init URL`, or name yours with --config", l.c.File)
	} else if err != nil {
		return nil, fmt.Errorf("cannot read the settings: %w", err)
	}
	if err := l.file(text); err != nil {
		return nil, err
	}
	l.environment()
	l.place()
	l.secret()
	l.check()
	l.derive()
	if err := l.err(); err != nil {
		return nil, err
	}
	return l.c, nil
}

// readFile returns what a small file holds. What is longer comes cut, one byte too long.
func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	return string(text), err
}

// ours keeps of an environment the variables that are meant for us.
func ours(environ []string) map[string]string {
	kept := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, prefix) && value != "" {
			kept[name] = value
		}
	}
	return kept
}

type loader struct {
	c         *Config
	variables map[string]string
	lines     map[string]int    // of the file, by path
	origin    map[string]string // the variable that a path was set from
	bad       map[string]bool   // paths that have their problem already
	problems  []problem
}

// place makes the file names in the settings relative to the settings' folder.
func (l *loader) place() {
	l.c.SecretFile = l.under(l.c.SecretFile)
	l.c.Database.Path = l.under(l.c.Database.Path)
	l.c.Templates.Dir = l.under(l.c.Templates.Dir)
	for i, key := range l.c.DKIM {
		l.c.DKIM[i].KeyFile = l.under(key.KeyFile)
	}
	for i, relay := range l.c.Relays {
		if folder, ok := relay.URL.Dir(); ok {
			l.c.Relays[i].URL = RelayURL("dir:" + l.under(folder))
		}
	}
}

// under returns where a file is that the settings name.
func (l *loader) under(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(l.c.File), name)
}
