package site

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pressrun/pressrun/subscribers"
)

func TestPostmanTakesEachLetterOnce(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	l.join(t, "known@example.org", "en", "daily")
	for i := range 30 {
		accepted(t, l.send(t, l.filled(fmt.Sprintf("r%02d@example.org", i))))
	}
	accepted(t, l.send(t, l.filled("known@example.org", "language", "ar")))
	ok(t, l.postman.Go(t.Context()))
	ok(t, l.postman.Go(t.Context()))
	if got := strings.Count(l.dumpTable(t, "letter"), "\n"); got != 31 {
		t.Errorf("%d letters are in the outbox, want 31", got)
	}
	// Thirty readers who are told the same share a message.
	if got := strings.Count(l.dumpTable(t, "message"), "\n"); got != 2 {
		t.Errorf("the outbox keeps %d messages", got)
	}
	mails := l.mails(t)
	if len(mails) != 31 {
		t.Errorf("%d mails went out", len(mails))
	}
	for _, mail := range mails {
		if strings.Contains(mail, "known@example.org") {
			l.link(t, decodedText(t, mail), "/p/")
		}
	}
}

func TestPostmanKeepsNobodyBackForAnothersFault(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	for i := range 3 {
		email := fmt.Sprintf("r%d@example.org", i)
		accepted(t, l.send(t, l.filled(email)))
		if i == 0 {
			l.press(t, l.link(t, decodedText(t, l.mails(t)[0]), "/c/"), "confirm", "1")
		}
	}
	fault := errors.New("no issue yet")
	l.postman.Welcome = func(context.Context, subscribers.LetterDue) error { return fault }
	if err := l.postman.Go(t.Context()); !errors.Is(err, fault) {
		t.Errorf("the fault is not told: %v", err)
	}
	l.postman.Welcome = func(_ context.Context, d subscribers.LetterDue) error { l.welcomed = append(l.welcomed, d); return nil }
	if got := len(l.mails(t)); got != 3 {
		t.Errorf("%d mails went out, want 3", got)
	}
	if len(l.welcomed) != 1 {
		t.Errorf("the welcome was tried again %d times", len(l.welcomed))
	}
}

func TestPostmanComesWhenALetterIsWanted(t *testing.T) {
	l := openLobby(t, Signups{Limits: noLimits})
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.postman.Run(ctx) }()
	time.Sleep(50 * time.Millisecond) // it has looked once and found nothing
	accepted(t, l.send(t, l.filled("mona@example.org")))
	for begin := time.Now(); l.dumpTable(t, "letter") == ""; time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Fatal("the letter was not taken")
		}
	}
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
