package relay

import (
	"slices"
	"strings"
)

// Classify says what a refusal at a stage is about (mail-standards S4). The first rule
// that fits decides. The first digit of the reply wins over the enhanced code where the
// two differ.
func Classify(stage Stage, r Reply) Class {
	c := newRefusal(stage, r)
	for _, rule := range rules {
		if rule.fits(c) {
			return rule.class
		}
	}
	return Retry // a 4yz that says nothing more
}

// A refusal is a reply made ready for the rules.
type refusal struct {
	stage     Stage
	code      int
	permanent bool
	status    string // subject and detail of the enhanced code: "1.1" of 5.1.1
	text      string // in small letters, with the enhanced code, without addresses
}

func newRefusal(stage Stage, r Reply) refusal {
	words := strings.Fields(strings.ToLower(r.Enhanced + " " + r.Text))
	enhanced := r.Enhanced
	kept := words[:0]
	for _, w := range words {
		if strings.Contains(w, "@") && !strings.Contains(w, "://") {
			continue // block@paper.example is not about a block
		}
		if enhanced == "" {
			enhanced, _, _ = cutEnhanced(strings.Trim(w, "#()[]:;,"))
		}
		kept = append(kept, w)
	}
	_, status, _ := strings.Cut(enhanced, ".")
	return refusal{stage, r.Code, r.Code >= 500, status, strings.Join(kept, " ")}
}

// A rule is a row of the table: all that it names must fit.
type rule struct {
	class  Class
	stages []Stage
	codes  []int    // replies, 4 and 5 stand for all of 4yz and 5yz
	status []string // "1.1", or "6" for all of 6
	said   []string // one of these words
	unsaid []string // none of these
}

func (r rule) fits(c refusal) bool {
	return (r.stages == nil || slices.Contains(r.stages, c.stage)) &&
		(r.codes == nil || slices.Contains(r.codes, c.code) || slices.Contains(r.codes, c.code/100)) &&
		(r.status == nil || slices.ContainsFunc(r.status, func(s string) bool {
			return c.status == s || !strings.Contains(s, ".") && strings.HasPrefix(c.status, s+".")
		})) &&
		(r.said == nil || containsAny(c.text, r.said)) &&
		!containsAny(c.text, r.unsaid)
}

func containsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

var (
	asking = []Stage{StageMail, StageRcpt}
	giving = []Stage{StageData, StageBody, StageDot}
	secret = []Stage{StageTLS, StageAuth}
)

// The rules, in order: what concerns the relay as a whole and what receivers demand of all
// mail of ours, then quotas, whose wording wins because some servers refuse for good what
// passes tomorrow, then our settings and our sender, then the mail, then the reader. A wrong "hard" costs a reader; so "hard" needs a code or words
// that say it, and what remains of 5yz is a block, which nobody's address suffers for.
var rules = []rule{
	{class: Unavailable, stages: []Stage{StageConnect}},
	{class: Unavailable, stages: secret, codes: []int{4}},
	{class: Configuration, stages: secret},
	{class: Unavailable, codes: []int{421}, said: connectionWords},

	// What receivers demand of every bulk sender (mail-standards §3).
	{class: Retry, codes: []int{4}, status: []string{"7.26"}, said: []string{"dns failure"}},
	{class: Configuration, codes: []int{4}, status: []string{"7.23", "7.26", "7.27", "7.29", "7.30", "7.31", "7.32", "7.40"}},
	{class: Configuration, codes: []int{5}, status: []string{"7.25", "7.26", "7.27", "7.28", "7.29", "7.30", "7.32", "7.40", "7.515", "7.139", "7.57"}},

	// The mailbox and the mail may have limits too, which are no quotas.
	{class: Quota, codes: []int{450}, status: []string{"2.1"}, unsaid: unknownWords},
	{class: Quota, status: []string{"2.1"}, said: rateWords},
	{class: Content, stages: []Stage{StageMail}, codes: []int{5}, status: []string{"2.3"}},
	{class: Soft, status: []string{"2.2", "2.3"}},
	{class: Soft, stages: []Stage{StageRcpt, StageData, StageBody, StageDot}, said: fullWords, unsaid: sendingWords},
	{class: Content, codes: []int{5}, status: []string{"3.4"}},
	{class: Content, codes: []int{552, 554}, said: sizeWords},

	{class: Quota, said: quotaWords},
	{class: Quota, codes: []int{421}, said: []string{"rp-0", "tss0", "[ts0"}},
	{class: Quota, status: []string{"5.3", "1.90", "2.121", "2.122", "7.28"}, codes: []int{4}},
	{class: Quota, status: []string{"4.5", "5.3", "1.90", "2.121", "2.122"}, codes: []int{5}},
	{class: Quota, codes: []int{454}, unsaid: relayWords},

	{class: Unavailable, codes: []int{421}},
	{class: Configuration, codes: []int{523, 530, 534, 535, 538}},
	{class: Configuration, codes: []int{5}, said: loginWords, unsaid: []string{"resolver."}},
	{class: Configuration, said: relayWords},
	{class: Configuration, codes: []int{5}, said: []string{"helo command rejected", "helo argument", "ehlo argument", "helo/ehlo"}},

	{class: Sender, codes: []int{5}, status: []string{"1.7", "1.8", "7.60", "2.252"}},
	{class: Sender, codes: []int{5}, said: senderWords, unsaid: listWords},
	{class: Sender, stages: []Stage{StageMail}, codes: []int{501, 553}, unsaid: listWords},

	{class: Content, codes: []int{5}, status: []string{"6"}},
	{class: Content, stages: giving, codes: []int{552}},
	{class: Content, stages: giving, codes: []int{5}, said: formWords},

	{class: Protocol, codes: []int{5}, said: []string{"synchroni", "pipelin"}},
	{class: Hard, stages: []Stage{StageRcpt}, codes: []int{501}, status: []string{"1"}},
	{class: Hard, stages: []Stage{StageRcpt}, codes: []int{501}, said: unknownWords},
	{class: Protocol, codes: []int{500, 501, 502, 503, 504, 555}},

	{class: Retry, codes: []int{4}, said: greyWords, unsaid: listWords},
	{class: Retry, codes: []int{4}, status: []string{"1", "2", "3", "4", "5"}},
	{class: Block, codes: []int{4}, status: []string{"7"}},
	{class: Block, codes: []int{4}, said: policyWords},
	{class: Retry, codes: []int{4}},

	{class: Sender, stages: []Stage{StageMail}, unsaid: policyWords, status: []string{"0", "1", "5", ""}},
	{class: Block, stages: []Stage{StageMail}},

	// From here on it is a 5yz that concerns this reader or this receiver.
	{class: Hard, status: []string{"4.1"}, said: []string{"recipient address rejected"}},
	{class: Hard, said: unknownWords, unsaid: listWords},
	{class: Block, said: listWords},
	{class: Hard, status: []string{"1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "1.351", "2.1"}},
	{class: Hard, status: []string{"4.4"}},
	{class: Block, status: []string{"7"}},
	{class: Retry, status: []string{"3", "4"}, unsaid: policyWords}, // the receiver's machine, not the reader
	{class: Block, said: policyWords},
	{class: Retry, said: faultWords},
	{class: Block, said: []string{"reject"}, unsaid: []string{"address rejected", "recipient rejected"}},
	{class: Hard, stages: []Stage{StageRcpt}, codes: []int{550, 551, 553, 556}},
	{class: Block, codes: []int{5}},
}
