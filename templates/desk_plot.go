package templates

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// A DeskFigures is the View of page "history_figures".
type DeskFigures struct{ Plots []DeskPlot }

// A DeskPlot is a picture of numbers, and a table of the same.
type DeskPlot struct {
	Name   string // names its sentences: plot.NAME, with .text
	Series []DeskSeries
	Rows   []DeskPlotRow
	Empty  bool // there is nothing to show yet

	Width, Height float64
	Base          float64 // where zero is
	Ticks         []DeskTick
	Labels        []DeskTick
	Paths         []DeskPath
	Bars          []DeskBar

	mirror bool // it is read from the right
}

// A DeskSeries is numbers of one kind: of an edition, by its name, or of the word
// plot.series.WORD.
type DeskSeries struct {
	Name, Language string
	Word           string
	Values         []int64
}

// A DeskPlotRow is a row of a plot's table: a day, or an issue with the path of its page.
type DeskPlotRow struct {
	Label          string
	Name, Language string
	Number         int
	Path           string
	Values         []int64
}

// A DeskTick is a mark on an axis.
type DeskTick struct {
	At    float64
	Text  string
	Minor bool // left out where there is little room
}

// A DeskPath is a line, the points as SVG writes them.
type DeskPath struct {
	Series int
	Points string
}

// A DeskBar is a bar of a series.
type DeskBar struct {
	Series              int
	X, Y, Width, Height float64
}

// The room a plot has, and how much of it its margins take, in units of its own.
const (
	plotWidth, plotHeight         = 720, 240
	plotSide, plotTop, plotBottom = 64, 12, 28
	plotInner                     = plotWidth - plotSide - 16
	plotTall                      = plotHeight - plotTop - plotBottom
)

// NewPlot returns an empty plot. A mirrored one is read from the right.
func NewPlot(name string, mirror bool) DeskPlot {
	return DeskPlot{Name: name, Width: plotWidth, Height: plotHeight, mirror: mirror}
}

// Mirror reports whether it is read from the right.
func (p DeskPlot) Mirror() bool { return p.mirror }

// Axis is where the numbers beside the plot stand.
func (p DeskPlot) Axis() float64 { return p.x(-8) }

// x is a place on the time axis in the picture.
func (p DeskPlot) x(at float64) float64 {
	if p.mirror {
		return round(plotWidth - plotSide - at)
	}
	return round(plotSide + at)
}

// Lines draws each series as a line.
func (p DeskPlot) Lines() DeskPlot {
	low, high := p.bounds()
	if high == 0 {
		p.Empty = true
		return p
	}
	if low > high/2 { // else the changes of a large number are a flat line
		low -= (high - low) / 4
	} else {
		low = 0
	}
	y := p.scale(low, high)
	n := max(1, len(p.Rows)-1)
	for k, s := range p.Series {
		var points strings.Builder
		for i, v := range s.Values {
			points.WriteString(number(p.x(plotInner*float64(i)/float64(n))) + "," + number(y(v)) + " ")
		}
		p.Paths = append(p.Paths, DeskPath{k, strings.TrimSpace(points.String())})
	}
	p.label(float64(plotInner)/float64(n), 0)
	return p
}

// UpAndDown draws the first series as bars upwards, the second as bars downwards.
func (p DeskPlot) UpAndDown() DeskPlot {
	low, high := int64(0), int64(0)
	for _, v := range p.Series[0].Values {
		high = max(high, v)
	}
	for _, v := range p.Series[1].Values {
		low = min(low, -v)
	}
	if p.Empty = low == 0 && high == 0; p.Empty {
		return p
	}
	y := p.scale(low, high)
	step := float64(plotInner) / float64(len(p.Rows))
	for i := range p.Rows {
		p.bar(0, step, i, y(p.Series[0].Values[i]), y(0))
		p.bar(1, step, i, y(0), y(-p.Series[1].Values[i]))
	}
	p.label(step, step/2)
	return p
}

// Piles draws the series on top of each other, a pile for each row.
func (p DeskPlot) Piles() DeskPlot {
	high := int64(0)
	for _, r := range p.Rows {
		sum := int64(0)
		for _, v := range r.Values {
			sum += v
		}
		high = max(high, sum)
	}
	if p.Empty = high == 0; p.Empty {
		return p
	}
	y := p.scale(0, high)
	step := float64(plotInner) / float64(max(10, len(p.Rows)))
	for i, r := range p.Rows {
		sum := int64(0)
		for k, v := range r.Values {
			p.bar(k, step, i, y(sum+v), y(sum))
			sum += v
		}
	}
	p.label(step, step/2)
	return p
}

func (p *DeskPlot) bar(series int, step float64, i int, top, bottom float64) {
	if bottom-top <= 0 {
		return
	}
	left, width := p.x(step*float64(i)+step/8), step*.75
	if p.mirror {
		left -= width
	}
	p.Bars = append(p.Bars, DeskBar{series, round(left), round(top), round(width), round(max(bottom-top, .75))})
}

func (p DeskPlot) bounds() (low, high int64) {
	low = math.MaxInt64
	for _, s := range p.Series {
		for _, v := range s.Values {
			low, high = min(low, v), max(high, v)
		}
	}
	return min(low, high), high
}

// scale marks the axis at round numbers, and returns where a number stands.
func (p *DeskPlot) scale(low, high int64) func(int64) float64 {
	step := roundStep(float64(high-low) / 4)
	from := math.Floor(float64(low)/step) * step
	to := math.Max(from+step, math.Ceil(float64(high)/step)*step)
	at := func(v float64) float64 { return round(plotTop + plotTall*(to-v)/(to-from)) }
	for v := from; v <= to+step/2; v += step {
		p.Ticks = append(p.Ticks, DeskTick{At: at(v), Text: compact(math.Abs(v))})
	}
	p.Base = at(math.Max(from, 0))
	return func(v int64) float64 { return at(float64(v)) }
}

// compact writes a number of an axis: 950, 25k, 1.5M.
func compact(v float64) string {
	switch {
	case v >= 1e6:
		return number(round(v/1e6)) + "M"
	case v >= 1e4:
		return number(round(v/1e3)) + "k"
	}
	return grouped(int64(v))
}

// roundStep is the next of 1, 2, 5, 10, 20 … that is no less.
func roundStep(least float64) float64 {
	if least <= 1 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(least)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*power >= least {
			return m * power
		}
	}
	return 10 * power
}

// label writes five or six of the rows' labels below the plot.
func (p *DeskPlot) label(step, shift float64) {
	every := max(1, (len(p.Rows)+4)/5)
	for i := every / 2; i < len(p.Rows); i += every {
		p.Labels = append(p.Labels, DeskTick{At: p.x(step*float64(i) + shift), Text: p.Rows[i].Label, Minor: len(p.Labels)%2 == 1})
	}
}

func round(f float64) float64 { return math.Round(f*100) / 100 }

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// Last is the newest rows first: a table is read from its top.
func (p DeskPlot) Last() []DeskPlotRow {
	rows := make([]DeskPlotRow, len(p.Rows))
	for i, r := range p.Rows {
		rows[len(rows)-1-i] = r
	}
	return rows
}

// Date writes a day as short as a plot needs it: "24 November".
func (d *Desk) Date(lang string, t time.Time) string {
	tongue, ok := d.tongues[lang]
	if !ok {
		tongue = d.tongues[d.languages[0].Tag]
	}
	return fill(tongue.words["plot.date"], "day", strconv.Itoa(t.Day()), "month", tongue.dates.Months[t.Month()-1])
}

// Weekday names one in a language.
func (d *Desk) Weekday(lang string, day time.Weekday) string {
	tongue, ok := d.tongues[lang]
	if !ok {
		tongue = d.tongues[d.languages[0].Tag]
	}
	return tongue.dates.Weekdays[day]
}
