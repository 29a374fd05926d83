package devicetest

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// shapeCases returns graphs with axes of every number and size, and indices read in every way.
func shapeCases() []testCase {
	plane := func(n int) []int { return []int{n, n} }
	return []testCase{
		{"one axis of space", func(b *builder) []*ir.Value {
			x := b.input(axes(ir.Batch, 2, ir.Channel, 3, ir.X, 41))
			w := b.parameter(axes(ir.Out, 4, ir.In, 3, ir.X, 5))
			o := op.Convolve{Stride: []int{2}, PadLow: []int{1}, PadHigh: []int{3}, Dilation: []int{2}, Groups: 1}
			y := prelu(b, b.Add(o, x, w))
			up := op.ConvolveInput{Stride: []int{2}, PadLow: []int{0}, PadHigh: []int{0}, Dilation: []int{1}, Groups: 1, Size: []int{2 * y.Type.Size(ir.X)}}
			z := b.Add(up, y, b.parameter(axes(ir.Out, 4, ir.In, 2, ir.X, 2)))
			return []*ir.Value{
				z, b.Add(op.MaxPool{Window: []int{3}, Stride: []int{2}, PadLow: []int{1}, PadHigh: []int{1}}, y),
				b.Add(op.Resize{Size: []int{33}, Mode: op.Linear}, z),
			}
		}},
		{"two axes of space", func(b *builder) []*ir.Value {
			x := b.input(axes(ir.Batch, 2, ir.Channel, 4, ir.Y, 9, ir.X, 10))
			o := op.Convolve{Stride: plane(1), PadLow: plane(2), PadHigh: plane(2), Dilation: plane(2), Groups: 2}
			y := prelu(b, b.Add(o, x, b.parameter(axes(ir.Out, 6, ir.In, 2, ir.Y, 3, ir.X, 3))))
			pool := op.MaxPool{Window: plane(2), Stride: plane(2), PadLow: plane(0), PadHigh: plane(0)}
			z := b.Add(op.Resize{Size: []int{9, 10}, Mode: op.Nearest}, b.Add(pool, y))
			return []*ir.Value{b.Add(op.Concat{Axis: ir.Channel}, z, y)}
		}},
		{"space alone", func(b *builder) []*ir.Value {
			x := b.input(axes(ir.Z, 4, ir.Y, 5, ir.X, 6))
			pool := op.MaxPool{Window: three(2), Stride: three(2), PadLow: three(0), PadHigh: three(1)}
			return []*ir.Value{b.Add(pool, x), b.Add(op.Resize{Size: three(7), Mode: op.Linear}, x), b.Add(op.ArgMax{Axis: ir.Y}, x)}
		}},
		{"space in front", func(b *builder) []*ir.Value {
			x := b.input(axes(ir.Batch, 2, ir.Y, 3, ir.Channel, 4, ir.X, 9))
			pool := op.MaxPool{Window: []int{3}, Stride: []int{2}, PadLow: []int{0}, PadHigh: []int{1}}
			c := b.Add(op.Concat{Axis: ir.Channel}, b.Add(op.Exp{}, x), b.Add(op.Neg{}, x))
			return []*ir.Value{b.Add(pool, x), b.Add(pool, c), b.Add(op.ArgMax{Axis: ir.Channel}, c)}
		}},
		{"nothing but ones", func(b *builder) []*ir.Value {
			x := b.feature(1, 1, 1, 1)
			y := prelu(b, conv(b, x, 2, 3))
			c := b.Add(op.Concat{Axis: ir.Channel}, y, y)
			p := b.Add(op.Pad{Axis: ir.Z, Low: 1}, b.Add(op.Exp{}, b.scale(c, 0.1)))
			return []*ir.Value{softmax(b, c), normalised(b, p, []string{ir.Z, ir.Y, ir.X}, 2), b.sum(p, ir.Y), b.Add(op.ArgMax{Axis: ir.X}, x)}
		}},
		{"scalars", func(b *builder) []*ir.Value {
			s, p := b.input(nil), b.parameter(nil)
			t := b.Add(op.Mul{}, b.Add(op.Exp{}, s), p)
			line := b.Add(op.Broadcast{Axes: axes(ir.X, 3)}, t)
			one := b.Add(op.Reshape{Axes: axes(ir.Channel, 1, ir.X, 1)}, t)
			r := b.Add(op.Random{Stream: 1, Distribution: op.Normal})
			return []*ir.Value{t, line, one, b.Add(op.Pad{Axis: ir.X, Low: 2}, one), b.Add(op.Add{}, r, t), b.Add(op.ArgMax{Axis: ir.X}, line)}
		}},
		{"more padding than data", func(b *builder) []*ir.Value {
			x := b.Add(op.Exp{}, b.feature(2, 2, 3, 4))
			p := x
			for _, axis := range []string{ir.X, ir.Channel, ir.Y, ir.Z} {
				p = b.Add(op.Pad{Axis: axis, Low: 7, High: 3}, p)
			}
			wide := b.Add(op.Pad{Axis: ir.X, Low: 1500, High: 700}, b.input(axes(ir.Channel, 3, ir.X, 600)))
			nothing := b.Add(op.Slice{Axis: ir.X, Start: 0, Stop: 5}, p)
			return []*ir.Value{
				b.sum(p, ir.Channel, ir.X), b.Add(op.Slice{Axis: ir.Y, Start: 6, Stop: 9}, p), b.Add(op.Exp{}, nothing),
				b.Add(op.Add{}, wide, b.over(b.parameter(axes(ir.Channel, 3)), wide)), b.Add(op.ReduceMin{Axes: []string{ir.Channel}}, wide),
				b.Add(op.Pad{Axis: ir.X, Low: 2}, nothing), conv(b, p, 1, 3),
			}
		}},
		{"padding of what is broadcast", func(b *builder) []*ir.Value {
			one := b.parameter(axes(ir.Channel, 3, ir.Z, 1, ir.Y, 2, ir.X, 1))
			p := b.Add(op.Pad{Axis: ir.Z, Low: 1, High: 2}, one)
			wide := b.Add(op.Broadcast{Axes: axes(ir.Batch, 2, ir.Channel, 3, ir.Z, 4, ir.Y, 2, ir.X, 5)}, p)
			q := b.Add(op.Pad{Axis: ir.X, Low: 1, High: 1}, wide)
			slim := b.Add(op.Slice{Axis: ir.Z, Start: 0, Stop: 1}, p) // one element, and it is padding
			return []*ir.Value{
				b.Add(op.Exp{}, q), b.Add(op.Broadcast{Axes: axes(ir.Channel, 3, ir.Z, 4, ir.Y, 2, ir.X, 2)}, slim),
				b.Add(op.Reshape{Axes: axes(ir.Channel, 3, ir.Y, 2)}, slim), b.Add(op.Slice{Axis: ir.X, Start: 0, Stop: 1}, q),
			}
		}},
		{"a chain of views", func(b *builder) []*ir.Value {
			x := b.feature(3, 4, 5, 6)
			v := b.Add(op.Transpose{Order: []int{0, 2, 1, 4, 3}}, b.Add(op.Slice{Axis: ir.Z, Start: 1, Stop: 3}, x))
			v = b.Add(op.Pad{Axis: ir.Channel, Low: 1, High: 1}, v)
			v = b.Add(op.Slice{Axis: ir.Y, Start: 2, Stop: 5}, v)
			flat := b.Add(op.Reshape{Axes: axes(ir.Batch, 2, ir.Channel, 180)}, v)
			back := b.Add(op.Reshape{Axes: axes(ir.Batch, 2, ir.Channel, 5, ir.Z, 1, ir.X, 36)}, flat)
			return []*ir.Value{b.Add(op.Mul{}, v, v), b.Add(op.Exp{}, b.scale(flat, 0.5)), b.sum(back, ir.Channel), b.Add(op.Transpose{Order: []int{3, 2, 1, 0}}, back)}
		}},
		{"attention", func(b *builder) []*ir.Value {
			x := conv(b, b.feature(4, 2, 3, 4), 4, 1)
			q := b.Add(op.Reshape{Axes: axes(ir.Batch, 2, "head", 2, "inner", 2, "row", 24)}, x)
			k := b.Add(op.Reshape{Axes: axes(ir.Batch, 2, "head", 2, "inner", 2, "column", 24)}, b.Add(op.Neg{}, x))
			score := b.Add(op.MatMul{}, b.Add(op.Transpose{Order: []int{0, 1, 3, 2}}, q), k)
			top := b.over(b.Add(op.StopGradient{}, b.Add(op.ReduceMax{Axes: []string{"column"}}, score)), score)
			e := b.Add(op.Exp{}, b.Add(op.Sub{}, score, top))
			share := b.Add(op.Div{}, e, b.over(b.sum(e, "column"), e))
			y := b.Add(op.MatMul{}, share, b.Add(op.Transpose{Order: []int{0, 1, 3, 2}}, k))
			return []*ir.Value{b.Add(op.Reshape{Axes: x.Type.Axes}, b.Add(op.Transpose{Order: []int{0, 1, 3, 2}}, y)), score}
		}},
		{"sums within sums", func(b *builder) []*ir.Value {
			x := b.feature(3, 4, 5, 70)
			rows := b.sum(b.Add(op.Mul{}, x, x), ir.X)
			least := b.Add(op.ReduceMin{Axes: []string{ir.Y}}, rows)
			return []*ir.Value{
				rows, least, b.sum(rows, ir.Batch, ir.Z), b.Add(op.ReduceMax{Axes: []string{ir.Batch, ir.Channel}}, least),
				b.sum(x, ir.Z), b.sum(x, ir.Batch, ir.X), b.sum(x, ir.Channel, ir.X), b.sum(x, ir.Z, ir.X),
			}
		}},
		{"long rows", func(b *builder) []*ir.Value {
			x := b.input(axes(ir.Batch, 2, ir.Channel, 2, ir.X, 70001))
			y := b.Add(op.Exp{}, b.scale(x, 0.1))
			return []*ir.Value{b.sum(y, ir.X), b.sum(y, ir.Batch, ir.Channel), b.Add(op.ReduceMax{Axes: []string{ir.Batch, ir.Channel, ir.X}}, y)}
		}},
		{"strides of every kind", func(b *builder) []*ir.Value {
			x := b.feature(4, 7, 9, 11)
			apart := op.Convolve{Stride: []int{3, 2, 4}, PadLow: []int{0, 3, 1}, PadHigh: []int{1, 0, 2}, Dilation: []int{1, 3, 2}, Groups: 4}
			up := op.ConvolveInput{Stride: []int{1, 3, 2}, PadLow: []int{1, 0, 2}, PadHigh: []int{0, 1, 0}, Dilation: []int{2, 1, 1}, Groups: 2, Size: []int{8, 27, 22}}
			y := b.Add(apart, x, b.weight(8, 1, 2, 2, 3))
			z := b.Add(up, x, b.weight(4, 3, 2, 3, 3))
			return []*ir.Value{prelu(b, y), prelu(b, z)}
		}},
	}
}
