package relay

import "strings"

// Words that decide where codes do not. They are looked for in the reply in small letters.
var (
	quotaWords = []string{"limit exceeded", "sending limit", "quota for sending", "too many messages", "rate limit",
		"rate that prevents", "too many recipients", "too many connections", "throttl", "exceeded the maximum", "4.7.28"}
	fullWords   = []string{"mailbox full", "mailbox is full", "over quota", "overquota", "quota exceeded", "out of storage", "insufficient storage"}
	greyWords   = []string{"greylist", "graylist", "grey-list", "try again later", "temporarily deferred"}
	policyWords = []string{"spam", "block", "policy", "reputation", "dnsbl", "rbl", "blacklist", "denylist", "listed",
		"banned", "reject", "unsolicited", "dmarc", "spf ", "dkim", "rp-0", "sc-0", "dy-0", "ou-0", "tss0", "ph0", "abuse"}
	unknownWords = []string{"user unknown", "unknown user", "no such user", "does not exist", "no mailbox", "mailbox unavailable",
		"mailbox not found", "unknown recipient", "recipient unknown", "invalid recipient", "not a valid", "no such recipient",
		"address unknown", "account disabled", "account that you tried to reach", "unrouteable", "inactive"}
	relayWords = []string{"relay denied", "relaying denied", "relay access denied", "not permitted to relay", "unable to relay"}
	oursWords  = []string{"5.7.515", "4.7.23", "4.7.27", "4.7.29", "4.7.30", "4.7.31", "4.7.32", "4.7.40",
		"5.7.23", "5.7.25", "5.7.26", "5.7.27", "5.7.28", "5.7.29", "5.7.30", "5.7.32", "5.7.40"}
)

// Classify says what a refusal at a stage is about (mail-standards S4). Words that speak
// of a quota come first: some servers refuse for good what passes tomorrow. The first
// digit of the code wins over the enhanced code where the two differ.
func Classify(stage Stage, r Reply) Class {
	text := strings.ToLower(r.Enhanced + " " + r.Text)
	said := func(words []string) bool { return containsAny(text, words) }
	permanent := r.Code >= 500
	switch {
	case stage == StageConnect:
		return Unavailable
	case stage == StageAuth || stage == StageTLS:
		if r.Code == 454 || r.Code == 421 || r.Code == 451 {
			return Unavailable
		}
		return Configuration
	case r.Code == 421 && !strings.Contains(text, "4.7.28"):
		return Unavailable
	case r.Code == 530 || r.Code == 534 || r.Code == 535 || r.Code == 538:
		return Configuration
	case is(r, "2.2") || said(fullWords) && stage != StageMail:
		return Soft
	case said(quotaWords) || is(r, "4.5") || r.Code == 450 && is(r, "2.1") || is(r, "5.3") || r.Code == 454:
		return Quota
	case stage == StageRcpt && said(relayWords):
		return Configuration
	case said(oursWords):
		return Configuration
	case stage == StageMail && (is(r, "1.7") || is(r, "1.8") || r.Code == 501 || r.Code == 553):
		return Sender
	case r.Code == 500 || r.Code == 502 || r.Code == 503 || r.Code == 501 && stage != StageRcpt || r.Code == 555:
		return Protocol
	case is(r, "3.4") || is(r, "6") || r.Code == 552 && stage != StageRcpt:
		return Content
	case !permanent && said(greyWords):
		return Retry
	case is(r, "7") || permanent && said(policyWords) && !said(unknownWords):
		return Block
	case stage == StageRcpt && permanent && (r.Code == 550 || r.Code == 551 || r.Code == 553 || r.Code == 556 || r.Code == 501 || r.Code == 554):
		return Hard
	case stage == StageMail && permanent:
		return Sender
	case permanent && said(unknownWords):
		return Hard
	case permanent:
		return Block
	}
	return Retry
}

// is reports whether the enhanced code has the subject and, where given, the detail:
// "2.2" matches 4.2.2 and 5.2.2, "6" matches 5.6.0.
func is(r Reply, subject string) bool {
	_, have, _ := strings.Cut(r.Enhanced, ".")
	return have == subject || strings.HasPrefix(have, subject+".")
}

func containsAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
