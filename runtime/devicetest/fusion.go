package devicetest

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// fusionCases returns graphs whose parts ride on each other in the ways that networks bring about.
func fusionCases() []testCase {
	return []testCase{
		{"residual stage", func(b *builder) []*ir.Value {
			x := b.feature(4, 4, 6, 8)
			h := prelu(b, conv(b, x, 4, 3))
			return []*ir.Value{prelu(b, b.Add(op.Add{}, conv(b, h, 4, 3), x))}
		}},
		{"one channel over all", func(b *builder) []*ir.Value {
			x := b.feature(1, 4, 6, 8)
			h := conv(b, x, 4, 5)
			return []*ir.Value{prelu(b, b.Add(op.Add{}, h, b.over(x, h)))}
		}},
		{"forward", func(b *builder) []*ir.Value {
			x := b.feature(2, 4, 6, 8)
			left := prelu(b, conv(b, x, 3, 3))
			right := prelu(b, conv(b, left, 2, 3))
			both := b.Add(op.Concat{Axis: ir.Channel}, right, left)
			return []*ir.Value{prelu(b, b.Add(op.Add{}, conv(b, both, 5, 3), both))}
		}},
		{"a part twice", func(b *builder) []*ir.Value {
			x := conv(b, b.feature(2, 2, 4, 4), 2, 3)
			c := b.Add(op.Concat{Axis: ir.Channel}, x, x)
			d := b.Add(op.Concat{Axis: ir.Channel}, c, x)
			return []*ir.Value{d, b.Add(op.Exp{}, c)}
		}},
		{"softmax and Dice", func(b *builder) []*ir.Value {
			x := b.feature(2, 3, 5, 7)
			p := softmax(b, x)
			one := b.Add(op.Slice{Axis: ir.Channel, Start: 1, Stop: 2}, p)
			q := b.Add(op.Reshape{Axes: axes(ir.Batch, 2, ir.Z, 3, ir.Y, 5, ir.X, 7)}, one)
			return []*ir.Value{p, dice(b, q, b.input(q.Type.Axes))}
		}},
		{"dropout", func(b *builder) []*ir.Value {
			x := conv(b, b.feature(2, 3, 4, 8), 3, 3)
			r := b.Add(op.Random{Stream: 5, Axes: x.Type.Axes, Distribution: op.Uniform})
			half := b.over(b.Add(op.Constant{Value: 0.5}), x)
			return []*ir.Value{b.Add(op.Mul{}, x, b.Add(op.Lt{}, r, half))}
		}},
		{"instance norm", func(b *builder) []*ir.Value {
			x := conv(b, b.feature(2, 3, 4, 8), 3, 3)
			return []*ir.Value{normalised(b, x, []string{ir.Z, ir.Y, ir.X}, 96)}
		}},
		{"batch norm with a running mean", func(b *builder) []*ir.Value {
			x := conv(b, b.feature(2, 3, 4, 8), 3, 3)
			s := b.Add(op.State{Name: "mean", Axes: axes(ir.Channel, 3)})
			mean := b.Add(op.Sum{Axes: []string{ir.Batch, ir.Z, ir.Y, ir.X}}, x)
			b.Graph.Updates = append(b.Graph.Updates, ir.Update{Target: s, Value: b.Add(op.Add{}, s, b.Add(op.StopGradient{}, mean))})
			return []*ir.Value{normalised(b, x, []string{ir.Batch, ir.Z, ir.Y, ir.X}, 192)}
		}},
		{"no batch in space", func(b *builder) []*ir.Value {
			p := b.parameter(axes(ir.Channel, 3))
			total := b.Add(op.Sum{Axes: []string{ir.Channel}}, b.Add(op.Exp{}, p))
			return []*ir.Value{b.Add(op.Div{}, b.Add(op.Exp{}, p), b.over(total, p)), b.Add(op.Log{}, total)}
		}},
	}
}

// conv is a convolution with bias that keeps the size.
func conv(b *builder, x *ir.Value, channels, kernel int) *ir.Value {
	y := b.Add(padded(kernel), x, b.weight(channels, x.Type.Size(ir.Channel), kernel, kernel, kernel))
	return b.Add(op.Add{}, y, b.over(b.parameter(axes(ir.Channel, channels)), y))
}

// prelu is x where it is positive, and slope·x elsewhere.
func prelu(b *builder, x *ir.Value) *ir.Value {
	slope := b.over(b.parameter(axes(ir.Channel, x.Type.Size(ir.Channel))), x)
	positive := b.Add(op.Gt{}, x, b.over(b.Add(op.Constant{}), x))
	return b.Add(op.Select{}, positive, x, b.Add(op.Mul{}, slope, x))
}

func softmax(b *builder, x *ir.Value) *ir.Value {
	channel := []string{ir.Channel}
	largest := b.Add(op.StopGradient{}, b.Add(op.ReduceMax{Axes: channel}, x))
	e := b.Add(op.Exp{}, b.Add(op.Sub{}, x, b.over(largest, x)))
	return b.Add(op.Div{}, e, b.over(b.Add(op.Sum{Axes: channel}, e), e))
}

// dice is 1 - 2 Σ p g / (Σ p² + Σ g²) for each sample, and their sum.
func dice(b *builder, p, g *ir.Value) *ir.Value {
	sum := func(x *ir.Value) *ir.Value { return b.Add(op.Sum{Axes: []string{ir.Z, ir.Y, ir.X}}, x) }
	common := sum(b.Add(op.Mul{}, p, g))
	both := b.Add(op.Add{}, sum(b.Add(op.Mul{}, p, p)), sum(b.Add(op.Mul{}, g, g)))
	ratio := b.Add(op.Div{}, common, both)
	return b.Add(op.Sum{Axes: []string{ir.Batch}}, ratio)
}

// normalised is x less its mean, over its deviation.
func normalised(b *builder, x *ir.Value, over []string, count float64) *ir.Value {
	mean := func(v *ir.Value) *ir.Value {
		s := b.Add(op.Sum{Axes: over}, v)
		c := b.Add(op.Constant{Value: 1 / count})
		return b.Add(op.Mul{}, s, b.over(c, s))
	}
	centred := b.Add(op.Sub{}, x, b.over(mean(x), x))
	variance := mean(b.Add(op.Mul{}, centred, centred))
	deviation := b.Add(op.Sqrt{}, b.Add(op.Add{}, variance, b.over(b.Add(op.Constant{Value: 1e-3}), variance)))
	return b.Add(op.Div{}, centred, b.over(deviation, centred))
}
