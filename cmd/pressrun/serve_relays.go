package main

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/config"
	"github.com/pressrun/pressrun/cmd/pressrun/desk"
	"github.com/pressrun/pressrun/digest/message"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
)

// watch lets the desk see how the relays of a sender stand.
func (p *program) watch(s *outbox.Sender) {
	if g, ok := s.Relay.(*relay.Group); ok {
		p.group.Store(g)
	}
}

// standings says how the relays of this process's sender stand, nil while it does not send.
func (p *program) standings(now time.Time) (all []desk.Standing) {
	g := p.group.Load()
	if g == nil {
		return nil
	}
	for _, c := range g.Conditions(now) {
		all = append(all, desk.Standing{Name: c.Name, Mode: string(c.Mode), Why: c.Why, From: c.From, Till: c.Till})
	}
	return all
}

// anotherRelay is what a second relay is in the settings.
const anotherRelay = `[[relay]]
url = "smtp://user:password@mail.example:587"
priority = 2  # 2: only while the first is down; 1: they share the work
connections = 2
#rate = "10/second, 1000/hour, 20000/day"
#warmup = "500/day from 2026-11-23"
`

// setup says what the settings have of relays, without anything secret.
func (p *program) setup(ctx context.Context, now time.Time) (desk.Setup, error) {
	s := desk.Setup{File: p.cfg.File, Section: anotherRelay}
	for _, r := range p.cfg.Relays {
		view, err := p.relayView(ctx, r, now)
		if err != nil {
			return s, err
		}
		s.Relays = append(s.Relays, view)
	}
	for _, d := range p.cfg.Domains {
		s.Limits = append(s.Limits, desk.DomainLimit{Names: d.Name, Connections: d.Connections, Rate: d.Rate.String()})
	}
	return s, nil
}

func (p *program) relayView(ctx context.Context, r config.Relay, now time.Time) (view desk.Relay, err error) {
	meters := map[string]*relay.Meter{}
	m, _, err := p.member(r, meters)
	if err != nil {
		return view, err
	}
	view = desk.Relay{
		Name: m.Name, Connections: max(r.Connections, 1), Window: max(r.Window, 1), Priority: r.Priority,
		Rate: r.Rate.String(), Warmup: r.Warmup.String(), TLS: "none",
	}
	switch to := m.Relay.(type) {
	case relay.Dir:
		view.Folder = to.Path
	case *relay.Pool:
		a := to.Address
		view.Host, view.Port = a.Host, a.Port
		if a.Scheme == "smtps" {
			view.TLS = "implicit"
		} else if a.StartTLS {
			view.TLS = "starttls"
		}
		switch {
		case to.Token != nil:
			view.Login = "token"
		case a.User != "":
			view.Login = "password"
		}
	}
	for account, meter := range meters { // one at most
		counts, err := p.queue.Metered(ctx, account)
		if err != nil {
			return view, err
		}
		meter.Restore(counts)
		for _, u := range meter.Uses(now) {
			view.Uses = append(view.Uses, desk.Use{Used: u.Used, Most: u.Count, Per: u.Per, Warms: u.Warms, Next: u.Next})
		}
	}
	return view, nil
}

// trialPatience is how long a test of a relay may take: less than a browser waits for.
const trialPatience = 25 * time.Second

// trialTimeouts are short: somebody waits for the answer.
func trialTimeouts() relay.Timeouts {
	const short, long = 8 * time.Second, 15 * time.Second
	return relay.Timeouts{Connect: short, Hello: short, Command: short, Reset: short, Data: short, Block: short, Dot: long, Quit: 2 * time.Second, Drain: 2 * time.Second}
}

// tryRelay asks a relay whether it would take mail now. If there is a mail it gets that.
func (p *program) tryRelay(ctx context.Context, i int, mail *desk.TestMail) desk.Trial {
	ctx, cancel := context.WithTimeout(ctx, trialPatience)
	defer cancel()
	m, _, err := p.member(p.cfg.Relays[i], map[string]*relay.Meter{})
	if err != nil {
		return desk.Trial{Outcome: "settings", Said: err.Error()}
	}
	e, err := p.trialMail(mail)
	if err != nil {
		return desk.Trial{Outcome: "settings", Said: err.Error()}
	}
	trial := desk.Trial{Outcome: "good"}
	if mail == nil {
		e.To = ""
	} else {
		trial.Outcome = "mailed"
	}
	if pool, ok := m.Relay.(*relay.Pool); ok {
		return tryPool(ctx, pool, e, trial)
	}
	return tryFolder(ctx, m.Relay.(relay.Dir), e, trial)
}

// tryPool sends e, or where it is to nobody asks whether its sender may send.
func tryPool(ctx context.Context, pool *relay.Pool, e *message.Envelope, trial desk.Trial) desk.Trial {
	pool.Timeouts = trialTimeouts()
	var noToken error
	if token := pool.Token; token != nil {
		pool.Token = func(ctx context.Context) (got string, err error) {
			got, noToken = token(ctx)
			return got, noToken
		}
	}
	trial.Steps = stepsTo(pool)
	var err error
	if e.To == "" {
		err = pool.TryFrom(ctx, e.From)
	} else {
		trial.Steps = append(trial.Steps, "sent")
		err = outbox.SendOne(ctx, pool, e)
	}
	if err != nil {
		if trial.Outcome, trial.Failed = whatFailed(err); noToken != nil {
			trial.Outcome = "token"
		}
		trial.Said = err.Error() // which a pool keeps free of secrets
	}
	return trial
}

// tryFolder writes e, or where it is to nobody finds out whether that could be done.
func tryFolder(ctx context.Context, dir relay.Dir, e *message.Envelope, trial desk.Trial) desk.Trial {
	trial.Steps = []string{"folder"}
	err := writable(dir.Path)
	if err == nil && e.To != "" {
		err = outbox.SendOne(ctx, dir, e)
	}
	if err != nil {
		trial.Outcome, trial.Failed, trial.Said = "folder", "folder", err.Error()
	}
	return trial
}

// stepsTo are the steps of a test of a relay.
func stepsTo(pool *relay.Pool) []string {
	steps := []string{"connect"}
	if pool.Address.Scheme == "smtps" || pool.Address.StartTLS {
		steps = append(steps, "tls")
	}
	if pool.Address.User != "" {
		steps = append(steps, "auth")
	}
	return append(steps, "mail")
}

// trialMail makes the mail of a test; without one, what its envelope says of the sender.
func (p *program) trialMail(mail *desk.TestMail) (*message.Envelope, error) {
	from, domain := senderOf(p.cfg)
	c := message.Content{
		From: from, ReplyTo: p.cfg.Sender.ReplyTo, Subject: "Test", Text: []byte("Test\n"),
		Domain: domain, BounceDomain: p.cfg.Sender.BounceDomain, Test: true, Auto: true,
	}
	to := from.Address
	if mail != nil {
		c.Subject, c.Text, c.Language, to = mail.Subject, []byte(mail.Text), mail.Language, mail.To
	}
	m, err := message.New(c)
	if err != nil {
		return nil, err
	}
	id := randomID()
	e, err := m.For(message.Recipient{ID: id, Address: to, Date: time.Now(), MessageID: p.sealer.MessageID(id), Return: p.sealer.Return(id)}, nil)
	if err != nil {
		return nil, err
	}
	return e, p.signer.Sign(e)
}

// writable reports whether mail can be written into a folder, which is made as it would be.
func writable(folder string) error {
	err := os.MkdirAll(folder, 0o700)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// whatFailed names what is wrong with a relay, in the desk's words, and the step at which
// that showed.
func whatFailed(err error) (outcome, step string) {
	var failed *relay.Error
	if !errors.As(err, &failed) { // its time was over
		return "silent", "connect"
	}
	switch failed.Stage {
	case relay.StageConnect:
		return whyUnreached(failed), "connect"
	case relay.StageTLS:
		var untrusted *tls.CertificateVerificationError
		if errors.As(err, &untrusted) {
			return "certificate", "tls"
		}
		return "tls", "tls"
	case relay.StageAuth:
		return "login", "auth"
	case relay.StageMail, relay.StageRcpt, relay.StageData:
		step = "mail"
	default:
		step = "sent"
	}
	switch {
	case failed.Uncertain:
		return "doubt", step
	case failed.Class == relay.Sender:
		return "sender", step
	case failed.Class == relay.Quota:
		return "quota", step
	case failed.Class == relay.Configuration:
		return "leave", step
	}
	return "mail", step
}

// whyUnreached says why a connection did not come to its greeting.
func whyUnreached(failed *relay.Error) string {
	var unknown *net.DNSError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(failed.Err, &unknown) && unknown.IsNotFound:
		return "host"
	case errors.Is(failed.Err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(failed.Err, context.DeadlineExceeded), errors.As(failed.Err, &timeout) && timeout.Timeout():
		return "silent"
	}
	return "connect"
}
