package site

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/subscribers"
)

func TestLeavingIsFirstAndFewerIsBelow(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	reader := l.join(t, "mona@example.org", "", "daily", "weekend")
	page := l.get(t, l.leaveURL(t, reader, "daily")).text
	var places []int
	for _, button := range []string{`<button class="big" name="leave"`, `name="weekly"`, `name="pause" value="30"`, `<select id="topic"`, `name="all"`} {
		places = append(places, strings.Index(page, button))
	}
	if !slices.IsSorted(places) || places[0] < 0 || strings.Count(page, `class="big"`) != 1 {
		t.Errorf("the buttons stand at %v in\n%s", places, page)
	}
}

func TestFewerInsteadOfLeavingAndBack(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	reader := l.join(t, "mona@example.org", "", "daily")
	id := reader.Subscriptions[0].ID
	had := subscribers.Choices{Frequency: subscribers.Weekdays, Weekday: time.Saturday, Hour: 7, Zone: "Africa/Cairo"}
	ok(t, l.readers.SetChoices(t.Context(), id, had, then))
	link := l.leaveURL(t, reader, "daily")
	for _, c := range []struct {
		field, value, says string
		is                 func(subscribers.Subscription) bool
	}{
		{"weekly", "1", "now comes once a week", func(n subscribers.Subscription) bool { return n.Choices.Frequency == subscribers.Weekly }},
		{"topic", "Culture", "Only what is about <bdi>Culture</bdi>", func(n subscribers.Subscription) bool { return slices.Equal(n.Choices.Topics, []string{"Culture"}) }},
		{"pause", "30", "</bdi> is paused", func(n subscribers.Subscription) bool { return n.State == subscribers.Paused }},
	} {
		a := l.press(t, link, c.field, c.value)
		n, err := l.readers.Subscription(t.Context(), id)
		ok(t, err)
		if a.StatusCode != 200 || !strings.Contains(a.text, c.says) || !strings.Contains(a.text, `name="leave"`) || !c.is(n) {
			t.Errorf("%s: %d, %+v\n%s", c.field, a.StatusCode, n, a.text)
		}
		if a := l.get(t, link); strings.Contains(a.text, `name="`+c.field+`"`) {
			t.Errorf("%s is offered to who has it", c.field)
		}
		if a := l.press(t, link, "back", c.field); a.StatusCode != 200 || !strings.Contains(a.text, "Leave <bdi>Evening Briefing</bdi>?") {
			t.Errorf("back from %s: %d\n%s", c.field, a.StatusCode, a.text)
		}
		n, err = l.readers.Subscription(t.Context(), id)
		ok(t, err)
		if n.State != subscribers.Confirmed || n.Choices.Frequency != had.Frequency || len(n.Choices.Topics) != 0 || n.Choices.Hour != 7 {
			t.Errorf("after %s was taken back: %+v", c.field, n)
		}
	}
}

func TestOffersAreForThoseWhoGetMail(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	reader := l.join(t, "mona@example.org", "", "daily")
	link := l.leaveURL(t, reader, "daily")
	for _, try := range [][2]string{{"topic", "Sports"}, {"topic", ""}, {"pause", "31"}, {"pause", ""}} {
		if a := l.press(t, link, try[0], try[1]); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %d", try, a.StatusCode)
		}
	}
	l.press(t, link, "leave", "1")
	before := l.dump(t)
	for _, try := range [][2]string{{"weekly", "1"}, {"topic", "City"}, {"pause", "30"}, {"back", "weekly"}, {"back", "pause"}} {
		a := l.press(t, link, try[0], try[1])
		if a.StatusCode != 200 || !strings.Contains(a.text, "You have left") {
			t.Errorf("%q after leaving: %d\n%s", try, a.StatusCode, a.text)
		}
	}
	if after := l.dump(t); after != before {
		t.Errorf("changed to\n%s", after)
	}
	// What the address says must be so.
	if a := l.get(t, link+"?kept=weekly"); strings.Contains(a.text, "once a week") {
		t.Error("the page says what is not so")
	}
}

func TestWeeklyIsNotOfferedOfAWeekly(t *testing.T) {
	h := open(t)
	weekend, err := h.digest.Edition(t.Context(), "weekend")
	ok(t, err)
	weekend.Schedule.Cron = "0 7 * * 6"
	_, err = h.digest.PutEdition(t.Context(), weekend, then)
	ok(t, err)
	reader := h.join(t, "mona@example.org", "", "weekend")
	if a := h.get(t, h.leaveURL(t, reader, "weekend")); strings.Contains(a.text, `name="weekly"`) || !strings.Contains(a.text, `name="pause"`) {
		t.Error(a.text)
	}
}
