package api

import "crypto/rand"

// newName is one that nothing else has: of a process, or of a message.
func newName() string { return rand.Text() }
