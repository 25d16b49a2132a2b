package api

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"
)

// SecretOf is what the owner of a webhook proves by that a message is ours: "whsec_" and 32
// bytes in base64, as Standard Webhooks writes it. It is not kept anywhere, but made anew
// from the secret of the settings; with another one all webhooks have others.
func (h *Hooks) SecretOf(k Hook) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(h.key(k))
}

func (h *Hooks) key(k Hook) []byte {
	key, err := hkdf.Key(sha256.New, h.Secret, k.salt, "webhook", 32)
	if err != nil {
		panic(err) // 32 bytes are never too many
	}
	return key
}

// sign returns the header webhook-signature of a message: an HMAC over its name, the moment
// of the attempt and the body (Standard Webhooks, "Signature scheme", v1).
func sign(key []byte, name string, at time.Time, body string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(name + "." + strconv.FormatInt(at.Unix(), 10) + "." + body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
