// Package reference is the backend that says what a plan means: it evaluates the plan's graph in float64, one op after
// the other, each as it defines itself in package op. It knows no fusion, no layout and no arena, so where another
// backend agrees with it, that backend's kernels, and the plan itself, are right. It is slow.
package reference

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
)

// Device evaluates graphs.
type Device struct{}

// New returns the reference device.
func New() Device { return Device{} }

// Name returns "reference".
func (Device) Name() string { return "reference" }

// Close does nothing.
func (Device) Close() error { return nil }

// Memory returns the bytes that the plan's values would take if all were kept, in float64; the evaluation lets go of a
// value after its last use, so this is an upper bound.
func (Device) Memory(p *plan.Plan) int64 {
	var n int64
	for _, v := range p.Graph.Values {
		n += int64(v.Type.Elements()) * 8
	}
	return n
}

// Variables makes room for the variables of the plans, in float64.
func (Device) Variables(plans ...*plan.Plan) (runtime.Variables, error) {
	vs := variables{}
	for _, p := range plans {
		for _, b := range p.Buffers {
			if b.Class != plan.Variable {
				continue
			}
			if have, ok := vs[b.Name]; ok && !have.Type.Equal(b.Type) {
				return nil, fmt.Errorf("variable %s is %s in one plan and %s in another", b.Name, have.Type, b.Type)
			}
			vs[b.Name] = ir.NewTensor(b.Type)
		}
	}
	return vs, nil
}

// variables are parameters and states, by name.
type variables map[string]*ir.Tensor

func (vs variables) Names() []string { return slices.Sorted(maps.Keys(vs)) }

func (vs variables) Size(name string) int {
	if v, ok := vs[name]; ok {
		return len(v.Data)
	}
	return -1
}

func (vs variables) Load(name string, values []float32) error {
	v, err := vs.find(name, len(values))
	if err != nil {
		return err
	}
	for i, x := range values {
		v.Data[i] = float64(x)
	}
	return nil
}

// Adopt copies, because the variables are in float64.
func (vs variables) Adopt(name string, values []float32) error { return vs.Load(name, values) }

func (vs variables) Store(name string, dst []float32) error {
	v, err := vs.find(name, len(dst))
	if err != nil {
		return err
	}
	for i, x := range v.Data {
		dst[i] = float32(x)
	}
	return nil
}

func (vs variables) find(name string, size int) (*ir.Tensor, error) {
	v, ok := vs[name]
	if !ok {
		return nil, fmt.Errorf("there is no variable %q", name)
	}
	if len(v.Data) != size {
		return nil, fmt.Errorf("variable %s has %d elements, not %d", name, len(v.Data), size)
	}
	return v, nil
}

// session is a graph and its variables.
type session struct {
	plan      *plan.Plan
	variables variables
}

// Open returns a session that evaluates the plan's graph.
func (Device) Open(p *plan.Plan, v runtime.Variables) (runtime.Session, error) {
	vs, ok := v.(variables)
	if !ok {
		return nil, fmt.Errorf("open %s: the variables are of another device", p.Name)
	}
	for _, b := range p.Buffers {
		if b.Class != plan.Variable {
			continue
		}
		if _, err := vs.find(b.Name, b.Type.Elements()); err != nil {
			return nil, fmt.Errorf("open %s: %w", p.Name, err)
		}
	}
	return &session{p, vs}, nil
}

// Close does nothing.
func (s *session) Close() error { return nil }

// Run evaluates the graph once.
func (s *session) Run(step runtime.Step) error {
	if err := runtime.CheckStep(s.plan, step); err != nil {
		return err
	}
	leaves := map[string]*ir.Tensor{}
	for _, v := range s.plan.Graph.Values {
		kind, name := v.Leaf()
		switch kind {
		case "":
		case ir.LeafInput:
			t := ir.NewTensor(v.Type)
			values, ok := step.Inputs[name]
			for i, x := range values {
				t.Data[i] = float64(x)
			}
			if !ok {
				t.Data[0] = float64(step.Step) // the input "step"
			}
			leaves[name] = t
		default:
			leaves[name] = s.variables[name]
		}
	}
	r, err := ir.Evaluate(s.plan.Graph, ir.Context{Seed: step.Seed, Step: step.Step}, leaves)
	if err != nil {
		return fmt.Errorf("run %s: %w", s.plan.Name, err)
	}
	for name, t := range r.Updates {
		s.variables[name] = t
	}
	for name, dst := range step.Outputs {
		for i, x := range r.Outputs[name].Data {
			dst[i] = float32(x)
		}
	}
	return nil
}
