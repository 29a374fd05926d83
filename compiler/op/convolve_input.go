package op

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// ConvolveInput is the gradient of Convolve with respect to its feature map, which is the transposed convolution. From
// dy [batch, channel = out, z, y, x] and the weight [out, in/groups, z, y, x] it makes dx [batch, channel = in, z, y, x]
// with the spatial sizes Size: each element of dy spreads the weight over dx,
//
//	dx[position*stride + tap*dilation - padlow] += dy[position] * w[tap].
//
// Several sizes of dx convolve to one size of dy, so Size is given; the attributes are those of the convolution.
type ConvolveInput struct {
	Stride, PadLow, PadHigh, Dilation []int
	Groups                            int
	Size                              []int
}

func (o ConvolveInput) convolution() convolution {
	return convolution{o.Stride, o.PadLow, o.PadHigh, o.Dilation, o.Groups}
}

// Kind returns "convolve_input".
func (ConvolveInput) Kind() string { return "convolve_input" }

// Infer returns the type of dx, and checks that it convolves to dy.
func (o ConvolveInput) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 2); err != nil {
		return ir.Type{}, err
	}
	dy, w := args[0], args[1]
	space := spatialAxes(dy)
	if err := o.convolution().checkAxes(dy, w, space); err != nil {
		return ir.Type{}, err
	}
	if err := sized("size", o.Size, space, 1); err != nil {
		return ir.Type{}, err
	}
	if !between(o.Groups, 1, maxExtent) {
		return ir.Type{}, fmt.Errorf("groups is %d", o.Groups)
	}
	channel := ir.Axis{Name: ir.Channel, Size: w.Axes[1].Size * o.Groups}
	dx := withSpace(dy.DType, dy.Axes[0], channel, axisNames(space), o.Size)
	if err := dx.Check(); err != nil {
		return dx, err
	}
	return dx, o.convolution().fits(dx, w, dy)
}

// Gradient: the op is linear in both arguments, so with g the gradient with respect to dx, the one of dy is
// convolve(g, w) and the one of the weight is convolve_weight(g, dy).
func (o ConvolveInput) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	dy, w := v.Args[0], v.Args[1]
	return []*ir.Value{
		b.Add(Convolve{o.Stride, o.PadLow, o.PadHigh, o.Dilation, o.Groups}, d, w),
		b.Add(ConvolveWeight{o.Stride, o.PadLow, o.PadHigh, o.Dilation, o.Groups, w.Type.Shape()[2:]}, d, dy),
	}
}

// Evaluate spreads the products.
func (o ConvolveInput) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	x, w, y := out, args[1], args[0]
	fill(x, 0)
	o.convolution().products(x.Type, w.Type, y.Type, func(yAt, xAt, wAt, n, step int) {
		for j := range n {
			x.Data[xAt+j*step] += y.Data[yAt+j] * w.Data[wAt]
		}
	})
}

// Cost is a multiply-add for each tap at each position of dy, those that fall outside dx included.
func (o ConvolveInput) Cost(_ ir.Type, args []ir.Type) ir.Cost {
	return o.convolution().cost(args[1], args[0])
}
