package relay

// Words of servers that decide where codes do not, in small letters.
var (
	// connectionWords end a connection that has served its time.
	connectionWords = []string{"per connection", "in this connection", "this session", "connection expired", "try reconnecting"}

	quotaWords = []string{"limit exceeded", "limits exceeded", "sending limit", "quota for sending", "relay quota", "message quota", "email quota",
		"mail quota", "too many messages", "too many mails", "too many emails", "rate limit", "rate-limit", "ratelimit",
		"rate that prevents", "too many recipients", "too many connections", "too many concurrent", "throttl",
		"exceeded the maximum", "max emails per", "maximum sending rate", "frequency limited", "limits for how many", "too fast",
		"too quickly", "daily limit", "hourly limit", "per hour limit", "outgoing limit", "unusual rate of email"}
	rateWords = []string{"at a rate", "too quickly", "too fast"}

	fullWords = []string{"mailbox full", "mailbox is full", "over quota", "overquota", "over its quota", "quota exceeded", "exceeded quota",
		"out of storage", "insufficient storage", "storage exceeded", "exceeded storage", "exceeded its storage", "storage limit", "mailbox limit",
		"mailbox size", "disk quota", "inbox is full", "inbox full", "mail box full", "user is over", "account is full", "maildir over"}
	// sendingWords say that it is the sender's quota that is used up.
	sendingWords = []string{"sending", "relay", "daily", "outgoing", "you have exceeded", "you've reached", "your quota"}
	sizeWords    = []string{"message size", "size limit", "too large", "too big", "size exceeds", "exceeds size", "maximum size"}

	loginWords = []string{"authentication required", "authentication is required", "smtp authentication", "not authenticated", "authenticate first",
		"must authenticate", "please authenticate", "must issue a starttls", "starttls first", "basic authentication", "log in first", "login first"}
	relayWords = []string{"relay denied", "relaying denied", "relay access denied", "relaying is denied", "relay not permitted", "relaying not",
		"not permitted to relay", "unable to relay", "allowed rcpthosts", "configured to relay", "cannot relay", "relay prohibited",
		"credentials for relay", "relaying disallowed", "does not relay", "not a relay", "relay is not"}
	senderWords = []string{"sender address rejected", "sender rejected", "sender verify fail", "sender denied", "sender domain", "sender is not",
		"sender address is not", "sendasdenied", "send as this sender", "not owned by user", "address is not verified", "domain of sender address",
		"from address is not", "invalid sender", "bad outbound sender", "sender not allowed", "verified sender"}

	formWords = []string{"rfc 5322", "rfc5322", "rfc 2822", "not rfc compliant", "rfc compliant", "duplicate header", "header error", "malformed",
		"missing a valid", "multiple addresses in", "invalid header", "headers too large", "encoded-word syntax", "bare lf", "bare newline", "line too long"}

	greyWords = []string{"greylist", "graylist", "grey-list", "greylisting", "grey listed", "try again", "retry later", "come back", "temporarily deferred",
		"please retry", "temporary", "busy", "try later", "essayer plus tard"}

	// listWords name a judgement about us that outweighs what else is said.
	listWords = []string{"spamhaus", "spamcop", "sorbs", "barracuda", "dnsbl", "blacklist", "black list", "blocklist", "block list", "denylist", "blocked using",
		"rbl", "aup#", "reputation", "sc-0", "dy-0", "ou-0", "rp-0", "tss0", "(ph0", "[ph0", "banned", "blocked by", "abuse", "namespace mining"}
	policyWords = []string{"spam", "block", "bloque", "policy", "policies", "unsolicited", "dmarc", "spf ", "(spf", "sender id", "dkim", "content rejected",
		"message rejected", "mail rejected", "email rejected", "messages rejected", "client host rejected", "sender rejected", "not accepted", "not accepting", "not allowed",
		"virus", "malware", "phish", "suspicious", "denied", "not authorized", "not authorised", "reverse dns", "ptr ", "refused by", "dynamic ip", "bulk", "ube,",
		"complaint", "high volume", "verification failed", "prohibited", "filtered", "unwanted", "untrusted", "restricted", "blackhole", "sender score", "duplicate", "transaction failed"}

	// unknownWords say that there is no such reader.
	unknownWords = []string{"user unknown", "unknown user", "no such user", "no such mailbox", "no such recipient", "no such address", "no such person",
		"no mailbox", "mailbox unavailable", "mailbox not found", "mailbox does not exist", "mailbox doesn't", "mailbox unknown", "unknown mailbox", "mailbox disabled", "mailbox is disabled", "mailbox is inactive",
		"unknown recipient", "recipient unknown", "recipient not found", "invalid recipient", "recipient invalid", "recipient does not exist", "recipient no longer",
		"recipient address does not", "not a valid mailbox", "not a valid recipient", "not a valid rfc", "not a registered", "address unknown", "unknown address", "address does not exist",
		"address not found", "invalid address", "bad address", "bad destination", "account disabled", "account has been disabled", "account is disabled", "account has been deactivated",
		"account is inactive", "account inactive", "account that you tried to reach", "account does not exist", "no account", "doesn't have a", "does not have an account", "no longer",
		"unrouteable", "unroutable", "user not found", "user doesn't exist", "user does not exist", "unknown local", "not our user", "no user", "invalid mailbox", "invalid user",
		"host unknown", "host not found", "unknown host", "domain not found", "domain unknown", "unknown domain", "unknown or illegal alias", "recipnotfound", "adresse destinataire invalide",
		"nosuchuser", "user suspended", "rcp-p1", "null mx", "doesn't receive email", "find the recipient domain", "not known here", "not listed in", "local user", "recipient is not known"}

	// faultWords speak of a machine that is ill, whatever the code.
	faultWords = []string{"service unavailable", "service currently unavailable", "service not available", "internal error", "internal server error", "system error", "try again",
		"timed out", "timeout", "expired", "hop count", "too many hops", "loop", "not reachable", "temporar", "could not connect", "refused to talk", "lost connection", "resources"}
)
