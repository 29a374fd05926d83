package diag

import (
	"fmt"
	"io"
	"strings"
)

// Options say how diagnostics are shown.
type Options struct {
	Color bool // with the colours of an ANSI terminal
	Limit int  // at most so many diagnostics; 20 when zero
	Width int  // columns of the terminal; a longer source line is cut around the span; 120 when zero
}

const (
	defaultLimit = 20
	defaultWidth = 120
)

// Render writes diagnostics as a person reads them, with a blank line between two:
//
//	error[shape/concat]: the forwarded features do not line up on z
//	  --> models/vnet.vn:12:58
//	12 |     stage right3 = right4 |> up(channels: 64) |> forward(left3) |> residual(convs: 2)
//	   |                                                          ^^^^^ z = 25
//	   = up(...) here is z = 24: it doubles right4's 12 (models/vnet.vn:12:30)
//	  help: make z a multiple of 16: 96 or 112
//
// After Limit of them it says how many more there are. The error is the writer's.
func Render(w io.Writer, l List, opts Options) error {
	if opts.Limit <= 0 {
		opts.Limit = defaultLimit
	}
	if opts.Width <= 0 {
		opts.Width = defaultWidth
	}
	var b strings.Builder
	for i, d := range l {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == opts.Limit {
			more := len(l) - i
			fmt.Fprintf(&b, "and %d more\n", more)
			break
		}
		renderer{&b, opts, d}.render()
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// renderer writes one diagnostic.
type renderer struct {
	*strings.Builder
	opts Options
	d    *Diagnostic
}

// The parts of a message that have a colour of their own.
const (
	red    = "\x1b[1;31m"
	yellow = "\x1b[1;33m"
	blue   = "\x1b[34m"
	green  = "\x1b[32m"
	bold   = "\x1b[1m"
	reset  = "\x1b[0m"
)

func (r renderer) paint(color, text string) string {
	if !r.opts.Color || text == "" {
		return text
	}
	return color + text + reset
}

func (r renderer) render() {
	d := r.d
	tone := red
	if d.Warning {
		tone = yellow
	}
	r.WriteString(r.paint(tone, d.severity()+"["+string(d.Code)+"]") + r.paint(bold, ": "+printable(d.Summary)) + "\n")
	gutter := ""
	if d.At.Known() {
		line, _ := d.At.File.Position(d.At.Start)
		number := fmt.Sprint(line)
		gutter = strings.Repeat(" ", len(number))
		r.WriteString(gutter + r.paint(blue, "-->") + " " + printable(d.At.String()) + "\n")
		text, carets := excerpt(d.At, r.opts.Width-len(number)-3)
		r.WriteString(strings.TrimRight(r.paint(blue, number+" |")+" "+text, " ") + "\n")
		mark := strings.TrimLeft(carets, " ")
		indent := carets[:len(carets)-len(mark)]
		if label := printable(d.Label); label != "" {
			mark += " " + label
		}
		r.WriteString(r.paint(blue, gutter+" |") + " " + indent + r.paint(tone, mark) + "\n")
	}
	for _, n := range d.Notes {
		text := printable(n.Text)
		if n.At.Known() {
			text += " (" + printable(n.At.String()) + ")"
		}
		r.WriteString(gutter + " " + r.paint(blue, "=") + " " + hang(text, len(gutter)+3) + "\n")
	}
	if d.Help != "" {
		r.WriteString(gutter + r.paint(green, "help") + ": " + hang(printable(d.Help), len(gutter)+6) + "\n")
	}
}

// hang indents every line of a text but the first.
func hang(text string, indent int) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", indent))
}
