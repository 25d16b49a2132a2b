package desk

import (
	"crypto/rand"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/pressrun/pressrun/subscribers"
)

// Files of readers wait for a word between the trial and the import, so long and so many.
const (
	waitsFor = 30 * time.Minute
	mostWait = 4
)

// A staging has the files that wait. They are gone with the program.
type staging struct {
	mu    sync.Mutex
	files []*stagedFile // oldest first
}

// A stagedFile is a file of readers that was tried and may be taken in by whoever tried it.
type stagedFile struct {
	token   string
	editor  int64
	until   time.Time
	options subscribers.ImportOptions
	file    *os.File
}

// keep copies a file to one of our own that nobody else can open. Where the system lets
// it, the file has no name any more from then on, so that a crash leaves nothing of it.
func (s *staging) keep(editor int64, in io.Reader, o subscribers.ImportOptions, now time.Time) (*stagedFile, error) {
	f, err := os.CreateTemp("", "pressrun-import-*")
	if err != nil {
		return nil, fmt.Errorf("keep a file for an import: %w", err)
	}
	_ = os.Remove(f.Name()) // else close does it
	waiting := &stagedFile{token: rand.Text(), editor: editor, until: now.Add(waitsFor), options: o, file: f}
	if _, err := io.Copy(f, in); err != nil {
		waiting.close()
		return nil, fmt.Errorf("keep a file for an import: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tidy(now)
	for len(s.files) >= mostWait {
		s.files[0].close()
		s.files = s.files[1:]
	}
	s.files = append(s.files, waiting)
	return waiting, nil
}

// take returns the editor's file with a token, which then waits no more; nil for none. Who
// takes it closes it.
func (s *staging) take(editor int64, token string, now time.Time) *stagedFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tidy(now)
	for i, f := range s.files {
		if f.token == token && f.editor == editor {
			s.files = slices.Delete(s.files, i, i+1)
			return f
		}
	}
	return nil
}

// drop forgets a file.
func (s *staging) drop(f *stagedFile) {
	if s.take(f.editor, f.token, time.Time{}) != nil {
		f.close()
	}
}

// tidy forgets those whose time is over.
func (s *staging) tidy(now time.Time) {
	s.files = slices.DeleteFunc(s.files, func(f *stagedFile) bool {
		over := now.After(f.until)
		if over {
			f.close()
		}
		return over
	})
}

// reader reads the file from its beginning.
func (f *stagedFile) reader() io.Reader { return io.NewSectionReader(f.file, 0, math.MaxInt64) }

func (f *stagedFile) close() {
	f.file.Close()
	_ = os.Remove(f.file.Name())
}
