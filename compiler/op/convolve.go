package op

import "github.com/vnlang/vn/compiler/ir"

// Convolve slides a weight [out, in/groups, z, y, x] over a feature map [batch, channel, z, y, x]; the result is
// [batch, channel = out, z, y, x]. It is a cross-correlation, as everywhere in the field: the weight is not flipped.
// The feature map is padded with zeros. With groups, the channels and the outputs fall into as many equal parts, and
// each part of the outputs sees its own part of the channels.
type Convolve struct {
	Stride, PadLow, PadHigh, Dilation []int
	Groups                            int
}

func (o Convolve) convolution() convolution {
	return convolution{o.Stride, o.PadLow, o.PadHigh, o.Dilation, o.Groups}
}

// Kind returns "convolve".
func (Convolve) Kind() string { return "convolve" }

// Infer returns [batch, channel, z, y, x] from a feature map and a weight. Along a spatial axis the size is
// (size + padlow + padhigh - dilation*(kernel-1) - 1)/stride + 1, rounded down.
func (o Convolve) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 2); err != nil {
		return ir.Type{}, err
	}
	return o.convolution().result(args[0], args[1])
}

// Gradient: dx = convolve_input(d, w), dw = convolve_weight(x, d).
func (o Convolve) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	x, w := v.Args[0], v.Args[1]
	return []*ir.Value{
		b.Add(ConvolveInput{o.Stride, o.PadLow, o.PadHigh, o.Dilation, o.Groups, x.Type.Shape()[2:]}, d, w),
		b.Add(ConvolveWeight{o.Stride, o.PadLow, o.PadHigh, o.Dilation, o.Groups, w.Type.Shape()[2:]}, x, d),
	}
}

// Evaluate sums the products.
func (o Convolve) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	x, w, y := args[0], args[1], out
	fill(y, 0)
	o.convolution().products(x.Type, w.Type, y.Type, func(yAt, xAt, wAt, n, step int) {
		for j := range n {
			y.Data[yAt+j] += x.Data[xAt+j*step] * w.Data[wAt]
		}
	})
}

// Cost is a multiply-add for each tap at each position of the result, those that meet the padding included.
func (o Convolve) Cost(out ir.Type, args []ir.Type) ir.Cost {
	return o.convolution().cost(args[1], out)
}
