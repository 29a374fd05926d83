package repl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/pass"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/units"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu"
)

// errInterrupted is an evaluation or a line that was given up.
var errInterrupted = errors.New("interrupted")

// evaluate computes tensors with the CPU engine and returns their elements, in memory order.
func (s *session) evaluate(tensors []*eval.Tensor) ([][]float32, error) {
	part, err := s.cut(tensors...)
	if err != nil {
		return nil, err
	}
	if missing := s.graph.missing(part); len(missing) > 0 {
		return nil, s.fail("there is no data for %s\nhelp: bind it to data: %s = volume(\"case.mhd\"), or %s = literal([[1, 2], [3, 4]])",
			strings.Join(missing, ", "), missing[0], missing[0])
	}
	initial := initials(part, s.seed)
	p, err := planned(part)
	if err != nil {
		return nil, s.fail("%v", err)
	}
	ctx, stop := s.interruptible()
	defer stop()
	results := make([][]float32, len(tensors))
	step := runtime.Step{Seed: s.seed, Inputs: map[string][]float32{}, Outputs: map[string][]float32{}}
	for _, b := range p.Buffers {
		if b.Class == plan.Input {
			step.Inputs[b.Name] = s.graph.data[b.Name]
		}
	}
	for i, o := range part.Outputs {
		results[i] = make([]float32, o.Value.Type.Elements())
		step.Outputs[o.Name] = results[i]
	}
	device := cpu.New(s.Threads)
	if need := device.Memory(p); need > s.Memory {
		device.Close()
		return nil, s.fail("the evaluation needs %s, and may take %s", units.Bytes(need), units.Bytes(s.Memory))
	}
	done := make(chan error, 1)
	go func() { done <- execute(device, p, initial, step) }()
	select {
	case err = <-done:
	case <-ctx.Done(): // the engine cannot be stopped inside a step: it ends on its own, and nobody looks at the result
		err = errInterrupted
	}
	if err != nil {
		return nil, s.fail("%v", err)
	}
	return results, nil
}

// interruptible returns a context that ends with the session's or, where there is somebody to interrupt, by Ctrl-C.
func (s *session) interruptible() (context.Context, context.CancelFunc) {
	if s.Interactive {
		return signal.NotifyContext(s.ctx, os.Interrupt)
	}
	return context.WithCancel(s.ctx)
}

// planned optimises and plans a graph.
func planned(g *ir.Graph) (*plan.Plan, error) {
	if err := pass.Run(g, false); err != nil {
		return nil, fmt.Errorf("compile the expression: %w", err)
	}
	p, err := plan.Build(g)
	if err != nil {
		return nil, fmt.Errorf("compile the expression: %w", err)
	}
	return p, nil
}

// memory returns the bytes that it takes to evaluate a graph, which it optimises on the way.
func (s *session) memory(g *ir.Graph) (int64, error) {
	p, err := planned(g)
	if err != nil {
		return 0, s.fail("%v", err)
	}
	device := cpu.New(1)
	defer device.Close()
	return device.Memory(p), nil
}

// initials returns functions that make the values of a graph's parameters and states before the first step, by name.
func initials(g *ir.Graph, seed uint64) map[string]func() []float32 {
	out := map[string]func() []float32{}
	for _, v := range g.Values {
		switch kind, name := v.Leaf(); kind {
		case ir.LeafParameter, ir.LeafState:
			leaf := v.Op
			out[name] = func() []float32 {
				values, _ := op.InitialOf(leaf, seed)
				return values
			}
		}
	}
	return out
}

// execute runs a step of a plan on a device, which it closes. A fault of the engine becomes an error: a session holds
// work that is not to be lost.
func execute(device *cpu.Device, p *plan.Plan, initial map[string]func() []float32, step runtime.Step) (err error) {
	defer device.Close()
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("internal error in the CPU engine: %v\nplease report it with the statements that led here", fault)
		}
	}()
	variables, err := device.Variables(p)
	if err != nil {
		return err
	}
	for _, name := range variables.Names() {
		if err := variables.Load(name, initial[name]()); err != nil {
			return err
		}
	}
	running, err := device.Open(p, variables)
	if err != nil {
		return err
	}
	defer running.Close()
	return running.Run(step)
}
