package relay

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pressrun/pressrun/digest/message"
)

// A Dir writes each message into a folder as an .eml file, for rehearsals and tests.
type Dir struct{ Path string }

// Run writes what the line gives until it returns nil.
func (d Dir) Run(ctx context.Context, open func() Line) error {
	if err := os.MkdirAll(d.Path, 0o700); err != nil {
		return fmt.Errorf("make the folder for mail: %w", err)
	}
	line := open()
	for e := line.Next(ctx); e != nil; e = line.Next(ctx) {
		if err := d.write(e); err != nil {
			line.Done(e, Reply{}, &Error{Stage: StageBody, Class: Configuration, Err: err})
			continue
		}
		line.Done(e, Reply{Code: 250, Text: "written"}, nil)
	}
	return nil
}

// write leaves either the whole file or none.
func (d Dir) write(e *message.Envelope) error {
	f, err := os.CreateTemp(d.Path, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	if _, err = e.WriteTo(f); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%010d.eml", e.ID)
	if e.ID < 0 {
		name = fmt.Sprintf("test-%d.eml", -e.ID)
	}
	return os.Rename(f.Name(), filepath.Join(d.Path, name))
}
