//go:build unix

package db

import (
	"os"
	"syscall"
)

// fileNumber returns the inode of a file, 0 when it cannot be told.
func fileNumber(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int64(st.Ino)
	}
	return 0
}
