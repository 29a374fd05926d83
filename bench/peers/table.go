package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// write writes the comparison as markdown.
func (c *comparison) write(w io.Writer) {
	shape := make([]string, len(c.image))
	for i, n := range c.image { // channel, z, y, x to channel, x, y, z
		shape[(len(c.image)-i)%len(c.image)] = fmt.Sprint(n)
	}
	fmt.Fprintf(w, "### %s, %s voxels, float32\n\n", c.model, strings.Join(shape, "×"))
	fmt.Fprintf(w, "%d threads each; medians, with their ranges, over %d rounds in turn (runs in each: %d). The machine's measured peak is %.0f GFLOP/s;\nthe limits are the FLOPs of a direct algorithm, and of those that Vn takes, at that rate.\n\n",
		c.o.threads, c.o.rounds, c.o.runs, c.peak/1e9)
	header, rule := "| |", "| --- |"
	for _, p := range c.programs {
		header += " " + p.name + " |"
		rule += " --- |"
	}
	fmt.Fprintf(w, "%s direct limit | limit | Vn is above it by |\n%s --- | --- | --- |\n", header, rule)
	for _, t := range tasks {
		c.row(w, t.name, func(p *program) string { return timeText(p.results[t.name]) }, c.limits(t)...)
	}
	for _, t := range tasks {
		c.row(w, "peak memory, "+t.name, func(p *program) string { return memoryText(p.results[t.name]) }, "", "", "")
	}
	c.row(w, "relative L2 error against float64", func(p *program) string {
		if e, ok := c.errors[p.key]; ok {
			return fmt.Sprintf("%.1e", e)
		}
		return ""
	}, "", "", "")
	fmt.Fprintln(w)
	for _, m := range c.missing {
		fmt.Fprintf(w, "Missing: %s.\n\n", m)
	}
}

// row writes a row: a cell for each program, and others behind them.
func (c *comparison) row(w io.Writer, name string, cell func(*program) string, others ...string) {
	cells := []string{name}
	for _, p := range c.programs {
		cells = append(cells, cell(p))
	}
	fmt.Fprintf(w, "| %s |\n", strings.Join(append(cells, others...), " | "))
}

// limits says how fast a task can be on this machine, and how far Vn is from that.
func (c *comparison) limits(t task) []string {
	k, m := c.costs[t.name], c.programs[0].results[t.name]
	if c.peak == 0 || m == nil {
		return []string{"", "", ""}
	}
	direct, carriedOut := float64(k.direct)/c.peak, float64(k.carriedOut)/c.peak
	return []string{seconds(direct), seconds(carriedOut), fmt.Sprintf("%.2g×", m.median()/carriedOut)}
}

func timeText(m *measurement) string {
	if m == nil {
		return ""
	}
	return fmt.Sprintf("%s (%s to %s)", seconds(m.median()), seconds(slices.Min(m.Seconds)), seconds(slices.Max(m.Seconds)))
}

func memoryText(m *measurement) string {
	if m == nil || m.PeakBytes == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f GB", float64(m.PeakBytes)/1e9)
}

// seconds writes a time with three digits.
func seconds(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%.3g ms", s*1e3)
	}
	return fmt.Sprintf("%.3g s", s)
}
