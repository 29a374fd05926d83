package op

import "github.com/vnlang/vn/compiler/ir"

// Sum adds the elements of x along the named axes, which the result does not have.
type Sum struct {
	Axes []string
}

// Kind returns "sum".
func (Sum) Kind() string { return "sum" }

// Infer returns the type of x without the named axes.
func (o Sum) Infer(args []ir.Type) (ir.Type, error) { return reduced(args, o.Axes) }

// Gradient: dx = d, the same for all elements that were added.
func (Sum) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	return []*ir.Value{b.Add(Broadcast{Axes: v.Args[0].Type.Axes}, d)}
}

// Evaluate adds in memory order.
func (Sum) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	fill(out, 0)
	reduceOnto(out, args[0], func(sum, x float64) float64 { return sum + x })
}

// Cost is one operation for each element of x.
func (Sum) Cost(_ ir.Type, args []ir.Type) ir.Cost { return perArgument(args) }
