package op

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// ReduceMax is the largest element of x along the named axes, which the result does not have; NaN where there is one.
type ReduceMax struct {
	Axes []string
}

// Kind returns "reduce_max".
func (ReduceMax) Kind() string { return "reduce_max" }

// Infer returns the type of x without the named axes.
func (o ReduceMax) Infer(args []ir.Type) (ir.Type, error) { return reduced(args, o.Axes) }

// Gradient: d goes to the largest element, in equal shares where there are several.
func (o ReduceMax) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	return extremeGradient(b, v, d, o.Axes)
}

// Evaluate finds the largest elements.
func (ReduceMax) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	fill(out, math.Inf(-1))
	reduceOnto(out, args[0], math.Max)
}

// Cost is one operation for each element of x.
func (ReduceMax) Cost(_ ir.Type, args []ir.Type) ir.Cost { return perArgument(args) }
