package main

import (
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/desk"
	"github.com/pressrun/pressrun/digest"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/subscribers"
)

// A daily edition of November 2026, whose first is a Sunday. Issue n is due on the nth at
// 6:00 in Riyadh, and goes out an hour late.
func TestWhyThereIsNoCopy(t *testing.T) {
	riyadh, err := time.LoadLocation("Asia/Riyadh")
	if err != nil {
		t.Fatal(err)
	}
	day := func(n int) time.Time { return time.Date(2026, 11, n, 6, 0, 0, 0, riyadh) }
	issue := func(n int64) digest.Issue {
		return digest.Issue{ID: n, Edition: "daily", Number: int(n), Slot: day(int(n))}
	}
	give := subscribers.Consent{ID: 1, SubscriptionID: 7, Act: subscribers.Give, Method: subscribers.MethodForm, At: day(1), Recorded: day(1)}
	chose := func(n int, frequency subscribers.Frequency, weekday time.Weekday) subscribers.ChoiceChange {
		c := subscribers.UsualChoices()
		c.Frequency, c.Weekday = frequency, weekday
		return subscribers.ChoiceChange{SubscriptionID: 7, At: day(n), Choices: c}
	}
	copies := func(state outbox.State, ids ...int64) (all []outbox.Delivery) {
		for _, id := range ids {
			all = append(all, outbox.Delivery{IssueID: id, State: state})
		}
		return all
	}
	for _, c := range []struct {
		name  string
		d     desk.Dossier
		issue int64
		state string // of the run
		want  string
	}{
		{"another edition", desk.Dossier{Reader: subscribers.Reader{Subscriptions: []subscribers.Subscription{}}}, 5, "finished", "they have no subscription of this edition"},
		{"subscribed later", desk.Dossier{Consents: []subscribers.Consent{{ID: 1, SubscriptionID: 7, Act: subscribers.Give, Recorded: day(9)}}}, 5, "finished", "before they subscribed"},
		{"never confirmed", desk.Dossier{}, 5, "finished", "not confirmed"},
		{"left", desk.Dossier{Consents: []subscribers.Consent{give, {ID: 2, SubscriptionID: 7, Act: subscribers.Withdraw, Method: subscribers.MethodOneClick, At: day(4), Recorded: day(4)}}}, 5, "finished", "they had left on"},
		{"left afterwards", desk.Dossier{Consents: []subscribers.Consent{give, {ID: 2, SubscriptionID: 7, Act: subscribers.Withdraw, At: day(6), Recorded: day(6)}}}, 5, "finished", "nothing on record"},
		{"bounced", desk.Dossier{Consents: []subscribers.Consent{give}, Suppressions: []subscribers.Suppression{{Reason: subscribers.ReasonBounce, At: day(3)}}}, 5, "finished", "the address does not exist"},
		{"paused", desk.Dossier{Consents: []subscribers.Consent{give}, Choices: []subscribers.ChoiceChange{{SubscriptionID: 7, At: day(2), PausedUntil: day(20), Choices: subscribers.UsualChoices()}}}, 5, "finished", "they had paused it until"},
		{"weekend", desk.Dossier{Consents: []subscribers.Consent{give}, Choices: []subscribers.ChoiceChange{chose(2, subscribers.Weekdays, 6)}}, 7, "finished", "working days only, and it was a Saturday"},
		{"weekly", desk.Dossier{Consents: []subscribers.Consent{give}, Choices: []subscribers.ChoiceChange{chose(2, subscribers.Weekly, time.Tuesday)}, Deliveries: copies(outbox.Sent, 3)}, 9, "finished",
			"they want one issue a week, from Tuesday on, and had issue 3 on Tuesday 3 November"},
		{"weekly, a week later", desk.Dossier{Consents: []subscribers.Consent{give}, Choices: []subscribers.ChoiceChange{chose(2, subscribers.Weekly, time.Tuesday)}, Deliveries: copies(outbox.Sent, 3)}, 10, "finished", "nothing on record"},
		{"weekly, but the last one failed", desk.Dossier{Consents: []subscribers.Consent{give}, Choices: []subscribers.ChoiceChange{chose(2, subscribers.Weekly, time.Tuesday)}, Deliveries: copies(outbox.Refused, 3)}, 9, "finished", "nothing on record"},
		{"weekly since", desk.Dossier{Consents: []subscribers.Consent{give}, Choices: []subscribers.ChoiceChange{chose(12, subscribers.Weekly, time.Tuesday)}, Deliveries: copies(outbox.Sent, 3)}, 9, "finished", "nothing on record"},
		{"one a day", desk.Dossier{Consents: []subscribers.Consent{give}, Choices: []subscribers.ChoiceChange{chose(2, subscribers.Daily, 6)}, Deliveries: copies(outbox.Sent, 1, 5)}, 105, "finished", "they want one issue a day, and had issue 5 on"},
		{"cancelled", desk.Dossier{Consents: []subscribers.Consent{give}}, 5, "cancelled", "the issue was cancelled"},
		{"under way", desk.Dossier{Consents: []subscribers.Consent{give}}, 5, "running", "are still being made"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.d.Subscriptions == nil {
				c.d.Subscriptions = []subscribers.Subscription{{ID: 7, Edition: "daily", Created: day(1)}}
			}
			c.d.Issues = map[int64]digest.Issue{}
			for _, copy := range c.d.Deliveries {
				c.d.Issues[copy.IssueID] = issue(copy.IssueID)
			}
			i := issue(c.issue % 100)
			i.ID = c.issue // 105 is a second issue of the fifth
			run := outbox.Run{State: c.state, Complete: c.state == "finished", Posted: i.Slot.Add(time.Hour)}
			if got := absenceInWords(c.d.Why(i, run, riyadh)); !strings.Contains(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestChoicesInWords(t *testing.T) {
	c := subscribers.UsualChoices()
	if got := choicesInWords(c); got != "each issue" {
		t.Error(got)
	}
	c = subscribers.Choices{Frequency: subscribers.Weekly, Weekday: time.Sunday, Hour: 7, Zone: "Asia/Riyadh", Topics: []string{"Sport", "Politics"}}
	if got := choicesInWords(c); got != "one a week, from Sunday on, at 07:00 Asia/Riyadh; only Sport, Politics" {
		t.Error(got)
	}
}
