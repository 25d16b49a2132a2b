package db

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Scrub makes sure that no row deleted before left a byte of the words in the database file
// or its log, in upper or lower case of ASCII. An occurrence inside one of within is
// somebody else's and stays. It reports whether a word still stands in the database: in a
// row that is there.
//
// What is deleted is overwritten at once, but when a page is split, a copy can stay in the
// part that nobody uses. If one is found, the whole file is written anew, while other
// writers wait: seconds for a million readers, and as much free disk as the file has.
func (d *DB) Scrub(ctx context.Context, words, within [][]byte) (remains bool, err error) {
	if err := d.emptyLog(ctx); err != nil {
		return false, err
	}
	found, err := d.stands(ctx, words, within)
	if err != nil || !found {
		return false, err
	}
	if _, err := d.writer.ExecContext(ctx, "VACUUM"); err != nil {
		return false, fmt.Errorf("write the database anew: %w", explain(d.path, err))
	}
	if err := d.emptyLog(ctx); err != nil {
		return false, err
	}
	return d.stands(ctx, words, within)
}

// emptyLog moves the write-ahead log into the database file and cuts it to nothing. Who
// reads an older state holds that up; they are waited for.
func (d *DB) emptyLog(ctx context.Context) error {
	for range 20 {
		var busy, frames, moved int
		if err := d.writer.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved); err != nil {
			return explain(d.path, err)
		}
		if busy == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return errors.New("the database's log could not be emptied, because another program reads without end; close it and try again")
}

// stands looks for the words in the database's files.
func (d *DB) stands(ctx context.Context, words, within [][]byte) (bool, error) {
	for _, path := range []string{d.path, d.path + "-wal"} {
		found, err := fileHas(ctx, path, folded(words), folded(within))
		if err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// fileHas reads a file piece by piece, each with the end of the one before.
func fileHas(ctx context.Context, path string, words, within [][]byte) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	defer f.Close()
	const piece = 1 << 20
	longest := 1
	for _, w := range append(words[:len(words):len(words)], within...) {
		longest = max(longest, len(w))
	}
	// Each word is judged with what surrounds it: twice the longest covers both sides.
	kept := 2 * longest
	buf := make([]byte, kept+piece)
	for have, judged := 0, 0; ; {
		n, err := io.ReadFull(f, buf[have:])
		lower(buf[have : have+n])
		have += n
		if hasOutside(buf[:have], judged, words, within, err == nil) {
			return true, nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, ctx.Err()
		} else if err != nil {
			return false, err
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		have = copy(buf, buf[have-kept:have])
		judged = longest // what began before that was whole in the last piece, with all around it
	}
}

// hasOutside reports whether one of the words stands in data, from a place on, and is not
// part of one of within. Where more data follows, the judgement of what stands so near the end that it
// may be cut is left to the next piece.
func hasOutside(data []byte, start int, words, within [][]byte, more bool) bool {
	longest := 0
	for _, w := range within {
		longest = max(longest, len(w))
	}
	for _, word := range words {
		for from := start; ; {
			i := bytes.Index(data[from:], word)
			if i < 0 {
				break
			}
			at := from + i
			if more && at+longest > len(data) {
				break
			}
			if !isWithin(data, at, word, within) {
				return true
			}
			from = at + 1
		}
	}
	return false
}

// isWithin reports whether the word at a place is part of one of within.
func isWithin(data []byte, at int, word []byte, within [][]byte) bool {
	for _, w := range within {
		for offset := 0; ; offset++ {
			i := bytes.Index(w[offset:], word)
			if i < 0 {
				break
			}
			offset += i
			if start := at - offset; start >= 0 && bytes.HasPrefix(data[start:], w) {
				return true
			}
		}
	}
	return false
}

func folded(words [][]byte) [][]byte {
	all := make([][]byte, 0, len(words))
	for _, w := range words {
		if w = bytes.Clone(w); len(w) > 0 {
			lower(w)
			all = append(all, w)
		}
	}
	return all
}

// lower does what SQLite's lower() does: it knows ASCII alone.
func lower(b []byte) {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
}
