package devicetest

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// opCases returns a case for each primitive, named after it. A test checks that none is missing.
func opCases() []testCase {
	cases := []testCase{
		{"input", func(b *builder) []*ir.Value { return []*ir.Value{b.feature(2, 2, 3, 4)} }},
		{"parameter", func(b *builder) []*ir.Value { return []*ir.Value{b.weight(2, 3, 1, 2, 3)} }},
		{"state", func(b *builder) []*ir.Value {
			s := b.Add(op.State{Name: "s", Axes: axes(ir.Channel, 5)})
			next := b.Add(op.Mul{}, s, s)
			b.Graph.Updates = append(b.Graph.Updates, ir.Update{Target: s, Value: next})
			return []*ir.Value{s}
		}},
		{"constant", func(b *builder) []*ir.Value {
			return []*ir.Value{b.Add(op.Constant{Value: 2.5, Axes: axes(ir.Channel, 3, ir.X, 5)})}
		}},
		{"random", func(b *builder) []*ir.Value {
			a := axes(ir.Batch, 2, ir.Channel, 3, ir.X, 700)
			return []*ir.Value{
				b.Add(op.Random{Stream: 1, Axes: a, Distribution: op.Uniform}),
				b.Add(op.Random{Stream: 2, Axes: a, Distribution: op.Normal}),
			}
		}},
		{"broadcast", func(b *builder) []*ir.Value {
			x := b.feature(3, 2, 4, 5)
			p := b.parameter(axes(ir.Channel, 3))
			q := b.parameter(axes(ir.Z, 2, ir.Y, 1, ir.X, 5))
			return []*ir.Value{b.over(p, x), b.Add(op.Mul{}, b.over(q, x), x)}
		}},
		{"reshape", func(b *builder) []*ir.Value {
			x := b.feature(2, 2, 3, 4)
			y := b.Add(op.Reshape{Axes: axes(ir.Batch, 2, ir.Channel, 4, ir.X, 12)}, b.Add(op.Mul{}, x, x))
			return []*ir.Value{y, b.Add(op.Reshape{Axes: axes(ir.Batch, 2, ir.Channel, 1, ir.Z, 4, ir.Y, 3, ir.X, 4)}, x)}
		}},
		{"transpose", func(b *builder) []*ir.Value {
			x := b.feature(2, 3, 4, 5)
			y := b.Add(op.Transpose{Order: []int{0, 3, 1, 4, 2}}, x)
			return []*ir.Value{b.Add(op.Exp{}, y), b.Add(op.Transpose{Order: []int{0, 4, 3, 2, 1}}, x)}
		}},
		{"slice", func(b *builder) []*ir.Value {
			x := b.feature(4, 3, 4, 5)
			y := b.Add(op.Slice{Axis: ir.Channel, Start: 1, Stop: 3}, x)
			z := b.Add(op.Slice{Axis: ir.X, Start: 2, Stop: 4}, b.Add(op.Mul{}, y, y))
			return []*ir.Value{y, z}
		}},
		{"pad", func(b *builder) []*ir.Value {
			x := b.feature(2, 3, 4, 5)
			y := b.Add(op.Pad{Axis: ir.X, Low: 1, High: 2}, b.Add(op.Pad{Axis: ir.Channel, Low: 2}, x))
			return []*ir.Value{b.Add(op.Exp{}, y), b.Add(op.Slice{Axis: ir.X, Start: 0, Stop: 3}, y)}
		}},
		{"concat", func(b *builder) []*ir.Value {
			x, y := b.feature(2, 3, 4, 5), b.feature(3, 3, 4, 5)
			c := b.Add(op.Concat{Axis: ir.Channel}, b.Add(op.Exp{}, x), y, x)
			d := b.Add(op.Concat{Axis: ir.Z}, b.Add(op.Neg{}, x), b.Add(op.Neg{}, x))
			return []*ir.Value{c, d, b.Add(op.Mul{}, c, c)}
		}},
		{"argmax", func(b *builder) []*ir.Value {
			x := b.feature(4, 3, 4, 5)
			return []*ir.Value{b.Add(op.ArgMax{Axis: ir.Channel}, x), b.Add(op.ArgMax{Axis: ir.X}, x)}
		}},
		{"matmul", func(b *builder) []*ir.Value {
			p := b.input(axes(ir.Batch, 2, "head", 3, "row", 5, "inner", 7))
			q := b.input(axes(ir.Batch, 2, "head", 3, "inner", 7, "column", 4))
			return []*ir.Value{b.Add(op.Exp{}, b.Add(op.MatMul{}, p, q))}
		}},
		{"cast", func(b *builder) []*ir.Value {
			x := b.feature(2, 2, 3, 4)
			y := b.Add(op.Cast{To: ir.F32}, b.Add(op.Cast{To: ir.BF16}, x))
			return []*ir.Value{y, b.Add(op.Cast{To: ir.F32}, b.Add(op.Cast{To: ir.F16}, x))}
		}},
	}
	cases = append(cases, mapCases()...)
	cases = append(cases, reduceCases()...)
	return append(cases, windowCases()...)
}

// mapCases returns a case for each map, on positive arguments where the map asks for them.
func mapCases() []testCase {
	var cases []testCase
	for _, o := range []ir.Op{op.Neg{}, op.Exp{}, op.Log{}, op.Sqrt{}, op.Abs{}, op.Floor{}, op.StopGradient{}} {
		cases = append(cases, testCase{o.Kind(), func(b *builder) []*ir.Value {
			return []*ir.Value{b.Add(o, b.Add(op.Abs{}, b.feature(3, 5, 7, 11))), b.Add(o, b.Add(op.Exp{}, b.feature(1, 1, 1, 1)))}
		}})
	}
	for _, o := range []ir.Op{
		op.Add{}, op.Sub{}, op.Mul{}, op.Div{}, op.Max{}, op.Min{}, op.Pow{},
		op.Eq{}, op.Ne{}, op.Lt{}, op.Le{}, op.Gt{}, op.Ge{},
	} {
		cases = append(cases, testCase{o.Kind(), func(b *builder) []*ir.Value {
			x, y := b.Add(op.Abs{}, b.feature(3, 5, 7, 11)), b.feature(3, 5, 7, 11)
			return []*ir.Value{b.Add(o, x, y), b.Add(o, x, x)}
		}})
	}
	return append(cases, testCase{"select", func(b *builder) []*ir.Value {
		x, y := b.feature(3, 5, 7, 11), b.feature(3, 5, 7, 11)
		zero := b.over(b.Add(op.Constant{}), x)
		return []*ir.Value{b.Add(op.Select{}, b.Add(op.Gt{}, x, zero), x, y)}
	}})
}

// reduceCases returns cases of reductions over inner, outer and all axes.
func reduceCases() []testCase {
	over := [][]string{
		{ir.Channel}, {ir.X}, {ir.Batch}, {ir.Z, ir.Y, ir.X}, {ir.Batch, ir.Z, ir.Y, ir.X}, {ir.Channel, ir.Y},
		{ir.Batch, ir.Channel, ir.Z, ir.Y, ir.X},
	}
	build := func(make func(axes []string) ir.Op) func(b *builder) []*ir.Value {
		return func(b *builder) []*ir.Value {
			x := b.feature(3, 4, 5, 6)
			square := b.Add(op.Mul{}, x, x)
			var outs []*ir.Value
			for _, a := range over {
				outs = append(outs, b.Add(make(a), square), b.Add(make(a), x))
			}
			return outs
		}
	}
	return []testCase{
		{"sum", build(func(a []string) ir.Op { return op.Sum{Axes: a} })},
		{"reduce_max", build(func(a []string) ir.Op { return op.ReduceMax{Axes: a} })},
		{"reduce_min", build(func(a []string) ir.Op { return op.ReduceMin{Axes: a} })},
		{"sum of many", func(b *builder) []*ir.Value {
			x := b.feature(3, 17, 33, 65)
			square := b.Add(op.Mul{}, x, x)
			return []*ir.Value{
				b.Add(op.Sum{Axes: names(x.Type)}, square), b.Add(op.Sum{Axes: []string{ir.Batch, ir.Z, ir.Y, ir.X}}, square),
				b.Add(op.Sum{Axes: []string{ir.Channel}}, square),
			}
		}},
	}
}
