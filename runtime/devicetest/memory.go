package devicetest

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// memoryCases returns graphs in which memory is used again, or a value has to be in two places at once.
func memoryCases() []testCase {
	return append(updateCases(), placeCases()...)
}

// updateCases returns graphs with states whose old values are used in every way while the new ones are written.
func updateCases() []testCase {
	six := axes(ir.Channel, 6)
	return []testCase{
		{"two states change places", func(b *builder) []*ir.Value {
			s, u := b.state(six), b.state(six)
			b.update(s, u)
			b.update(u, s)
			return []*ir.Value{b.Add(op.Add{}, s, u)}
		}},
		{"three states go round", func(b *builder) []*ir.Value {
			s, u, w := b.state(six), b.state(six), b.state(six)
			b.update(s, b.scale(u, 0.5))
			b.update(u, b.Add(op.Sub{}, w, s))
			b.update(w, s)
			return []*ir.Value{b.Add(op.Mul{}, s, w)}
		}},
		{"two states take the same value", func(b *builder) []*ir.Value {
			s, u := b.state(six), b.state(six)
			next := b.Add(op.Add{}, s, b.scale(u, 0.5))
			b.update(s, next)
			b.update(u, next)
			return []*ir.Value{next, next}
		}},
		{"states that nothing reads", func(b *builder) []*ir.Value {
			x, r := b.input(six), b.Add(op.Random{Stream: 3, Axes: six, Distribution: op.Uniform})
			b.update(b.state(six), x)
			b.update(b.state(six), r)
			b.update(b.state(six), b.constant(2.5, six...))
			b.update(b.state(nil), b.constant(1.5))
			return []*ir.Value{b.Add(op.Mul{}, x, r)}
		}},
		{"the step and a count", func(b *builder) []*ir.Value {
			step, count := b.Add(op.Input{Name: "step"}), b.state(nil)
			next := b.Add(op.Add{}, count, b.constant(1))
			b.update(count, next)
			return []*ir.Value{b.Add(op.Mul{}, step, next), b.Add(op.Sub{}, next, count)}
		}},
		{"a state shifts, a state turns", func(b *builder) []*ir.Value {
			s := b.state(axes(ir.X, 700))
			b.update(s, b.Add(op.Pad{Axis: ir.X, Low: 1}, b.Add(op.Slice{Axis: ir.X, Start: 0, Stop: 699}, s)))
			u := b.state(axes(ir.Y, 5, ir.X, 5))
			turned := b.Add(op.Reshape{Axes: u.Type.Axes}, b.Add(op.Transpose{Order: []int{1, 0}}, u))
			b.update(u, b.Add(op.Neg{}, turned))
			w := b.state(axes(ir.X, 700))
			whole := b.sum(w, ir.X)
			b.update(w, b.Add(op.Sub{}, w, b.scale(b.over(whole, w), 0.01)))
			return []*ir.Value{b.sum(u, ir.X), whole}
		}},
		{"a contraction reads what is updated", func(b *builder) []*ir.Value {
			x := b.feature(2, 3, 4, 5)
			s := b.state(x.Type.Axes)
			next := b.Add(op.Add{}, b.scale(s, 0.5), b.Add(op.StopGradient{}, x))
			b.update(s, next)
			early := conv(b, s, 2, 3)
			late := conv(b, b.Add(op.Add{}, next, early), 2, 3)
			return []*ir.Value{late, b.Add(op.Mul{}, late, s)}
		}},
		{"momentum with a common norm", func(b *builder) []*ir.Value {
			x := b.feature(2, 3, 4, 5)
			y := conv(b, x, 3, 3)
			d := b.Add(op.StopGradient{}, prelu(b, y))
			c := padded(3)
			o := op.ConvolveWeight{Stride: c.Stride, PadLow: c.PadLow, PadHigh: c.PadHigh, Dilation: c.Dilation, Groups: 1, Kernel: three(3)}
			g := b.Add(op.StopGradient{}, b.Add(o, x, d))
			h := b.Add(op.StopGradient{}, b.sum(d, ir.Batch, ir.Z, ir.Y, ir.X))
			norm := b.Add(op.Sqrt{}, b.Add(op.Add{}, b.sum(b.Add(op.Mul{}, g, g), names(g.Type)...), b.sum(b.Add(op.Mul{}, h, h), ir.Channel)))
			for _, v := range []*ir.Value{g, h} {
				m, w := b.state(v.Type.Axes), b.state(v.Type.Axes)
				next := b.Add(op.Add{}, b.scale(m, 0.9), b.Add(op.Div{}, v, b.over(norm, v)))
				b.update(m, next)
				b.update(w, b.Add(op.Sub{}, w, b.scale(next, 0.1)))
			}
			return []*ir.Value{y, norm}
		}},
	}
}

// placeCases returns graphs in which outputs, parts of concatenations and constants have to lie in several places.
func placeCases() []testCase {
	return []testCase{
		{"outputs of every kind", func(b *builder) []*ir.Value {
			x := b.feature(3, 2, 3, 4)
			r := b.Add(op.Random{Stream: 3, Axes: x.Type.Axes, Distribution: op.Normal})
			part := b.Add(op.Slice{Axis: ir.Channel, Start: 1, Stop: 2}, x)
			total := b.sum(x, ir.Z, ir.Y, ir.X)
			return []*ir.Value{x, x, r, r, part, total, total, b.over(total, x), b.parameter(axes(ir.In, 4)), b.constant(3)}
		}},
		{"an output that is a part, an update and an argument", func(b *builder) []*ir.Value {
			x := prelu(b, conv(b, b.feature(2, 2, 3, 4), 2, 3))
			b.update(b.state(x.Type.Axes), b.Add(op.StopGradient{}, x))
			c := b.Add(op.Concat{Axis: ir.Channel}, x, x)
			return []*ir.Value{x, c, conv(b, c, 1, 1), conv(b, x, 2, 3)}
		}},
		{"parts of every kind", func(b *builder) []*ir.Value {
			x := b.feature(2, 2, 3, 4)
			r := b.Add(op.Random{Stream: 3, Axes: x.Type.Axes, Distribution: op.Normal})
			total := b.over(b.sum(x, ir.Z, ir.Y, ir.X), x)
			one := b.constant(1, x.Type.Axes...)
			p := b.over(b.parameter(axes(ir.Channel, 2)), x)
			c := b.Add(op.Concat{Axis: ir.Channel}, x, r, total, one, p, b.Add(op.Exp{}, x))
			return []*ir.Value{conv(b, c, 2, 3), b.Add(op.Concat{Axis: ir.Z}, c, c), b.Add(op.Concat{Axis: ir.X}, c)}
		}},
		{"small parts", func(b *builder) []*ir.Value {
			x := b.feature(3, 2, 3, 4)
			mean, top := b.sum(x, ir.Z, ir.Y, ir.X), b.Add(op.ReduceMax{Axes: []string{ir.Z, ir.Y, ir.X}}, x)
			c := b.Add(op.Concat{Axis: ir.Channel}, mean, top, b.scale(mean, 2))
			return []*ir.Value{c, b.Add(op.Exp{}, b.scale(c, 0.1)), b.sum(c, ir.Channel)}
		}},
		{"a part of one and of another", func(b *builder) []*ir.Value {
			x, y := b.Add(op.Exp{}, b.feature(2, 2, 3, 4)), b.Add(op.Neg{}, b.feature(1, 2, 3, 4))
			c := b.Add(op.Concat{Axis: ir.Channel}, x, y)
			d := b.Add(op.Concat{Axis: ir.Channel}, y, c, x)
			flat := b.Add(op.Reshape{Axes: axes(ir.Batch, 2, ir.Channel, 48)}, x)
			return []*ir.Value{d, conv(b, c, 2, 3), flat, b.Add(op.Concat{Axis: ir.Channel}, flat, flat)}
		}},
		{"a part is read before its neighbour is there", func(b *builder) []*ir.Value {
			left := prelu(b, conv(b, b.feature(2, 4, 4, 4), 3, 3))
			down := conv(b, left, 2, 3)
			top := b.Add(op.ReduceMax{Axes: []string{ir.Channel}}, left)
			right := b.Add(op.Mul{}, down, b.over(top, down))
			both := b.Add(op.Concat{Axis: ir.Channel}, left, right)
			again := b.Add(op.Slice{Axis: ir.Channel, Start: 2, Stop: 4}, both)
			return []*ir.Value{conv(b, b.Add(op.Add{}, again, right), 2, 3), both}
		}},
		{"matrices of parts", func(b *builder) []*ir.Value {
			x := b.Add(op.Exp{}, b.input(axes(ir.Batch, 2, ir.Channel, 3, "k", 4)))
			c := b.Add(op.Concat{Axis: ir.Channel}, x, b.Add(op.Neg{}, x))
			w := b.parameter(axes(ir.Batch, 2, "k", 4, "n", 5))
			return []*ir.Value{c, b.Add(op.MatMul{}, x, w), b.Add(op.MatMul{}, c, w)}
		}},
		{"constants in memory and not", func(b *builder) []*ir.Value {
			x := b.feature(3, 2, 3, 4)
			c := b.constant(0.5, axes(ir.Channel, 3)...)
			wide := b.Add(op.Pad{Axis: ir.Channel, Low: 1, High: 2}, c)
			w := b.constant(0.25, axes(ir.Out, 2, ir.In, 3, ir.Z, 1, ir.Y, 1, ir.X, 1)...)
			y := b.Add(padded(1), x, w)
			return []*ir.Value{wide, b.Add(op.Mul{}, x, b.over(c, x)), b.Add(op.Add{}, c, b.parameter(axes(ir.Channel, 3))),
				y, b.sum(w, ir.In), b.Add(op.Mul{}, b.Add(op.Slice{Axis: ir.Out, Start: 0, Stop: 1}, w), b.parameter(axes(ir.Out, 1, ir.In, 3, ir.Z, 1, ir.Y, 1, ir.X, 1)))}
		}},
		{"weights shared and made", func(b *builder) []*ir.Value {
			x := b.feature(2, 3, 4, 5)
			w := b.weight(2, 2, 3, 3, 3)
			y := b.Add(padded(3), b.Add(padded(3), x, w), w)
			length := b.Add(op.Sqrt{}, b.sum(b.Add(op.Mul{}, w, w), ir.In, ir.Z, ir.Y, ir.X))
			z := b.Add(padded(3), y, b.Add(op.Div{}, w, b.over(length, w)))
			return []*ir.Value{z, length}
		}},
		{"one random mask for all", func(b *builder) []*ir.Value {
			x := b.feature(3, 2, 3, 4)
			r := b.Add(op.Random{Stream: 5, Axes: x.Type.Axes, Distribution: op.Uniform})
			m := b.Add(op.Lt{}, r, op.Filled(b.Builder, r.Type, 0.5))
			y := b.Add(op.Mul{}, conv(b, b.Add(op.Mul{}, x, m), 3, 3), m)
			shifted := b.Add(op.Pad{Axis: ir.X, Low: 1}, b.Add(op.Slice{Axis: ir.X, Start: 0, Stop: 3}, m))
			return []*ir.Value{b.Add(op.Mul{}, y, shifted), r, b.sum(r, ir.Channel)}
		}},
	}
}
