package desk

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"time"
)

// totp counts a code from the standard's text (RFC 6238, RFC 4226), apart from the code
// under test.
func totp(secret []byte, at time.Time) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(at.Unix())/30)
	mac := hmac.New(sha1.New, secret)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	o := sum[19] & 15
	n := (uint(sum[o])&127)<<24 | uint(sum[o+1])<<16 | uint(sum[o+2])<<8 | uint(sum[o+3])
	return fmt.Sprintf("%06d", n%1000000)
}
