package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
)

// importProgress shows how far an import is: two bars on a terminal, for reading the file
// and for taking its readers in; elsewhere a line every few seconds.
type importProgress struct {
	out    io.Writer
	screen bool
	bar    *progressbar.ProgressBar // nil where there is no terminal
	total  int64                    // of the second bar, 0 while the first is shown
	last   time.Time
}

func newImportProgress(out io.Writer, size int64) *importProgress {
	p := &importProgress{out: out, last: time.Now()}
	if f, ok := out.(*os.File); ok && isTerminal(f) {
		p.screen = true
		p.show(size, "reading", progressbar.OptionShowBytes(true))
	}
	return p
}

func (p *importProgress) show(size int64, what string, more ...progressbar.Option) {
	p.bar = progressbar.NewOptions64(size, append(more, progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription(what),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())...)
}

// reading returns in, with what is read of it counted on the bar.
func (p *importProgress) reading(in io.Reader) io.Reader {
	if !p.screen {
		return in
	}
	return io.TeeReader(in, p.bar)
}

// lines is told how many lines are read, or how many of all are taken in.
func (p *importProgress) lines(done, total int64) {
	if p.screen {
		if total == 0 {
			return
		}
		if p.total == 0 {
			_ = p.bar.Finish()
			p.total = total
			p.show(total, "importing")
		}
		_ = p.bar.Set64(done)
		return
	}
	if now := time.Now(); now.Sub(p.last) >= lineEvery {
		p.last = now
		if total == 0 {
			fmt.Fprintf(p.out, "reading: %s\n", plural(done, "line", "lines"))
			return
		}
		fmt.Fprintf(p.out, "importing: %s of %s\n", number(done), plural(total, "reader", "readers"))
	}
}

func (p *importProgress) finish() {
	if p.screen {
		_ = p.bar.Finish()
	}
}
