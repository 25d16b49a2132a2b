//go:build !unix

package db

// alive cannot tell here: a lease is then held for its whole term.
func alive(int) bool { return true }
