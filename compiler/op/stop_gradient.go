package op

import "github.com/vnlang/vn/compiler/ir"

// StopGradient is x itself, taken as a constant by differentiation.
type StopGradient struct{ unary }

// Kind returns "stop_gradient".
func (StopGradient) Kind() string { return "stop_gradient" }

// Gradient: none; that is its purpose.
func (StopGradient) Gradient(*ir.Builder, *ir.Value, *ir.Value) []*ir.Value {
	return []*ir.Value{nil}
}

// Evaluate computes the formula for every element.
func (StopGradient) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	copy(out.Data, args[0].Data)
}
