package op

import (
	"errors"

	"github.com/vnlang/vn/compiler/ir"
)

// State is a tensor that lives from step to step without being trained: a momentum, a running mean. All its elements
// start as Init; a graph's update gives it the next value.
type State struct {
	Name string
	Axes []ir.Axis
	Init float64
}

// Kind returns "state".
func (State) Kind() string { return ir.LeafState }

// Leaf returns the kind and the name by which it is kept.
func (s State) Leaf() (kind, name string) { return ir.LeafState, s.Name }

// Infer returns the f32 type with the op's axes.
func (s State) Infer(args []ir.Type) (ir.Type, error) {
	if s.Name == "" {
		return ir.Type{}, errors.New("the state has no name")
	}
	return leafType(args, s.Axes)
}

// Gradient has nothing to pass on: there are no arguments.
func (State) Gradient(*ir.Builder, *ir.Value, *ir.Value) []*ir.Value { return nil }

// Evaluate gives the value before the first step.
func (s State) Evaluate(_ ir.Context, out *ir.Tensor, _ []*ir.Tensor) {
	for i := range out.Data {
		out.Data[i] = s.Init
	}
}

// Cost is none.
func (State) Cost(ir.Type, []ir.Type) ir.Cost { return ir.Cost{} }
