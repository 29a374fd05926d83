package op

import "github.com/vnlang/vn/compiler/ir"

// Constant is a tensor with one number in every element; usually a scalar.
type Constant struct {
	Value float64
	Axes  []ir.Axis
}

// Kind returns "constant".
func (Constant) Kind() string { return "constant" }

// Infer returns the f32 type with the op's axes.
func (c Constant) Infer(args []ir.Type) (ir.Type, error) { return leafType(args, c.Axes) }

// Gradient has nothing to pass on: there are no arguments.
func (Constant) Gradient(*ir.Builder, *ir.Value, *ir.Value) []*ir.Value { return nil }

// Evaluate fills the result.
func (c Constant) Evaluate(_ ir.Context, out *ir.Tensor, _ []*ir.Tensor) {
	for i := range out.Data {
		out.Data[i] = c.Value
	}
}

// Cost is none.
func (Constant) Cost(ir.Type, []ir.Type) ir.Cost { return ir.Cost{} }
