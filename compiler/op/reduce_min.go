package op

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// ReduceMin is the smallest element of x along the named axes, which the result does not have; NaN where there is one.
type ReduceMin struct {
	Axes []string
}

// Kind returns "reduce_min".
func (ReduceMin) Kind() string { return "reduce_min" }

// Infer returns the type of x without the named axes.
func (o ReduceMin) Infer(args []ir.Type) (ir.Type, error) { return reduced(args, o.Axes) }

// Gradient: d goes to the smallest element, in equal shares where there are several.
func (o ReduceMin) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	return extremeGradient(b, v, d, o.Axes)
}

// Evaluate finds the smallest elements.
func (ReduceMin) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	fill(out, math.Inf(1))
	reduceOnto(out, args[0], math.Min)
}

// Cost is one operation for each element of x.
func (ReduceMin) Cost(_ ir.Type, args []ir.Type) ir.Cost { return perArgument(args) }
