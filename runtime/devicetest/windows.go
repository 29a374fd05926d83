package devicetest

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// three returns a list of three equal sizes.
func three(n int) []int { return []int{n, n, n} }

// padded returns the convolution of stride 1 that keeps the size, for an odd kernel.
func padded(kernel int) op.Convolve {
	return op.Convolve{Stride: three(1), PadLow: three(kernel / 2), PadHigh: three(kernel / 2), Dilation: three(1), Groups: 1}
}

// windowCases returns cases of the contractions and windows; gradients bring the adjoint ops in.
func windowCases() []testCase {
	convolve := func(b *builder) []*ir.Value {
		x := b.feature(4, 5, 6, 7)
		outs := []*ir.Value{
			b.Add(padded(3), x, b.weight(6, 4, 3, 3, 3)),
			b.Add(padded(1), x, b.weight(3, 4, 1, 1, 1)),
			b.Add(op.Convolve{Stride: three(2), PadLow: three(0), PadHigh: three(0), Dilation: three(1), Groups: 1}, x, b.weight(5, 4, 2, 2, 2)),
			b.Add(op.Convolve{Stride: []int{1, 2, 3}, PadLow: []int{0, 1, 2}, PadHigh: []int{2, 1, 0}, Dilation: []int{2, 1, 1}, Groups: 2},
				x, b.weight(6, 2, 2, 3, 4)),
		}
		y := b.input(axes(ir.Batch, 2, ir.Channel, 3, ir.Y, 9, ir.X, 8))
		plane := op.Convolve{Stride: []int{1, 1}, PadLow: []int{1, 1}, PadHigh: []int{1, 1}, Dilation: []int{1, 1}, Groups: 3}
		w := b.parameter(axes(ir.Out, 3, ir.In, 1, ir.Y, 3, ir.X, 3))
		return append(outs, b.Add(plane, y, w))
	}
	up := func(b *builder) []*ir.Value {
		x := b.feature(4, 3, 4, 5)
		o := op.ConvolveInput{Stride: three(2), PadLow: three(0), PadHigh: three(0), Dilation: three(1), Groups: 1, Size: []int{6, 8, 10}}
		p := op.ConvolveInput{Stride: three(2), PadLow: three(1), PadHigh: three(1), Dilation: three(1), Groups: 2, Size: []int{5, 7, 9}}
		return []*ir.Value{b.Add(o, x, b.weight(4, 3, 2, 2, 2)), b.Add(p, x, b.weight(4, 3, 3, 3, 3))}
	}
	weight := func(b *builder) []*ir.Value {
		x, d := b.feature(4, 5, 6, 7), b.feature(6, 5, 6, 7)
		c := padded(3)
		return []*ir.Value{b.Add(op.ConvolveWeight{Stride: c.Stride, PadLow: c.PadLow, PadHigh: c.PadHigh, Dilation: c.Dilation, Groups: 1, Kernel: three(3)}, x, d)}
	}
	pool := op.MaxPool{Window: []int{2, 3, 2}, Stride: []int{2, 2, 1}, PadLow: []int{0, 1, 0}, PadHigh: []int{0, 1, 1}}
	return []testCase{
		{"convolve", convolve},
		{"convolve_input", up},
		{"convolve_weight", weight},
		{"max_pool", func(b *builder) []*ir.Value { return []*ir.Value{b.Add(pool, b.feature(3, 6, 7, 8))} }},
		{"max_pool_gradient", func(b *builder) []*ir.Value {
			x := b.feature(3, 6, 7, 8)
			y := b.Add(op.StopGradient{}, b.Add(pool, x))
			return []*ir.Value{b.Add(op.StopGradient{}, b.Add(op.MaxPoolGradient(pool), x, y))}
		}},
		{"resize", func(b *builder) []*ir.Value {
			x := b.feature(2, 3, 4, 5)
			return []*ir.Value{
				b.Add(op.Resize{Size: []int{6, 8, 10}, Mode: op.Linear}, x), b.Add(op.Resize{Size: []int{2, 3, 7}, Mode: op.Linear}, x),
				b.Add(op.Resize{Size: []int{6, 3, 10}, Mode: op.Nearest}, x),
			}
		}},
		{"resize_gradient", func(b *builder) []*ir.Value {
			return []*ir.Value{b.Add(op.ResizeGradient{Size: []int{3, 4, 5}, Mode: op.Linear}, b.feature(2, 6, 8, 10))}
		}},
	}
}
