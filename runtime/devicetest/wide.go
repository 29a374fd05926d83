package devicetest

import (
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// wideCases returns graphs with so many channels that a backend may lay them side by side, in blocks of 16 or 32, and
// those in which such blocks meet feature maps that have none.
func wideCases() []testCase {
	return []testCase{
		{"wide stage", func(b *builder) []*ir.Value {
			x := b.feature(1, 5, 6, 9)
			h := prelu(b, conv(b, x, 16, 5))
			h = prelu(b, b.Add(op.Add{}, conv(b, h, 16, 5), b.over(x, h)))
			return []*ir.Value{prelu(b, conv(b, h, 32, 3))}
		}},
		{"wide forward", func(b *builder) []*ir.Value {
			left := prelu(b, conv(b, b.feature(16, 4, 5, 6), 16, 3))
			right := prelu(b, conv(b, left, 32, 3))
			both := b.Add(op.Concat{Axis: ir.Channel}, right, left)
			return []*ir.Value{b.Add(op.Add{}, conv(b, both, 48, 3), both)}
		}},
		{"wide parts that are no blocks", func(b *builder) []*ir.Value {
			x := conv(b, b.feature(16, 3, 4, 6), 8, 3)
			both := b.Add(op.Concat{Axis: ir.Channel}, x, prelu(b, conv(b, x, 24, 3)))
			return []*ir.Value{prelu(b, conv(b, both, 16, 3))}
		}},
		{"wide down and up", func(b *builder) []*ir.Value {
			x := conv(b, b.feature(1, 4, 6, 8), 16, 3)
			two := []int{2, 2, 2}
			none, one := []int{0, 0, 0}, []int{1, 1, 1}
			down := b.Add(op.Convolve{Stride: two, PadLow: none, PadHigh: none, Dilation: one, Groups: 1}, x, b.weight(32, 16, 2, 2, 2))
			down = prelu(b, down)
			up := b.Add(op.ConvolveInput{Stride: two, PadLow: none, PadHigh: none, Dilation: one, Groups: 1, Size: []int{4, 6, 8}}, down, b.weight(32, 16, 2, 2, 2))
			return []*ir.Value{softmax(b, conv(b, b.Add(op.Add{}, prelu(b, up), x), 2, 1))}
		}},
		{"wide norm", func(b *builder) []*ir.Value {
			x := normalised(b, conv(b, b.feature(16, 3, 4, 8), 32, 3), []string{ir.Z, ir.Y, ir.X}, 96)
			y := normalised(b, conv(b, x, 16, 3), []string{ir.Batch, ir.Z, ir.Y, ir.X}, 192)
			return []*ir.Value{y, b.sum(x, ir.Batch), b.sum(y, ir.Channel), b.Add(op.ReduceMax{Axes: []string{ir.Z, ir.Y, ir.X}}, x)}
		}},
		{"wide dropout", func(b *builder) []*ir.Value {
			x := conv(b, b.feature(16, 3, 4, 8), 16, 3)
			r := b.Add(op.Random{Stream: 5, Axes: x.Type.Axes, Distribution: op.Uniform})
			half := b.over(b.Add(op.Constant{Value: 0.5}), x)
			return []*ir.Value{conv(b, b.Add(op.Mul{}, x, b.Add(op.Lt{}, r, half)), 16, 3)}
		}},
		{"wide pool and resize", func(b *builder) []*ir.Value {
			x := prelu(b, conv(b, b.feature(16, 4, 4, 6), 16, 3))
			two := []int{2, 2, 2}
			y := b.Add(op.MaxPool{Window: two, Stride: two, PadLow: []int{0, 0, 0}, PadHigh: []int{0, 0, 0}}, x)
			z := b.Add(op.Resize{Size: []int{4, 4, 6}, Mode: op.Linear}, conv(b, y, 32, 3))
			return []*ir.Value{conv(b, z, 16, 3)}
		}},
		{"wide from single channels", func(b *builder) []*ir.Value {
			x := b.feature(1, 3, 4, 24)
			var parts []*ir.Value
			for range 16 {
				parts = append(parts, b.Add(padded(3), x, b.weight(1, 1, 3, 3, 3)))
			}
			return []*ir.Value{conv(b, b.Add(op.Concat{Axis: ir.Channel}, parts...), 16, 3)}
		}},
		{"wide sums beside another axis", func(b *builder) []*ir.Value {
			x := conv(b, b.feature(16, 2, 3, 4), 16, 3)
			k := b.parameter(axes("k", 3))
			behind := b.Add(op.Broadcast{Axes: append(slices.Clone(x.Type.Axes), ir.Axis{Name: "k", Size: 3})}, x)
			product := b.Add(op.Mul{}, behind, b.over(k, behind))
			return []*ir.Value{b.sum(product, ir.Z, ir.Y, ir.X), b.sum(product, ir.Batch, ir.Z, ir.Y, ir.X), conv(b, x, 16, 3)}
		}},
		{"wide pieces", func(b *builder) []*ir.Value {
			x := conv(b, b.feature(16, 4, 5, 6), 32, 3)
			first := b.Add(op.Slice{Axis: ir.Channel, Start: 16, Stop: 32}, x)
			odd := b.Add(op.Slice{Axis: ir.Channel, Start: 3, Stop: 19}, x)
			one := b.Add(op.Slice{Axis: ir.Channel, Start: 21, Stop: 22}, x)
			middle := b.Add(op.Slice{Axis: ir.Y, Start: 1, Stop: 4}, b.scale(first, 2))
			around := b.Add(op.Pad{Axis: ir.X, Low: 1, High: 2}, b.scale(first, 3))
			return []*ir.Value{b.scale(first, 2), b.scale(odd, 2), b.scale(one, 2), conv(b, b.scale(middle, 0.5), 16, 3), conv(b, around, 16, 3)}
		}},
	}
}
