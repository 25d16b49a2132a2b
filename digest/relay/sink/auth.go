package sink

import "encoding/base64"

// plainMatches reports whether the response of AUTH PLAIN (RFC 4616) is for a login.
func plainMatches(response, login string) bool {
	plain, err := base64.StdEncoding.DecodeString(response)
	return err == nil && string(plain) == "\x00"+login
}
