package train

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// reporter tells a person how a run goes: one line that is written over on a terminal, and elsewhere a line now and
// then.
type reporter struct {
	w        io.Writer
	terminal bool
	now      func() time.Time

	first, last int // steps done when the run started, and in all
	start       time.Time
	shown       time.Time // when the last line was written
	width       int       // of the line on the terminal, which the next one covers
	dice        string
}

// lineEvery is how often a plain line is written, and frameEvery how often the line on a terminal changes.
const (
	lineEvery  = 10 * time.Second
	frameEvery = 100 * time.Millisecond
)

func newReporter(w io.Writer, terminal bool, now func() time.Time) *reporter {
	if w == nil {
		w = io.Discard
	}
	return &reporter{w: w, terminal: terminal, now: now, shown: now()}
}

// begin starts the clock, with so many steps done and so many to be done in all.
func (r *reporter) begin(first, last int) {
	r.first, r.last, r.start = first, last, r.now()
	r.shown = r.start
}

// note writes a line of its own.
func (r *reporter) note(format string, values ...any) {
	r.clear()
	fmt.Fprintf(r.w, format+"\n", values...)
}

// validated shows a mean Dice, from now on in every line.
func (r *reporter) validated(step int, dice float64) {
	r.dice = fmt.Sprintf("  validation Dice %.4f", dice)
	if !r.terminal {
		r.note("step %d/%d%s", step, r.last, r.dice)
	}
}

// step shows a step that is done.
func (r *reporter) step(step int, loss float64) {
	line := fmt.Sprintf("step %d/%d  loss %.4f%s", step, r.last, loss, r.dice)
	if elapsed := r.now().Sub(r.start); elapsed > 0 {
		speed := float64(step-r.first) / elapsed.Seconds()
		left := time.Duration(float64(r.last-step) / speed * float64(time.Second))
		line += fmt.Sprintf("  %.3g steps/s  %s left", speed, formatDuration(left))
	}
	r.show(line, step == r.last || step == r.first+1)
}

// show writes a line that the next one replaces, unless the last one is too recent; one that matters is always
// written.
func (r *reporter) show(line string, matters bool) {
	now, wait := r.now(), lineEvery
	if r.terminal {
		wait = frameEvery
	}
	if now.Sub(r.shown) < wait && !matters {
		return
	}
	r.shown = now
	if !r.terminal {
		fmt.Fprintln(r.w, line)
		return
	}
	fmt.Fprintf(r.w, "\r%s%s", line, strings.Repeat(" ", max(0, r.width-len(line))))
	r.width = len(line)
}

// clear ends the line on the terminal, so that something else can follow it.
func (r *reporter) clear() {
	if r.width > 0 {
		fmt.Fprintln(r.w)
		r.width = 0
	}
}

// formatDuration writes a duration by its two largest units: "3h07m", "12m05s", "8s".
func formatDuration(d time.Duration) string {
	d = d.Round(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h > 0:
		return fmt.Sprintf("%dh%02dm", h, m)
	case m > 0:
		return fmt.Sprintf("%dm%02ds", m, s)
	}
	return fmt.Sprintf("%ds", s)
}
