package staff

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// What authenticator programs take without being told (RFC 6238 section 1.2, RFC 4226
// section 5.3).
const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	totpDrift  = 1 // steps that a clock may be off, either way (RFC 6238 section 5.2)
)

// newSecret returns a secret of the length RFC 4226 section 4 recommends.
func newSecret() []byte {
	b := make([]byte, 20)
	rand.Read(b) // never fails
	return b
}

// stepOf is the number of the step that t lies in.
func stepOf(t time.Time) int64 { return t.Unix() / int64(totpStep/time.Second) }

// codeOf is the code of a step (RFC 4226 section 5.3).
func codeOf(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	binary.Write(mac, binary.BigEndian, step) // a hash never fails
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, n%1_000_000)
}

// fits returns the step whose code this is, if it is one of the present and later than the
// last that was used.
func fits(secret []byte, code string, last int64, now time.Time) (step int64, ok bool) {
	code = strings.ReplaceAll(code, " ", "")
	for step := stepOf(now) - totpDrift; step <= stepOf(now)+totpDrift; step++ {
		if hmac.Equal([]byte(codeOf(secret, step)), []byte(latin(code))) && step > last {
			return step, true
		}
	}
	return 0, false
}

// latin writes the digits of Arabic and Persian keyboards as 0 to 9.
func latin(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		}
		return r
	}, s)
}

// A Codebook is what an authenticator program needs to know.
type Codebook struct {
	Key string // to be typed, in groups of four
	URI string // otpauth:, to be scanned or opened
}

func codebook(secret []byte, paper, email string) Codebook {
	key := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	var groups []string
	for i := 0; i < len(key); i += 4 {
		groups = append(groups, key[i:min(i+4, len(key))])
	}
	issuer := strings.ReplaceAll(paper, ":", " ")
	return Codebook{
		Key: strings.Join(groups, " "),
		URI: "otpauth://totp/" + url.PathEscape(issuer+":"+email) + "?secret=" + key + "&issuer=" + url.PathEscape(issuer),
	}
}
