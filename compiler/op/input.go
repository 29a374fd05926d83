package op

import (
	"errors"

	"github.com/vnlang/vn/compiler/ir"
)

// Input is a tensor that the caller feeds at every step: "image", "label", or the scalar "step", the number of steps
// done before this one.
type Input struct {
	Name string
	Axes []ir.Axis
}

// Kind returns "input".
func (Input) Kind() string { return ir.LeafInput }

// Leaf returns the kind and the name by which the caller feeds it.
func (i Input) Leaf() (kind, name string) { return ir.LeafInput, i.Name }

// Infer returns the f32 type with the op's axes.
func (i Input) Infer(args []ir.Type) (ir.Type, error) {
	if i.Name == "" {
		return ir.Type{}, errors.New("the input has no name")
	}
	return leafType(args, i.Axes)
}

// Gradient has nothing to pass on: there are no arguments.
func (Input) Gradient(*ir.Builder, *ir.Value, *ir.Value) []*ir.Value { return nil }

// Evaluate leaves the zeros of out: the caller knows the data, not the op. ir.Evaluate asks for them.
func (Input) Evaluate(ir.Context, *ir.Tensor, []*ir.Tensor) {}

// Cost is none.
func (Input) Cost(ir.Type, []ir.Type) ir.Cost { return ir.Cost{} }
