package staff

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// A cost is how dear guessing a password is made.
type cost struct {
	memory  uint32 // in KiB
	rounds  uint32
	threads uint8
}

// present is the first of OWASP's equal choices for argon2id: 46 MiB in one round.
var present = cost{memory: 47104, rounds: 1, threads: 1}

// What a password must have. Longer ones than the limit would only cost us time.
const (
	minPassword = 12
	maxPassword = 200
)

// hashPassword returns what is kept of a password: argon2id with its cost and salt, in the
// usual writing "$argon2id$v=19$m=…,t=…,p=…$salt$sum".
func (s *Store) hashPassword(ctx context.Context, password string) (string, error) {
	password = norm.NFKC.String(password) // the same letters from every keyboard
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword {
		return "", ErrPassword
	}
	salt := make([]byte, 16)
	rand.Read(salt) // never fails
	sum, err := s.sum(ctx, password, salt, s.cost)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, s.cost.memory, s.cost.rounds, s.cost.threads,
		b64.EncodeToString(salt), b64.EncodeToString(sum)), nil
}

// matches reports whether a password is the one that hash was made of. Where there is no
// hash it takes as long, so that nobody learns who is an editor.
func (s *Store) matches(ctx context.Context, hash, password string) (bool, error) {
	if utf8.RuneCountInString(password) > maxPassword {
		password = ""
	}
	c, salt, want, ok := parseHash(hash)
	if !ok {
		c, salt, want = s.cost, make([]byte, 16), nil
	}
	got, err := s.sum(ctx, norm.NFKC.String(password), salt, c)
	if err != nil {
		return false, err
	}
	return ok && subtle.ConstantTimeCompare(got, want) == 1, nil
}

// sum waits for its turn: each takes tens of megabytes.
func (s *Store) sum(ctx context.Context, password string, salt []byte, c cost) ([]byte, error) {
	select {
	case s.hashing <- struct{}{}:
		defer func() { <-s.hashing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password), salt, c.rounds, c.memory, c.threads, 32), nil
}

func parseHash(hash string) (c cost, salt, sum []byte, ok bool) {
	part := strings.Split(hash, "$")
	if len(part) != 6 || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, false
	}
	if n, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &c.memory, &c.rounds, &c.threads); err != nil || n != 3 || c.rounds == 0 || c.threads == 0 {
		return c, nil, nil, false
	}
	var errs [2]error
	salt, errs[0] = base64.RawStdEncoding.DecodeString(part[4])
	sum, errs[1] = base64.RawStdEncoding.DecodeString(part[5])
	return c, salt, bytes.Clone(sum), errs[0] == nil && errs[1] == nil && len(sum) == 32
}
