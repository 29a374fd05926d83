package op

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// ConvolveWeight is the gradient of Convolve with respect to its weight. From the feature map x
// [batch, channel = in, z, y, x] and dy [batch, channel = out, z, y, x] it makes dw [out, in/groups, z, y, x] with the
// spatial sizes Kernel:
//
//	dw[tap] = sum over batch and position of dy[position] * x[position*stride + tap*dilation - padlow].
//
// The attributes are those of the convolution.
type ConvolveWeight struct {
	Stride, PadLow, PadHigh, Dilation []int
	Groups                            int
	Kernel                            []int
}

func (o ConvolveWeight) convolution() convolution {
	return convolution{o.Stride, o.PadLow, o.PadHigh, o.Dilation, o.Groups}
}

// Kind returns "convolve_weight".
func (ConvolveWeight) Kind() string { return "convolve_weight" }

// Infer returns the type of dw, and checks that x convolves with it to dy.
func (o ConvolveWeight) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 2); err != nil {
		return ir.Type{}, err
	}
	x, dy := args[0], args[1]
	space := spatialAxes(x)
	if err := sized("kernel", o.Kernel, space, 1); err != nil {
		return ir.Type{}, err
	}
	if !between(o.Groups, 1, max(1, x.Size(ir.Channel))) {
		return ir.Type{}, fmt.Errorf("axis channel: the feature map's %d do not divide into %d groups", x.Size(ir.Channel), o.Groups)
	}
	out := ir.Axis{Name: ir.Out, Size: dy.Size(ir.Channel)}
	in := ir.Axis{Name: ir.In, Size: x.Size(ir.Channel) / o.Groups}
	dw := withSpace(x.DType, out, in, axisNames(space), o.Kernel)
	if err := dw.Check(); err != nil {
		return dw, err
	}
	return dw, o.convolution().fits(x, dw, dy)
}

// Gradient: the op is linear in both arguments, so with g the gradient with respect to dw, the one of x is
// convolve_input(dy, g) and the one of dy is convolve(x, g).
func (o ConvolveWeight) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	x, dy := v.Args[0], v.Args[1]
	return []*ir.Value{
		b.Add(ConvolveInput{o.Stride, o.PadLow, o.PadHigh, o.Dilation, o.Groups, x.Type.Shape()[2:]}, dy, d),
		b.Add(Convolve{o.Stride, o.PadLow, o.PadHigh, o.Dilation, o.Groups}, x, d),
	}
}

// Evaluate sums the products.
func (o ConvolveWeight) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	x, w, y := args[0], out, args[1]
	fill(w, 0)
	o.convolution().products(x.Type, w.Type, y.Type, func(yAt, xAt, wAt, n, step int) {
		for j := range n {
			w.Data[wAt] += y.Data[yAt+j] * x.Data[xAt+j*step]
		}
	})
}

// Cost is a multiply-add for each tap at each position of dy, those that meet the padding included.
func (o ConvolveWeight) Cost(out ir.Type, args []ir.Type) ir.Cost {
	return o.convolution().cost(out, args[1])
}
