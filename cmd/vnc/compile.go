package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/codegen/cuda/build"
	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/workbench"
)

// compileCommand compiles a program.
type compileCommand struct {
	modelFlags
	File      string    `arg:"" help:"A program (.vn), or an artifact to be compiled again from its sources."`
	Output    string    `short:"o" help:"The artifact to write." placeholder:"FILE.vnc"`
	Weights   string    `help:"Put these weights (.safetensors) into the artifact." placeholder:"FILE"`
	Batch     int       `help:"Samples in a training step, instead of the recipe's." placeholder:"N"`
	Emit      string    `help:"Print a level of the compilation: ir, grad, fused, plan or cuda." enum:"ir,grad,fused,plan,cuda," default:"" placeholder:"LEVEL"`
	Target    string    `help:"Emit and compile kernels for a GPU too: cuda, or cuda:sm_80,sm_90a." placeholder:"TARGET"`
	Precision precision `help:"What a GPU's kernels store and multiply: fp32, tf32, bf16 or fp16; bf16 where nothing is said." placeholder:"PRECISION"`
	Mode      string    `help:"What --emit prints: inference, training or both." enum:"inference,training,both" default:"both" placeholder:"MODE"`
	Verify    bool      `help:"Verify the graph after every pass."`
}

// Help is what --help says beside the flags.
func (*compileCommand) Help() string {
	return `The artifact holds the sources, the plans for inference and training, and, once there are any, the weights. It is a zip
archive, and the same sources give the same bytes.

The levels that --emit prints: ir, the graph as the program makes it; grad, with the gradients and the optimizer; fused,
which values are computed together; plan, the kernels and where everything lies in memory; cuda, the kernels of the first
architecture of --target as CUDA C++. Every line says where in the sources it comes from.

With --target the artifact also holds the kernels for a GPU, as text and, where vnc-nvrtc or nvcc is there to compile them,
as cubins.

Examples:

    vnc compile models/vnet.vn -o vnet.vnc
    vnc compile models/vnet.vn --set width=8 -o small.vnc
    vnc compile models/vnet.vn --emit plan --mode inference
    vnc compile models/vnet.vn --target cuda:sm_90a --emit cuda --mode training`
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
	target, err := c.target()
	if err != nil {
		return err
	}
	m, err := workbench.Load(c.File, workbench.Options{
		Model: c.Model, Set: c.Set, Batch: c.Batch, Training: true, Verify: c.Verify, Recompile: true,
		ScaleLoss: target.Precision == cuda.FP16,
	})
	if err != nil {
		return err
	}
	defer m.Close()
	a.render(m.Warnings)
	if err := c.emit(a, m, target); err != nil || c.Output == "" {
		return err
	}
	m.Kernels = nil // those of an artifact were of the plans that it had
	if c.Target != "" {
		var log bytes.Buffer // warnings in kernels are not the user's
		if err := m.BuildKernels(target, &log); errors.Is(err, build.ErrNoCompiler) {
			a.note("note: the kernels are in %s as text, and are compiled where they run: %v", c.Output, err)
		} else if err != nil {
			log.WriteTo(a.err)
			return err
		}
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

// target returns what --target and --precision say; CUDA where --emit cuda stands alone.
func (c *compileCommand) target() (workbench.Target, error) {
	if c.Target == "" && c.Emit != "cuda" {
		if c.Precision != "" {
			return workbench.Target{}, &usageError{"--precision is of kernels for a GPU: say --target cuda too"}
		}
		return workbench.Target{}, nil
	}
	t, err := workbench.ParseTarget(cmp.Or(c.Target, "cuda"), string(cmp.Or(c.Precision, precision(cuda.BF16))))
	if err != nil {
		return t, &usageError{err.Error()}
	}
	return t, nil
}

// emit prints the level that was asked for.
func (c *compileCommand) emit(a *app, m *workbench.Model, target workbench.Target) error {
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
		if c.Emit == "cuda" {
			if err := m.PrintCUDA(a.out, one.made.Plan, target); err != nil {
				return err
			}
			continue
		}
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
