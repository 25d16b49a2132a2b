package config

import (
	"strings"
	"testing"
)

func TestARelayURLMaySayWhetherItBeginsWithSTARTTLS(t *testing.T) {
	for _, good := range []string{"smtp://127.0.0.1:25?tls=starttls", "smtp://127.0.0.1:25?tls=none", "smtp://mail.example:587"} {
		if u, err := parseRelayURL(good); err != nil || string(u) != good {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"smtps://mail.example:465?tls=none": "always uses TLS",
		"smtp://mail.example:587?tls=maybe": "something behind the host",
		"smtp://mail.example:587?x=1":       "something behind the host",
	} {
		if _, err := parseRelayURL(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", bad, err, want)
		}
	}
}
