package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

const (
	// inboxLimit is the SIZE that the inbox offers.
	inboxLimit = 10 << 20
	// firstRead is enough for the header of any mail that F21 allows, and for most mails.
	firstRead = 64 << 10
	// languageLimit bounds what senders can make the inbox count apart.
	languageLimit = 16
	// partingGrace is how long a connection may go on after the inbox is told to stop.
	partingGrace = 2 * time.Second
)

// An Inbox is a mail server that takes every mail for everybody. It keeps the first ones
// in each language as files and counts the rest, so that a million mails need no more
// memory than a thousand.
type Inbox struct {
	dir  string
	keep int

	mu         sync.Mutex
	census     *census
	count      int
	duplicates int
	bytes      int64
	first      time.Time
	last       time.Time
	languages  map[string]int // mails by language
	reserved   map[string]int // kept, or about to be, by language
	numbers    int            // given to kept mails
	kept       []*letter      // by number
	links      []Link
}

// A Link leads from the inbox's pages to another page of the demo.
type Link struct{ Label, URL string }

// A letter is what the inbox remembers of a mail whose file it kept.
type letter struct {
	Number   int
	File     string
	Received time.Time
	Size     int
	Language string
	From, To string // as the header shows them, decoded
	Subject  string
	ID       string // Message-ID
	Envelope envelope
}

// An envelope is what the sender said over SMTP.
type envelope struct {
	Sender     string
	Recipients []string
	UTF8       bool // SMTPUTF8 was asked for (RFC 6531)
}

// NewInbox returns an empty inbox that keeps the first mails of each language, keep of
// them (100 if keep is 0 or less), in dir. Mails that an earlier inbox left there are
// removed.
func NewInbox(dir string, keep int) (*Inbox, error) {
	if keep <= 0 {
		keep = 100
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the inbox's folder: %w", err)
	}
	old, err := filepath.Glob(filepath.Join(dir, "mail-*.eml"))
	if err != nil {
		return nil, fmt.Errorf("look into the inbox's folder: %w", err)
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return nil, fmt.Errorf("clear the inbox's folder: %w", err)
		}
	}
	return &Inbox{
		dir: dir, keep: keep, census: newCensus(),
		languages: make(map[string]int), reserved: make(map[string]int),
	}, nil
}

// Run takes mail on l until ctx ends. Mails under way then have a moment to arrive.
func (in *Inbox) Run(ctx context.Context, l net.Listener) error {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &visit{inbox: in, guest: c.Conn().(*guest)}, nil
	}))
	server.Domain = "inbox.readers.example"
	server.MaxMessageBytes = inboxLimit
	server.EnableSMTPUTF8 = true
	server.ReadTimeout, server.WriteTimeout = 5*time.Minute, 5*time.Minute
	// Long lines are for the checks to find (F2), and looking for them here costs a pass.
	server.MaxLineLength = 0
	server.ErrorLog = quiet{}

	door := &door{Listener: l, open: make(map[*guest]struct{})}
	done := make(chan error, 1)
	go func() { done <- server.Serve(door) }()
	select {
	case err := <-done:
		return fmt.Errorf("the inbox stopped taking mail: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), partingGrace)
	defer cancel()
	if err := server.Shutdown(grace); errors.Is(err, context.DeadlineExceeded) {
		door.closeAll()
	}
	<-done
	return nil
}

// quiet drops the server's log: what it has to say about a broken connection, the sender
// says too.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// SetLinks puts links to other pages of the demo on the inbox's pages.
func (in *Inbox) SetLinks(links ...Link) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.links = slices.Clone(links)
}

// Count is the number of mails taken.
func (in *Inbox) Count() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.count
}

// Duplicates is the number of mails to an address that had had one before.
func (in *Inbox) Duplicates() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.duplicates
}

// FirstAt is when the first mail was there, or the zero time.
func (in *Inbox) FirstAt() time.Time {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.first
}

// KeepMore keeps so many mails more of each language.
func (in *Inbox) KeepMore(n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.keep += n
}

// reserve decides whether a mail in lang is among those to keep, and numbers it if so.
func (in *Inbox) reserve(lang string) (number int, keep bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	_, known := in.reserved[lang]
	if in.reserved[lang] >= in.keep || !known && len(in.reserved) >= languageLimit {
		return 0, false
	}
	in.reserved[lang]++
	in.numbers++
	return in.numbers, true
}

func (in *Inbox) release(lang string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.reserved[lang]--
}

// record counts a mail that is there in full, and its letter if it was kept.
func (in *Inbox) record(env envelope, lang string, size int, kept *letter) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.count++
	in.bytes += int64(size)
	in.last = time.Now()
	if in.first.IsZero() {
		in.first = in.last
	}
	twice := false
	for _, address := range env.Recipients {
		twice = in.census.add(address) || twice
	}
	if twice {
		in.duplicates++
	}
	if _, known := in.languages[lang]; !known && len(in.languages) >= languageLimit {
		lang = "other"
	}
	in.languages[lang]++
	if kept != nil {
		kept.Received = in.last
		at, _ := slices.BinarySearchFunc(in.kept, kept.Number, func(l *letter, n int) int { return l.Number - n })
		in.kept = slices.Insert(in.kept, at, kept)
	}
}
