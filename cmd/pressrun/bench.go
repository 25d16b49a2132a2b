package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pressrun/pressrun/digest/outbox"
	"github.com/pressrun/pressrun/digest/relay"
	"github.com/pressrun/pressrun/digest/relay/sink"
	"github.com/pressrun/pressrun/subscribers/db"
	"github.com/spf13/cobra"
)

type benchFlags struct {
	messages, size, connections int
	window                      int
	to                          string
	delay                       time.Duration
	faults                      float64
	plain                       int
}

func benchCommand() *cobra.Command {
	var f benchFlags
	var list listing
	cmd := &cobra.Command{
		Use: "bench", Short: "Measure how fast mail would go out from here",
		Long: `Send made-up mail through the whole sender, ledger and all, to a server that takes
everything and runs in a process of its own, or to one you name; then a part of it
through the mail library's plain way, which builds each mail anew. Of --to be sure
that it is yours: it gets --messages mails to reader….@bench.example.

CPU is that of the sender alone. A connection has at most one outcome that is not
written to the disk, so that speed grows with connections.

Where the server is far away, --window lets several mails be on the way on each
connection before the first is answered, if the server offers CHUNKING as ours does.
When a connection breaks, so many are in doubt. It is relay.window in the settings.`,
		Example: `  pressrun bench
  pressrun bench --messages 100000 --connections 16 --size 28000
  pressrun bench --delay 20ms --connections 10 --messages 5000
  pressrun bench --delay 20ms --connections 10 --messages 5000 --window 4
  pressrun bench --faults 0.05`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.messages < 1 || f.messages > 5_000_000 || f.size < 500 || f.size > 900_000 || f.connections < 1 || f.connections > 1000 || f.window < 1 || f.window > 100 || f.faults < 0 || f.faults > 1 {
				return usagef("choose 1 to 5000000 --messages, a --size from 500 to 900000 bytes, 1 to 1000 --connections, a --window from 1 to 100 and --faults from 0 to 1")
			}
			return runBench(cmd, f, list)
		},
	}
	cmd.Flags().IntVar(&f.messages, "messages", 20_000, "mails to send")
	cmd.Flags().IntVar(&f.size, "size", 28_000, "bytes of a mail, about")
	cmd.Flags().IntVar(&f.connections, "connections", 16, "SMTP connections at once")
	cmd.Flags().IntVar(&f.window, "window", 1, "mails on the way at once on a connection")
	cmd.Flags().StringVar(&f.to, "to", "", "send to this `HOST:PORT` instead of a server of our own")
	cmd.Flags().DurationVar(&f.delay, "delay", 0, "round-trip time that the server pretends")
	cmd.Flags().Float64Var(&f.faults, "faults", 0, "share of recipients that are refused for now, such as 0.05")
	cmd.Flags().IntVar(&f.plain, "plain", 2_000, "mails to send the plain way for comparison, 0 for none")
	list.flag(cmd)
	cmd.AddCommand(benchSinkCommand())
	return cmd
}

// A benchResult is what was measured.
type benchResult struct {
	Messages   int     `json:"messages"`
	Window     int     `json:"window,omitempty"` // mails on the way at once on a connection
	Size       int     `json:"size"`
	Seconds    float64 `json:"seconds"`
	Rate       float64 `json:"messages_per_second"`
	CPU        float64 `json:"cpu_us_per_message"`
	PeakMemory int64   `json:"peak_memory_bytes"`
	Commits    int64   `json:"commits,omitempty"` // each waits for the disk
	Deferred   int64   `json:"deferred,omitempty"`
}

func runBench(cmd *cobra.Command, f benchFlags, list listing) error {
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	addr := f.to
	if addr == "" {
		server, stop, err := startSink(ctx, f)
		if err != nil {
			return err
		}
		defer stop()
		addr = server
	}
	ours, err := benchOurs(ctx, f, addr)
	if err != nil {
		return err
	}
	results := map[string]benchResult{"pressrun": ours}
	if f.plain > 0 {
		if results["plain"], err = benchPlain(ctx, f, addr); err != nil {
			return err
		}
	}
	return list.print(cmd.OutOrStdout(), results, func(w io.Writer) {
		row(w, "", "MAILS", "SIZE", "SECONDS", "MAILS/S", "CPU µs/MAIL", "PEAK MEMORY", "COMMITS")
		for _, name := range []string{"pressrun", "plain"} {
			if r, ok := results[name]; ok {
				row(w, name, number(r.Messages), number(r.Size), fmt.Sprintf("%.2f", r.Seconds), number(int(r.Rate)),
					fmt.Sprintf("%.0f", r.CPU), fmt.Sprintf("%d MB", r.PeakMemory>>20), number(r.Commits))
			}
		}
		if ours.Deferred > 0 {
			fmt.Fprintf(w, "%s deferred, to be tried again later; none was lost.\n", plural(ours.Deferred, "mail was", "mails were"))
		}
	})
}

// benchOurs sends through the ledger and the pool of connections.
func benchOurs(ctx context.Context, f benchFlags, addr string) (r benchResult, err error) {
	dir, err := os.MkdirTemp("", "pressrun-bench-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	d, err := openDatabase(ctx, filepath.Join(dir, "bench.db"))
	if err != nil {
		return r, err
	}
	defer d.Close()
	sender, posting, size, err := benchSender(ctx, f, d, addr)
	if err != nil {
		return r, err
	}
	if _, err := sender.Queue.Enqueue(ctx, posting, time.Now(), nil); err != nil {
		return r, err
	}
	start, cpu := time.Now(), cpuTime()
	if err := sender.Run(ctx); err != nil {
		return r, err
	}
	seconds := time.Since(start).Seconds()
	run, err := sender.Queue.Run(ctx, posting.IssueID)
	if err != nil {
		return r, err
	}
	if done := run.Counts[outbox.Sent] + run.Counts[outbox.Deferred]; done != int64(f.messages) {
		return r, fmt.Errorf("%d of %d mails went out: %s %v", done, f.messages, run.Reason, run.Counts)
	}
	return benchResult{
		Messages: f.messages, Window: f.window, Size: size, Seconds: seconds, Rate: float64(f.messages) / seconds,
		CPU: float64((cpuTime() - cpu).Microseconds()) / float64(f.messages), PeakMemory: peakMemory(),
		Commits: sender.Commits(), Deferred: run.Counts[outbox.Deferred],
	}, nil
}

// benchSender writes the readers and returns a sender for an issue to them, and the size of
// a mail.
func benchSender(ctx context.Context, f benchFlags, d *db.DB, addr string) (*outbox.Sender, outbox.Posting, int, error) {
	if err := benchReaders(ctx, d, f.messages); err != nil {
		return nil, outbox.Posting{}, 0, err
	}
	letter, sealer, values, err := benchLetter(f.size)
	if err != nil {
		return nil, outbox.Posting{}, 0, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, outbox.Posting{}, 0, usagef("--to %q is no HOST:PORT", addr)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, outbox.Posting{}, 0, usagef("--to %q has no number for a port", addr)
	}
	drained := make(chan struct{})
	close(drained)
	quiet := slog.New(slog.DiscardHandler)
	return &outbox.Sender{
			Queue: outbox.NewQueue(d), Ahead: f.connections * f.window, Window: f.window, Sealer: sealer, Values: values, Drain: drained, Log: quiet,
			Relay: &relay.Pool{Address: relay.Address{Scheme: "smtp", Host: host, Port: n}, Connections: f.connections, Window: f.window, Hello: "bench.example", Log: quiet},
		}, outbox.Posting{
			IssueID: 1, Edition: "bench", Doubt: "hold", UsefulUntil: time.Now().Add(20 * time.Hour),
		}.ByLanguage(outbox.Variant{Language: "en", Message: letter}), letter.Size(), nil
}

// benchSinkCommand is the server in a process of its own.
func benchSinkCommand() *cobra.Command {
	s := sink.Sink{Chunking: true}
	var faults float64
	cmd := &cobra.Command{
		Use: "sink", Hidden: true, Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if faults > 0 {
				s.Fault = func(step, _ string) sink.Fault {
					if step == "rcpt" && rand.Float64() < faults {
						return sink.Fault{Reply: "451 4.3.0 not now"}
					}
					return sink.Fault{}
				}
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), l.Addr())
			return s.Serve(cmd.Context(), l)
		},
	}
	cmd.Flags().DurationVar(&s.Delay, "delay", 0, "")
	cmd.Flags().Float64Var(&faults, "faults", 0, "")
	return cmd
}

// startSink starts the server and returns its address, and how to end it.
func startSink(ctx context.Context, f benchFlags) (addr string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, self, "bench", "sink", "--delay", f.delay.String(), "--faults", fmt.Sprint(f.faults))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill() // it may have ended already
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, errors.Join(errors.New("the server for the benchmark did not start"), err)
	}
	return strings.TrimSpace(line), stop, nil
}
