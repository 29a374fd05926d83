package devicetest

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// roundedCases returns graphs that are linear in each of their arguments. Behind a kink or a division, rounding in a short
// type moves whole elements of a gradient; here it stays rounding, and what a tensor is off by says how a backend
// multiplies and stores.
func roundedCases() []testCase {
	none, one, two := three(0), three(1), three(2)
	bias := func(b *builder, x *ir.Value) *ir.Value {
		return b.Add(op.Add{}, x, b.over(b.parameter(axes(ir.Channel, x.Type.Axes[1].Size)), x))
	}
	down := op.Convolve{Stride: two, PadLow: none, PadHigh: none, Dilation: one, Groups: 1}
	up := func(z, y, x int) op.ConvolveInput {
		return op.ConvolveInput{Stride: two, PadLow: none, PadHigh: none, Dilation: one, Groups: 1, Size: []int{z, y, x}}
	}
	return []testCase{
		{"stage", func(b *builder) []*ir.Value {
			x := b.feature(1, 6, 9, 20)
			h := bias(b, conv(b, x, 16, 5))
			return []*ir.Value{b.Add(op.Add{}, bias(b, conv(b, h, 16, 5)), b.over(x, h))}
		}},
		{"more channels", func(b *builder) []*ir.Value {
			return []*ir.Value{conv(b, bias(b, conv(b, b.feature(16, 4, 5, 18), 64, 3)), 32, 3)}
		}},
		{"many channels, few voxels", func(b *builder) []*ir.Value {
			return []*ir.Value{conv(b, bias(b, conv(b, b.feature(32, 2, 3, 4), 128, 3)), 128, 3)}
		}},
		{"channels that fill no fragment", func(b *builder) []*ir.Value {
			return []*ir.Value{conv(b, bias(b, conv(b, b.feature(16, 3, 4, 7), 24, 3)), 40, 3)}
		}},
		{"down and up", func(b *builder) []*ir.Value {
			x := bias(b, conv(b, b.feature(1, 4, 6, 20), 16, 3))
			h := bias(b, b.Add(down, x, b.weight(32, 16, 2, 2, 2)))
			return []*ir.Value{b.Add(op.Add{}, b.Add(up(4, 6, 20), h, b.weight(32, 16, 2, 2, 2)), x)}
		}},
		{"forward", func(b *builder) []*ir.Value {
			left := conv(b, b.feature(16, 4, 5, 6), 16, 3)
			right := bias(b, conv(b, left, 32, 3))
			both := b.Add(op.Concat{Axis: ir.Channel}, right, left)
			return []*ir.Value{b.Add(op.Add{}, conv(b, both, 48, 5), both)}
		}},
		{"a class or two", func(b *builder) []*ir.Value {
			x := conv(b, b.feature(16, 3, 5, 21), 32, 3)
			return []*ir.Value{bias(b, conv(b, x, 2, 1)), b.sum(conv(b, x, 16, 1), ir.Channel)}
		}},
		{"a plane and a line", func(b *builder) []*ir.Value {
			flat := op.Convolve{Stride: []int{1, 1}, PadLow: []int{2, 2}, PadHigh: []int{2, 2}, Dilation: []int{1, 1}, Groups: 1}
			x := b.input(axes(ir.Batch, 2, ir.Channel, 16, ir.Y, 13, ir.X, 19))
			y := b.Add(flat, x, b.parameter(axes(ir.Out, 16, ir.In, 16, ir.Y, 5, ir.X, 5)))
			y = b.Add(flat, y, b.parameter(axes(ir.Out, 16, ir.In, 16, ir.Y, 5, ir.X, 5)))
			long := op.Convolve{Stride: []int{1}, PadLow: []int{1}, PadHigh: []int{1}, Dilation: []int{1}, Groups: 1}
			u := b.input(axes(ir.Batch, 2, ir.Channel, 16, ir.X, 70))
			v := b.Add(long, u, b.parameter(axes(ir.Out, 32, ir.In, 16, ir.X, 3)))
			v = b.Add(long, v, b.parameter(axes(ir.Out, 16, ir.In, 32, ir.X, 3)))
			return []*ir.Value{y, v}
		}},
		{"strides and dilations", func(b *builder) []*ir.Value {
			x := conv(b, b.feature(16, 6, 7, 22), 16, 3)
			apart := op.Convolve{Stride: []int{1, 2, 3}, PadLow: []int{0, 1, 2}, PadHigh: []int{2, 1, 0}, Dilation: []int{2, 1, 1}, Groups: 1}
			y := bias(b, b.Add(apart, x, b.weight(32, 16, 2, 3, 4)))
			back := op.ConvolveInput{Stride: []int{2, 1, 3}, PadLow: []int{1, 0, 1}, PadHigh: []int{0, 1, 1}, Dilation: one, Groups: 1, Size: []int{11, 7, 64}}
			return []*ir.Value{y, bias(b, b.Add(back, x, b.weight(16, 32, 2, 2, 3)))}
		}},
	}
}
