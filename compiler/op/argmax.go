package op

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// ArgMax is the index of the largest element of x along one axis, which the result does not have. Of equal elements the
// first counts, and a NaN counts as larger than any number. The index is a number of the dtype of x.
type ArgMax struct {
	Axis string
}

// Kind returns "argmax".
func (ArgMax) Kind() string { return "argmax" }

// Infer returns the type of x without the axis.
func (o ArgMax) Infer(args []ir.Type) (ir.Type, error) { return reduced(args, []string{o.Axis}) }

// Gradient: none, for the index is constant almost everywhere.
func (ArgMax) Gradient(*ir.Builder, *ir.Value, *ir.Value) []*ir.Value { return []*ir.Value{nil} }

// Evaluate finds the indices.
func (o ArgMax) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	x := args[0]
	axis := x.Type.Index(o.Axis)
	step, size := strides(x.Type.Axes)[axis], x.Type.Axes[axis].Size
	largest := make([]float64, len(out.Data))
	for i := range largest {
		largest[i] = math.Inf(-1)
	}
	fill(out, 0)
	walk(x.Type.Axes, keptStrides(x.Type, out.Type), func(i, at int) {
		if exceeds(x.Data[i], largest[at]) {
			largest[at] = x.Data[i]
			out.Data[at] = float64(i / step % size)
		}
	})
}

// Cost is one operation for each element of x.
func (ArgMax) Cost(_ ir.Type, args []ir.Type) ir.Cost { return perArgument(args) }
