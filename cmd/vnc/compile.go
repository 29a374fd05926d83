package main

import (
	"fmt"

	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/workbench"
)

// compileCommand compiles a program.
type compileCommand struct {
	modelFlags
	File    string `arg:"" help:"A program (.vn), or an artifact to be compiled again from its sources."`
	Output  string `short:"o" help:"The artifact to write." placeholder:"FILE.vnc"`
	Weights string `help:"Put these weights (.safetensors) into the artifact." placeholder:"FILE"`
	Batch   int    `help:"Samples in a training step, instead of the recipe's." placeholder:"N"`
	Emit    string `help:"Print a level of the compilation: ir, grad, fused or plan." enum:"ir,grad,fused,plan," default:"" placeholder:"LEVEL"`
	Mode    string `help:"What --emit prints: inference, training or both." enum:"inference,training,both" default:"both" placeholder:"MODE"`
	Verify  bool   `help:"Verify the graph after every pass."`
}

// Help is what --help says beside the flags.
func (*compileCommand) Help() string {
	return `The artifact holds the sources, the plans for inference and training, and, once there are any, the weights. It is a zip
archive, and the same sources give the same bytes.

The levels that --emit prints: ir, the graph as the program makes it; grad, with the gradients and the optimizer; fused,
which values are computed together; plan, the kernels and where everything lies in memory. Every line says where in the
sources it comes from.

Examples:

    vnc compile models/vnet.vn -o vnet.vnc
    vnc compile models/vnet.vn --set width=8 -o small.vnc
    vnc compile models/vnet.vn --emit plan --mode inference`
}

// Run compiles the model: reads and checks the sources, elaborates, differentiates, optimises and plans; then it prints
// and writes what was asked for.
func (c *compileCommand) Run(a *app) error {
	if c.Output == "" && c.Emit == "" {
		return &usageError{"say where the artifact goes, -o FILE.vnc, or what to print, --emit LEVEL"}
	}
	if c.Weights != "" && workbench.SameFile(c.Weights, c.Output) {
		return &usageError{"-o would replace the weights " + c.Weights + ": choose another name"}
	}
	m, err := workbench.Load(c.File, workbench.Options{
		Model: c.Model, Set: c.Set, Batch: c.Batch, Training: true, Verify: c.Verify, Recompile: true,
	})
	if err != nil {
		return err
	}
	defer m.Close()
	a.render(m.Warnings)
	if err := c.emit(a, m); err != nil || c.Output == "" {
		return err
	}
	if c.Weights == "" {
		return m.Save(c.Output, nil)
	}
	device := a.device()
	defer device.Close()
	w, err := m.Open(device)
	if err != nil {
		return err
	}
	unused, err := w.LoadFile(c.Weights)
	if err != nil {
		return err
	}
	noteUnused(a, c.Weights, unused)
	return m.Save(c.Output, w)
}

// emit prints the level that was asked for.
func (c *compileCommand) emit(a *app, m *workbench.Model) error {
	if c.Emit == "" {
		return nil
	}
	printed := false
	for _, one := range []struct {
		mode string
		made *compiler.Compiled
	}{{"inference", m.CompiledInference}, {"training", m.CompiledTraining}} {
		if one.made == nil || c.Mode != "both" && c.Mode != one.mode || c.Emit == "grad" && one.made.Grad == nil {
			continue
		}
		if printed {
			fmt.Fprintln(a.out)
		}
		printed = true
		if err := printLevel(a, one.made, c.Emit); err != nil {
			return err
		}
	}
	if !printed {
		return fmt.Errorf("%s has no %s to print for %s: there are gradients in training alone, and training where the file has a train declaration", m.Name, c.Emit, c.Mode)
	}
	return nil
}

func printLevel(a *app, made *compiler.Compiled, level string) error {
	switch level {
	case "ir":
		return made.Graph.Print(a.out)
	case "grad":
		return made.Grad.Print(a.out)
	case "fused":
		return made.Plan.PrintFused(a.out)
	}
	return made.Plan.Print(a.out)
}

// noteUnused says which tensors of a file were of no use.
func noteUnused(a *app, file string, unused []string) {
	if len(unused) > 0 {
		a.note("note: %s: %s", file, workbench.UnusedText(unused))
	}
}
