package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
)

const hidden = "[secret]"

// minSecret is the least number of characters: 24 random bytes in base64, above the 128
// bits that tokens need (W7).
const minSecret = 32

// A Secret prints as "[secret]" however it is printed; convert it with string or []byte
// to use it.
type Secret string

func (s Secret) String() string               { return hidden }
func (s Secret) GoString() string             { return hidden }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(hidden) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// CreateSecret writes a new random secret to path, for the owner's eyes only. A file
// that is there already stays as it is, because links in mails already sent depend on it.
func CreateSecret(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("create secret: %w", err)
	}
	random := make([]byte, 32)
	rand.Read(random) // never fails
	_, err = f.WriteString(base64.RawURLEncoding.EncodeToString(random) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("create secret %s: %w", path, err)
	}
	return nil
}
