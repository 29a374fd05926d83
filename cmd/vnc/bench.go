package main

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/bench"
	"github.com/vnlang/vn/internal/units"
	"github.com/vnlang/vn/workbench"
)

// maxRuns bounds --runs.
const maxRuns = 1_000_000

// benchCommand measures a model.
type benchCommand struct {
	modelFlags
	computeFlags
	File   string `arg:"" help:"A program (.vn) or an artifact (.vnc)."`
	Batch  *int   `help:"Samples in the training step, instead of the recipe's." placeholder:"N"`
	Train  bool   `help:"Measure a training step too, where the file has a recipe." default:"true" negatable:""`
	Runs   int    `help:"Runs of each, after two to warm up (${default})." default:"5" placeholder:"N"`
	Layers bool   `help:"Compute each convolution by every algorithm that can, and compare the times with those that the choice expects."`
	JSON   bool   `name:"json" help:"Print the result as JSON; docs/json.md explains the keys."`
}

// Help is what --help says beside the flags.
func (*benchCommand) Help() string {
	return `A forward pass of one sample and a training step are run on noise, with the weights that the model begins with, and
each kernel is timed. Times are medians. GFLOP/s are effective: they count the operations of direct algorithms; true
ones count those that are carried out. The machine's peak is measured too: multiply-adds on operands in the first-level
cache, on all threads. docs/convolution.md explains the algorithms. Memory is what the process held at most, and what the
plans say that it needs.

Examples:

    vnc bench models/vnet.vn
    vnc bench models/vnet.vn --no-train --runs 20
    vnc bench models/vnet.vn --no-train --layers
    vnc bench models/unet.vn --set width=8 --batch 1 --json`
}

// Run compiles or loads the model, and measures it.
func (c *benchCommand) Run(a *app) error {
	batch, err := atLeastOne("--batch", c.Batch)
	if err != nil {
		return err
	}
	runs, err := atLeastOne("--runs", &c.Runs)
	if err != nil {
		return err
	}
	if runs > maxRuns {
		return &usageError{fmt.Sprintf("--runs is %d: choose from 1 to %d", runs, maxRuns)}
	}
	if c.Batch != nil && !c.Train {
		return &usageError{"--batch is the size of a training step, and --no-train leaves that out"}
	}
	m, err := workbench.Load(c.File, workbench.Options{Model: c.Model, Set: c.Set, Batch: batch, Training: c.Train, ScaleLoss: c.scalesLoss()})
	if err != nil {
		return err
	}
	defer m.Close()
	a.render(m.Warnings)
	device, err := a.open(c.computeFlags, m.Kernels)
	if err != nil {
		return err
	}
	defer device.Close()
	a.noteMemory(device, m.Inference, m.Training)
	ctx, stop := a.interruptible()
	defer stop()
	r, err := bench.Run(ctx, m, bench.Options{Device: device, Runs: runs, Layers: c.Layers, Progress: a.err})
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(a.out, r)
	}
	if c.Train && r.Step == nil {
		a.note("note: %s does not say how %s is trained, so there is no training step", c.File, m.Name)
	}
	return printBench(a, r)
}

// printBench prints what was measured in sum, and then each pass kernel by kernel.
func printBench(a *app, r *bench.Result) error {
	where := r.Device
	if where == "" {
		where = fmt.Sprintf("%d threads, %s", r.Threads, r.CPU)
	}
	fmt.Fprintf(a.out, "%s on %s\n\n", r.Model, where)
	t := &table{}
	t.row("forward", passText(&r.Forward, r.Machine))
	if r.Step != nil {
		t.row("training step", passText(r.Step, r.Machine))
	}
	memory := units.Bytes(r.Planned) + " planned"
	if r.Kept > 0 {
		memory += ", and " + units.Bytes(r.Kept) + " of transformed weights kept between forward passes"
	}
	if r.Peak > 0 {
		memory = units.Bytes(r.Peak) + " held at most, " + memory
	}
	t.row("memory", memory)
	if r.Machine != (bench.Machine{}) {
		t.row("machine", fmt.Sprintf("%.0f GFLOP/s of multiply-adds, %.1f GB/s read and written by a copy", r.Machine.FLOPS/1e9, r.Machine.Bytes/1e9))
	}
	if err := t.print(a.out); err != nil {
		return err
	}
	if err := printLayers(a, "forward", &r.Forward); err != nil {
		return err
	}
	if r.Step != nil {
		if err := printLayers(a, "training step", r.Step); err != nil {
			return err
		}
	}
	if r.Trials == nil {
		return nil
	}
	return printTrials(a, r.Trials)
}

// passText says how long a pass takes and how fast that is.
func passText(p *bench.Pass, m bench.Machine) string {
	s := p.Median()
	runs := "1 run"
	if n := len(p.Seconds); n > 1 {
		runs = fmt.Sprintf("%s to %s, %d runs", ms(p.Seconds[0]), ms(p.Seconds[n-1]), n)
	}
	text := fmt.Sprintf("%s ms (%s), batch %d: ", ms(s), runs, p.Batch)
	if device := p.DeviceMedian(); device > 0 {
		text += fmt.Sprintf("%s ms of it on the device, without copies: ", ms(device))
		s = device
	}
	text += fmt.Sprintf("%.0f GFLOP/s", float64(p.FLOPs)/s/1e9)
	if p.TrueFLOPs != p.FLOPs {
		text += fmt.Sprintf(", %.0f true", float64(p.TrueFLOPs)/s/1e9)
	}
	if m.FLOPS > 0 {
		text += fmt.Sprintf(", %.0f %% of the machine's peak", 100*float64(p.TrueFLOPs)/s/m.FLOPS)
	}
	return text
}

// shown is the least share of a pass that a kernel has a row of its own for.
const shown = 0.005

// column is a column of a table of kernels.
type column struct {
	head  string
	right bool
	cell  func(l bench.Layer) string
}

// layerColumns are the columns for the kernels of a pass.
func layerColumns(p *bench.Pass) []column {
	return []column{
		{"kernel", false, func(l bench.Layer) string { return l.Name }},
		{"stage", false, func(l bench.Layer) string { return l.Stage }},
		{"op", false, func(l bench.Layer) string { return l.Op }},
		{"shape", false, func(l bench.Layer) string { return l.Shape }},
		{"algorithm", false, func(l bench.Layer) string { return l.Algorithm }},
		{"ms", true, func(l bench.Layer) string { return ms(l.Seconds) }},
		{"share", true, func(l bench.Layer) string { return percent(p.Share(l)) }},
		{"GFLOP/s", true, func(l bench.Layer) string { return rate(l.FLOPs, l.Seconds) }},
		{"true", true, func(l bench.Layer) string {
			if p.TrueFLOPs == p.FLOPs { // the column has nothing to say
				return ""
			}
			return rate(l.TrueFLOPs, l.Seconds)
		}},
		{"GB/s", true, func(l bench.Layer) string { return rate(l.Bytes, l.Seconds) }},
		{"predicted ms", true, func(l bench.Layer) string {
			if l.Predicted == 0 {
				return ""
			}
			return ms(l.Predicted)
		}},
	}
}

// printLayers prints the kernels of a pass, the small ones in one row. Columns that are empty are left out.
func printLayers(a *app, title string, p *bench.Pass) error {
	fmt.Fprintf(a.out, "\n%s\n\n", title)
	var big []bench.Layer
	rest := 0.0
	for _, l := range p.Layers {
		if p.Share(l) < shown {
			rest += l.Seconds
		} else {
			big = append(big, l)
		}
	}
	columns := slices.DeleteFunc(layerColumns(p), func(c column) bool {
		return !slices.ContainsFunc(big, func(l bench.Layer) bool { return c.cell(l) != "" })
	})
	t := &table{}
	row := func(text func(column) string) {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = text(c)
		}
		t.row(cells...)
	}
	for _, c := range columns {
		t.right = append(t.right, c.right)
	}
	row(func(c column) string { return c.head })
	for _, l := range big {
		row(func(c column) string { return c.cell(l) })
	}
	if others := len(p.Layers) - len(big); others > 0 {
		last := map[string]string{"kernel": fmt.Sprintf("%d others", others), "ms": ms(rest), "share": percent(rest / p.Median())}
		row(func(c column) string { return last[c.head] })
	}
	return t.print(a.out)
}

func ms(seconds float64) string { return fmt.Sprintf("%.4g", seconds*1e3) }

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// rate writes a number per second in billions; nothing for a kernel that has none.
func rate(n int64, seconds float64) string {
	if n == 0 || seconds == 0 {
		return ""
	}
	return fmt.Sprintf("%.3g", float64(n)/seconds/1e9)
}

// printTrials prints the algorithms of each contraction, with a star at the one that was chosen.
func printTrials(a *app, trials []bench.Trial) error {
	fmt.Fprintf(a.out, "\nalgorithms (* the chosen one)\n\n")
	t := &table{right: []bool{false, false, true, true, false, false, true, true, true}}
	t.row("op", "shape", "batch", "kernels", "", "algorithm", "ms", "predicted ms", "GFLOP/s")
	last := ""
	for _, x := range trials {
		cells := []string{x.Op, x.Shape, fmt.Sprint(x.Batch), fmt.Sprint(x.Kernels)}
		if this := fmt.Sprint(cells); this == last {
			cells = []string{"", "", "", ""}
		} else {
			last = this
		}
		star := ""
		if x.Chosen {
			star = "*"
		}
		t.row(append(cells, star, x.Algorithm, ms(x.Seconds), ms(x.Predicted), rate(x.FLOPs, x.Seconds))...)
	}
	return t.print(a.out)
}
