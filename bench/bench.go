// Package bench measures a model on this machine: how long a forward pass and a training step take, kernel by kernel,
// how much memory they need, and how far that is from what the machine can do.
//
// The weights are those that the model begins with, the image is noise, and the label is as likely 1 as 0 at every
// voxel; none of the arithmetic takes longer for other numbers. Each pass is run twice to warm up, because the first
// run touches memory that the system has yet to give, and then as often as is asked for. Times are medians: a machine
// that does something else now and then shows in the range, and not in them.
//
// Two rates are given. The effective one counts the operations of the direct algorithm, so that it says how fast the
// network runs, whatever algorithm runs it; the true one counts those that are carried out. A convolution that saves
// operations may have an effective rate above the machine's peak.
package bench

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"time"

	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/memory"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu"
	"github.com/vnlang/vn/runtime/cpu/kernel"
	"github.com/vnlang/vn/train"
	"github.com/vnlang/vn/workbench"
)

// Options say how a model is measured.
type Options struct {
	Device runtime.Device // a CPU, or one whose sessions are runtime.Profilers
	Runs   int            // of each pass, after two to warm up; at least 1
	Layers bool           // compute each contraction by every algorithm of the CPU that can, too

	Progress io.Writer // of what takes minutes, for a person; nil: nobody
}

// Result is what was measured.
type Result struct {
	Model   string
	Device  string // in words; empty for the CPU, of which the next two speak
	CPU     string // the instructions that it was computed with: avx512, avx2 or portable
	Threads int
	Forward Pass    // of one sample
	Step    *Pass   // of training; nil where the model was compiled without
	Planned int64   // bytes, of what was run: weights, activations and workspace at their peak
	Kept    int64   // bytes of transformed weights that inference keeps from its second run on, beside what is planned
	Peak    int64   // bytes that the process has held at one time; 0 where the system does not say
	Machine Machine // the zero value for what is not the CPU
	Trials  []Trial // nil unless Options.Layers
}

// Pass is a plan that was run several times.
type Pass struct {
	Batch     int
	Seconds   []float64 // of each run, ascending
	Device    []float64 // of them, what the kernels took on a GPU, copies left out; ascending; nil on the CPU
	FLOPs     int64     // of a run, by direct algorithms
	TrueFLOPs int64     // of a run, as it was carried out
	Layers    []Layer   // one for each kernel, in the order in which they run
}

// Median returns the median of the runs, in seconds.
func (p *Pass) Median() float64 { return median(p.Seconds) }

// Share returns the part of the pass that a layer takes, from 0 to 1.
func (p *Pass) Share(l Layer) float64 { return l.Seconds / p.Median() }

// DeviceMedian returns the median of what the kernels took on a GPU, in seconds; 0 on the CPU.
func (p *Pass) DeviceMedian() float64 { return median(p.Device) }

// median returns the median of ascending numbers; 0 of none.
func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	n := len(of)
	return (of[n/2] + of[(n-1)/2]) / 2
}

// Run measures the passes of a model, the training step where it was compiled with one, and then the machine. The error
// of a measurement that was stopped through ctx wraps train.ErrInterrupted.
func Run(ctx context.Context, m *workbench.Model, o Options) (*Result, error) {
	w, err := m.Open(o.Device)
	if err != nil {
		return nil, err
	}
	seed := uint64(0)
	if m.Recipe != nil {
		seed = m.Recipe.Seed
	}
	if err := w.Initialise(seed); err != nil {
		return nil, err
	}
	needed := m.Inspect(o.Device).Memory
	r := &Result{Model: m.Name, Planned: max(needed.Inference, needed.Training)}
	processor, onCPU := o.Device.(*cpu.Device)
	switch d := o.Device.(type) {
	case *cpu.Device:
		r.CPU, r.Threads, r.Kept = kernel.Active(), d.Threads(), d.Kept(m.Inference)
	case interface{ Description() string }:
		r.Device = d.Description()
	default:
		r.Device = d.Name()
	}
	if o.Layers && !onCPU {
		return nil, fmt.Errorf("measure %s: the algorithms that can be compared are those of the CPU", m.Name)
	}
	forward, err := measure(ctx, w, m.Inference, o)
	if err != nil {
		return nil, fmt.Errorf("measure the forward pass of %s: %w", m.Name, err)
	}
	r.Forward = *forward
	if m.Training != nil {
		if r.Step, err = measure(ctx, w, m.Training, o); err != nil {
			return nil, fmt.Errorf("measure a training step of %s: %w", m.Name, err)
		}
	}
	if !onCPU {
		return r, nil
	}
	r.Peak = memory.Peak() // before other measurements, which take memory too
	if o.Layers {
		if r.Trials, err = tryAll(ctx, w, processor, o, r); err != nil {
			return nil, err
		}
	}
	r.Machine = measureMachine(r.Threads)
	return r, nil
}

// warmUps is how often a plan is run before it is measured: the first run takes memory from the system, and the second one
// the memory in which it keeps transformed weights.
const warmUps = 2

// measure runs a plan, to warm up and then o.Runs times; on a GPU, where measuring the kernels takes time itself, as often
// again for that. What was there before, such as what compiling and initialising left behind, is given back to the system
// first, so that it does not count as memory of the plan.
func measure(ctx context.Context, w *workbench.Workspace, p *plan.Plan, o Options) (*Pass, error) {
	debug.FreeOSMemory()
	opened, err := o.Device.Open(p, w.Variables)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	s, ok := opened.(runtime.Profiler)
	if !ok {
		return nil, fmt.Errorf("the device %s cannot measure its kernels", o.Device.Name())
	}
	step := runtime.Step{Inputs: inputs(p, w.Inference), Outputs: outputs(p)}
	pass := &Pass{Batch: p.Batch}
	runs, profiled := warmUps+o.Runs, warmUps
	if _, onCPU := o.Device.(*cpu.Device); !onCPU {
		runs, profiled = runs+o.Runs, runs
	}
	for i := range runs {
		if ctx.Err() != nil {
			return nil, train.ErrInterrupted
		}
		if i == profiled {
			s.StartProfile()
		}
		step.Step = uint64(i)
		start := time.Now()
		if err := s.Run(step); err != nil {
			return nil, err
		}
		if i >= warmUps && i < warmUps+o.Runs {
			pass.Seconds = append(pass.Seconds, time.Since(start).Seconds())
			if c, ok := s.(runtime.Clocked); ok {
				pass.Device = append(pass.Device, c.DeviceSeconds())
			}
		}
	}
	slices.Sort(pass.Seconds)
	slices.Sort(pass.Device)
	for i, t := range s.Times() {
		pass.FLOPs += t.FLOPs
		pass.TrueFLOPs += t.TrueFLOPs
		pass.Layers = append(pass.Layers, Layer{t, shapeOf(&p.Kernels[i])})
	}
	return pass, nil
}
