package subscribers

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// A sorter brings records in the order of their keys, however many there are, with a
// bounded amount of memory: what is more than one run waits in a file. Records of one key
// come in the order of their numbers.
//
// An import sorts its readers by address, so that the database writes each page of its
// index once instead of once for each part of the file, and a reader whom the file has
// twice stands beside himself.
type sorter struct {
	dir   string // of the file
	most  int    // bytes of a run
	arena []byte
	index []sortable
	file  *os.File // nil as long as one run holds all
	runs  []int64  // where each run in the file ends
	n     int64
}

// A sortable is where a record stands in the arena: key, then payload.
type sortable struct {
	number           int64
	start, key, size uint32
}

const sortRun = 3 << 20 // bytes in memory

func newSorter(dir string) *sorter { return &sorter{dir: dir, most: sortRun} }

func (s *sorter) key(r sortable) []byte { return s.arena[r.start : r.start+r.key] }

// add takes one record. It keeps copies.
func (s *sorter) add(key string, number int64, payload []byte) error {
	if len(s.arena)+len(key)+len(payload) > s.most && len(s.index) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	start := len(s.arena)
	s.arena = append(append(s.arena, key...), payload...)
	s.index = append(s.index, sortable{number: number, start: uint32(start), key: uint32(len(key)), size: uint32(len(key) + len(payload))})
	s.n++
	return nil
}

func (s *sorter) sort() {
	slices.SortFunc(s.index, func(a, b sortable) int {
		return cmp.Or(bytes.Compare(s.key(a), s.key(b)), cmp.Compare(a.number, b.number))
	})
}

// spill writes a run to the file.
func (s *sorter) spill() error {
	s.sort()
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, ".pressrun-sort-*")
		if err != nil {
			return fmt.Errorf("there is no room for a temporary file beside the database: %w", err)
		}
		s.file = f
		_ = os.Remove(f.Name()) // where it may go while it is open, no crash leaves addresses behind
	}
	end := int64(0)
	if len(s.runs) > 0 {
		end = s.runs[len(s.runs)-1]
	}
	out := bufio.NewWriterSize(s.file, 64<<10)
	var head []byte
	for _, r := range s.index {
		head = binary.AppendUvarint(head[:0], uint64(r.number))
		head = binary.AppendUvarint(head, uint64(r.key))
		head = binary.AppendUvarint(head, uint64(r.size))
		out.Write(head)
		out.Write(s.arena[r.start : r.start+r.size])
		end += int64(len(head)) + int64(r.size)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("the temporary file beside the database cannot be written: %w", err)
	}
	s.runs = append(s.runs, end)
	s.arena, s.index = s.arena[:0], s.index[:0]
	return nil
}

// each calls fn with every record in order; record and payload are only good until fn
// returns. Then nothing can be added any more.
func (s *sorter) each(fn func(key string, number int64, payload []byte) error) error {
	if s.file == nil {
		s.sort()
		for _, r := range s.index {
			if err := fn(string(s.key(r)), r.number, s.arena[r.start+r.key:r.start+r.size]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.spill(); err != nil {
		return err
	}
	s.arena, s.index = nil, nil
	var open runHeap
	start := int64(0)
	for _, end := range s.runs {
		r := &sortedRun{in: bufio.NewReaderSize(io.NewSectionReader(s.file, start, end-start), 16<<10)}
		if err := r.next(); err == nil {
			open = append(open, r)
		} else if err != io.EOF {
			return err
		}
		start = end
	}
	heap.Init(&open)
	for len(open) > 0 {
		r := open[0]
		if err := fn(r.key, r.number, r.payload); err != nil {
			return err
		}
		switch err := r.next(); err {
		case nil:
			heap.Fix(&open, 0)
		case io.EOF:
			heap.Pop(&open)
		default:
			return err
		}
	}
	return nil
}

// close gives the file back.
func (s *sorter) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if gone := os.Remove(s.file.Name()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// A sortedRun is read record by record.
type sortedRun struct {
	in      *bufio.Reader
	buffer  []byte
	key     string
	number  int64
	payload []byte
}

func (r *sortedRun) next() error {
	number, err := binary.ReadUvarint(r.in)
	if err != nil {
		return err // io.EOF between records is the run's end
	}
	key, kerr := binary.ReadUvarint(r.in)
	size, serr := binary.ReadUvarint(r.in)
	if err := errors.Join(kerr, serr); err != nil {
		return fmt.Errorf("the temporary file cannot be read back: %w", err)
	}
	r.buffer = slices.Grow(r.buffer[:0], int(size))[:size]
	if _, err := io.ReadFull(r.in, r.buffer); err != nil {
		return fmt.Errorf("the temporary file cannot be read back: %w", err)
	}
	r.number, r.key, r.payload = int64(number), string(r.buffer[:key]), r.buffer[key:]
	return nil
}

// A runHeap has the run with the next record first.
type runHeap []*sortedRun

func (h runHeap) Len() int { return len(h) }
func (h runHeap) Less(i, j int) bool {
	return cmp.Or(strings.Compare(h[i].key, h[j].key), cmp.Compare(h[i].number, h[j].number)) < 0
}
func (h runHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *runHeap) Push(x any)   { *h = append(*h, x.(*sortedRun)) }
func (h *runHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
