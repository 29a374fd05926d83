package devicetest

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// halfCases returns graphs that compute in half types: every operation rounds to the type.
func halfCases() []testCase {
	var cases []testCase
	for _, dtype := range []ir.DType{ir.F16, ir.BF16} {
		half := func(b *builder, v *ir.Value) *ir.Value { return b.Add(op.Cast{To: dtype}, v) }
		full := func(b *builder, v *ir.Value) *ir.Value { return b.Add(op.Cast{To: ir.F32}, v) }
		cases = append(cases,
			testCase{string(dtype) + " maps", func(b *builder) []*ir.Value {
				x, y := half(b, b.feature(3, 4, 5, 6)), half(b, b.feature(3, 4, 5, 6))
				s := b.Add(op.Add{}, b.Add(op.Mul{}, x, y), x)
				m := b.Add(op.Select{}, b.Add(op.Gt{}, x, y), s, y)
				return []*ir.Value{s, full(b, m), b.Add(op.Sub{}, m, b.Add(op.StopGradient{}, m))}
			}},
			testCase{string(dtype) + " reductions", func(b *builder) []*ir.Value {
				x := half(b, b.feature(3, 4, 5, 6))
				s := b.sum(x, ir.Z, ir.Y, ir.X)
				return []*ir.Value{s, b.Add(op.Mul{}, x, b.over(s, x)), b.Add(op.ReduceMax{Axes: []string{ir.Channel}}, x), b.Add(op.ArgMax{Axis: ir.X}, x)}
			}},
			testCase{string(dtype) + " contractions", func(b *builder) []*ir.Value {
				x, w := half(b, b.feature(3, 4, 5, 6)), half(b, b.weight(2, 3, 3, 3, 3))
				y := b.Add(padded(3), x, w)
				z := b.Add(op.Add{}, y, b.over(half(b, b.parameter(axes(ir.Channel, 2))), y))
				c := b.Add(op.Concat{Axis: ir.Channel}, z, x)
				return []*ir.Value{full(b, c), b.Add(op.MaxPool{Window: three(2), Stride: three(2), PadLow: three(0), PadHigh: three(0)}, z)}
			}},
		)
	}
	return cases
}
