package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/pressrun/pressrun/cmd/pressrun/config"
	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
	"golang.org/x/time/rate"
)

// sender returns the sender for the relays of the settings.
func (p *program) sender() (*outbox.Sender, error) {
	if len(p.cfg.Relays) == 0 {
		return nil, p.cfg.ReadyToSend()
	}
	group := &relay.Group{Log: p.log}
	s := &outbox.Sender{
		Queue: p.queue, Sealer: p.sealer, Values: p.values, LetterValues: p.letterValues, OnDead: p.suppressDead, Sign: p.signer.Sign, Log: p.log,
		Relay: group, Meters: map[string]*relay.Meter{}, Domains: domainLimits(p.cfg.Domains),
	}
	busy := map[int]int{} // mails on the way, by priority: only relays of one are busy at a time
	for _, r := range p.cfg.Relays {
		m, underway, err := p.member(r, s.Meters)
		if err != nil {
			return nil, err
		}
		group.Members = append(group.Members, m)
		busy[m.Priority] += underway
		s.Ahead, s.Window = max(s.Ahead, busy[m.Priority]), max(s.Window, r.Window)
	}
	return s, nil
}

// member makes a relay of a group, and says how many mails may be on the way to it at
// once. Limits are those of an account: where two relays are
// the same one, they count together.
func (p *program) member(r config.Relay, meters map[string]*relay.Meter) (m *relay.Member, underway int, err error) {
	address, err := relay.Parse(string(r.URL), r.Cleartext)
	if err != nil {
		return nil, 0, err
	}
	m = &relay.Member{Name: address.String(), Priority: r.Priority}
	if limits := r.Rate.Counted(); len(limits) > 0 || r.Warmup.Count > 0 {
		account := strings.TrimSpace(address.User + " " + address.String())
		if meters[account] == nil {
			meters[account] = meter(limits, r.Warmup)
		}
		m.Meter = meters[account]
	}
	if address.Scheme == "dir" {
		m.Relay = relay.Dir{Path: address.Dir}
		return m, 1, nil
	}
	pool := &relay.Pool{
		Address: address, Connections: r.Connections, Window: r.Window, Hello: p.cfg.Sender.EHLO, Cleartext: r.Cleartext,
		Rate: rate.Limit(r.Rate.PerSecond()), Log: p.log,
	}
	if r.Token != "" {
		pool.Token = func(ctx context.Context) (string, error) { return tokenFrom(ctx, r.Token) }
	}
	m.Relay = pool
	return m, max(r.Connections, 1) * max(r.Window, 1), nil
}

// tokenFrom runs the operator's command and returns what it prints. What it prints to
// standard error is for the operator; the token is never shown.
func tokenFrom(ctx context.Context, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, tokenPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("relay.token_command failed: %w", err)
	}
	token := strings.TrimSpace(string(out))
	if token == "" {
		return "", errors.New("relay.token_command printed no token")
	}
	return token, nil
}

// tokenPatience is how long the command may take.
const tokenPatience = 30 * time.Second

func meter(rates config.Rates, w config.Warmup) *relay.Meter {
	var limits []relay.Limit
	for _, r := range rates {
		limits = append(limits, relay.Limit{Count: r.Count, Per: r.Per})
	}
	return relay.NewMeter(limits, relay.Warmup{Start: w.Count, From: w.From})
}

func domainLimits(domains []config.Domain) (limits []outbox.DomainLimit) {
	for _, d := range domains {
		limits = append(limits, outbox.DomainLimit{
			Names: strings.Split(strings.ReplaceAll(d.Name, " ", ""), ","), Connections: d.Connections, Rate: d.Rate.PerSecond(),
		})
	}
	return limits
}
