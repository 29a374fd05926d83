package main

import (
	"fmt"
	"io"
	"strings"
)

// shown is the least share of the floor, or of the measured time, that a kernel has a row of its own for.
const shown = 0.002

// write writes the tables of all programs as markdown.
func write(w io.Writer, o options, model string, programs []*program) {
	fmt.Fprintf(w, "# The kernels of %s on a GPU\n\n", model)
	command := "go run ./bench/gpu/table -model " + o.model + " -arch " + o.archs + " -mode " + o.modes + " -precision " + o.precision
	for name, value := range o.set {
		command += fmt.Sprintf(" -set %s=%s", name, value)
	}
	if o.batch > 0 {
		command += fmt.Sprintf(" -batch %d", o.batch)
	}
	if o.profile != "" {
		command += " -profile FILE"
	}
	fmt.Fprintf(w, "Written by `%s`; do not edit.\n\n%s\n", command, strings.TrimSpace(explanation))
	compiler := ""
	for _, p := range programs {
		if p.compiler != "" {
			compiler, _, _ = strings.Cut(p.compiler, " (") // without the file
		}
	}
	if compiler != "" {
		fmt.Fprintf(w, "\nCompiled by %s.\n", compiler)
	}
	for _, p := range programs {
		p.write(w)
	}
}

const explanation = `
A row stands for the kernels of the plan that are computed by the same launches, and for one of these launches; what
belongs to the whole kernel stands in its first row alone. FLOPs and bytes are of one launch. The floor is that of all
launches of the row: the FLOPs at the rate of what computes them, or the bytes at the memory's, whichever takes longer.
Bytes are those of the plan, each operand once, as it is stored.

What limits a launch is an expectation. "Launch" are those that have less to do than starting them takes (2 µs). A wave is
as many blocks as the GPU holds at once; waves that are not full leave a part of it idle.

Memory of a block is shared memory, static and dynamic. Warps are those that a multiprocessor holds at once, of 64, as
registers, shared memory and threads allow.`

// write writes the table of a program.
func (p *program) write(w io.Writer) {
	g := p.gpu()
	flops, bytes, floor, best, direct := int64(0), int64(0), 0.0, 0.0, int64(0)
	most := make([]int64, len(p.plan.Kernels)) // bytes of a kernel's launch
	for i := range p.module.Launches {
		l := &p.module.Launches[i]
		seconds, _ := g.floor(l, p.precision)
		most[l.Kernel] = max(most[l.Kernel], l.Bytes)
		flops, bytes, floor = flops+l.FLOPs, bytes+l.Bytes, floor+seconds
	}
	for i, k := range p.plan.Kernels {
		rate := g.plain
		if k.Anchor != nil {
			rate = g.best(p.precision)
		}
		best += max(float64(k.Cost.FLOPs)/rate, float64(most[i])/g.bandwidth)
		direct += k.Cost.FLOPs
	}
	fmt.Fprintf(w, "\n## %s, batch %d, %s for %s\n\n", p.plan.Mode, p.plan.Batch, p.precision, p.arch)
	fmt.Fprintf(w, "On %s %s: %s of memory, %s, float32 at %s.\n", article(g.name), g.name, rateText(g.bandwidth, "B/s"), g.rates(p), rateText(g.plain, "FLOP/s"))
	fmt.Fprintf(w, "%d launches, and %d before the first step; %.4g GFLOP (%.4g by the plan), %.3g GB; %s of device memory beside the\nvariables. **Floor: %.3g ms** as the kernels are, %.3g ms with every contraction at the best rate.",
		len(p.module.Launches), len(p.module.Prepare), float64(flops)/1e9, float64(direct)/1e9, float64(bytes)/1e9, mib(p.module.Memory+p.module.InputBytes()), floor*1e3, best*1e3)
	if p.total > 0 {
		fmt.Fprintf(w, " **Measured: %.3g ms**, %.2g times the floor.", p.total*1e3, p.total/floor)
	}
	fmt.Fprint(w, "\n\n")
	p.rows(w, floor)
}

// rows writes the rows of a table, the small ones together.
func (p *program) rows(w io.Writer, whole float64) {
	header := []string{"kernels", "stage", "what", "how", "grid × block", "GFLOP", "MB", "floor µs", "share", "registers", "memory KiB", "warps", "limit"}
	timed := p.total > 0
	if timed {
		header = append(header, "measured µs", "of the floor")
	}
	line(w, header)
	rule := make([]string, len(header))
	for i, name := range header {
		rule[i] = "---"
		switch name {
		case "stage", "what", "how", "limit":
		default:
			rule[i] = "---:"
		}
	}
	line(w, rule)
	others, launches, rest, measured := 0, 0, 0.0, 0.0
	for _, g := range p.groups {
		floor := g.floor(p.gpu(), p.precision)
		if floor < shown*whole && (!timed || g.measured < shown*p.total) {
			others, launches = others+len(g.kernels), launches+len(g.kernels)*len(g.launches)
			rest, measured = rest+floor, measured+g.measured
			continue
		}
		for i := range g.launches {
			row := p.row(g, i, whole)
			if timed && i == 0 {
				row = append(row, micro(g.measured), fmt.Sprintf("%.2g×", g.measured/floor))
			} else if timed {
				row = append(row, "", "")
			}
			line(w, row)
		}
	}
	if others > 0 {
		row := []string{fmt.Sprint(others), "", fmt.Sprintf("others, %d launches", launches), "", "", "", "", micro(rest), percent(rest / whole), "", "", "", ""}
		if timed {
			row = append(row, micro(measured), fmt.Sprintf("%.2g×", measured/rest))
		}
		line(w, row)
	}
}

// row returns the cells of one launch of a group.
func (p *program) row(g *group, i int, whole float64) []string {
	l, on, n := g.launches[i], p.gpu(), len(g.kernels)
	cells := []string{"", "", ""}
	if i == 0 {
		cells = []string{fmt.Sprint(n), g.stages(), what(g.kernels[0])}
	}
	floor, _ := on.floor(l, p.precision)
	floor *= float64(n)
	r := p.resources[l.Entry]
	registers, shared, warps := "", kib(l.Shared), ""
	if r != nil {
		registers, shared = fmt.Sprint(r.registers), kib(l.Shared+r.shared)
		warps = fmt.Sprint(on.resident(l, r) * (up(l.Block, warpThreads) / warpThreads))
		if r.stack > 0 {
			registers += fmt.Sprintf(" and %d bytes", r.stack)
		}
	}
	return append(cells, l.Note, grid(l.Grid)+" × "+fmt.Sprint(l.Block), count(l.FLOPs, 1e9), count(l.Bytes, 1e6), micro(floor), percent(floor/whole),
		registers, shared, warps, on.limit(l, r, p.precision))
}

func line(w io.Writer, cells []string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }

func grid(n [3]int) string {
	text := fmt.Sprint(n[0])
	if n[1] > 1 || n[2] > 1 {
		text += fmt.Sprintf("×%d", n[1])
	}
	if n[2] > 1 {
		text += fmt.Sprintf("×%d", n[2])
	}
	return text
}

// count writes a number in a unit; nothing for none.
func count(n int64, unit float64) string {
	if n == 0 {
		return ""
	}
	return digits(float64(n) / unit)
}

func micro(seconds float64) string { return digits(seconds * 1e6) }

// digits writes a number with three digits, and all that stand before the point.
func digits(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

func mib(bytes int64) string { return fmt.Sprintf("%d MiB", bytes>>20) }

// kib writes bytes of shared memory; nothing for none.
func kib(bytes int) string {
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf("%.3g", float64(bytes)/1024)
}

// rates says how fast the tensor cores of a program's GPU are.
func (g gpu) rates(p *program) string {
	text := "mma.sync at " + rateText(g.rate(byMMA, p.precision), "FLOP/s")
	if g.wgmma > 0 {
		text += ", wgmma at " + rateText(g.rate(byWGMMA, p.precision), "FLOP/s")
	}
	return text
}

func rateText(rate float64, of string) string { return fmt.Sprintf("%.3g T%s", rate/1e12, of) }

// article returns the article of a GPU's name.
func article(name string) string {
	if strings.HasPrefix(name, "A") || strings.HasPrefix(name, "H") {
		return "an"
	}
	return "a"
}
