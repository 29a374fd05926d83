package op

import "github.com/vnlang/vn/compiler/ir"

// ResizeGradient is the adjoint of Resize: it adds every element of dy, weighted, to the neighbours that Resize made it
// from. Size holds the spatial sizes of the result, which is what Resize resized.
type ResizeGradient struct {
	Size []int
	Mode string
}

// Kind returns "resize_gradient".
func (ResizeGradient) Kind() string { return "resize_gradient" }

// Infer returns the type of dy with the spatial sizes Size.
func (o ResizeGradient) Infer(args []ir.Type) (ir.Type, error) { return resized(args, o.Size, o.Mode) }

// Gradient: the adjoint of the adjoint is resize(d).
func (o ResizeGradient) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	size := ir.Type{Axes: spatialAxes(v.Args[0].Type)}.Shape()
	return []*ir.Value{b.Add(Resize{Size: size, Mode: o.Mode}, d)}
}

// Evaluate adds the weighted elements to their neighbours.
func (o ResizeGradient) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	dy := args[0]
	fill(out, 0)
	interpolate(out.Type, dy.Type, o.Mode, func(dyAt, at int, weight float64) {
		out.Data[at] += weight * dy.Data[dyAt]
	})
}

// Cost is a multiply-add for each neighbour, and nothing in mode nearest.
func (o ResizeGradient) Cost(_ ir.Type, args []ir.Type) ir.Cost {
	return interpolationCost(args[0], o.Mode)
}
