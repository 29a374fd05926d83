package op

import "github.com/vnlang/vn/compiler/ir"

// Resize samples x, [batch, channel, z, y, x] or with other axes in front, at the centres of a grid of other size over
// the same extent: the position o along an axis lies at (o + 1/2) old/new - 1/2. "linear" interpolates between the
// neighbours and repeats the edge beyond it; "nearest" takes the element whose voxel holds the point. These are
// PyTorch's align_corners=False and "nearest-exact".
type Resize struct {
	Size []int // of the result
	Mode string
}

// Kind returns "resize".
func (Resize) Kind() string { return "resize" }

// Infer returns the type of x with the spatial sizes Size.
func (o Resize) Infer(args []ir.Type) (ir.Type, error) { return resized(args, o.Size, o.Mode) }

// Gradient: dx = resize_gradient(d).
func (o Resize) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	size := ir.Type{Axes: spatialAxes(v.Args[0].Type)}.Shape()
	return []*ir.Value{b.Add(ResizeGradient{Size: size, Mode: o.Mode}, d)}
}

// Evaluate sums the weighted neighbours.
func (o Resize) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	x := args[0]
	fill(out, 0)
	interpolate(x.Type, out.Type, o.Mode, func(outAt, inAt int, weight float64) {
		out.Data[outAt] += weight * x.Data[inAt]
	})
}

// Cost is a multiply-add for each neighbour, and nothing in mode nearest.
func (o Resize) Cost(out ir.Type, _ []ir.Type) ir.Cost { return interpolationCost(out, o.Mode) }
