package op

import (
	"github.com/vnlang/vn/compiler/ir"
)

// unary is what the maps of one argument share: the result has the argument's type, and one operation makes an element.
type unary struct{}

func (unary) mapArity() int { return 1 }

// Infer returns the argument's type.
func (unary) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 1); err != nil {
		return ir.Type{}, err
	}
	return args[0], nil
}

// Cost is one operation an element.
func (unary) Cost(out ir.Type, _ []ir.Type) ir.Cost { return perElement(out, 1) }

// binary is what the maps of two arguments share: both have one type, which is the result's too.
type binary struct{}

func (binary) mapArity() int { return 2 }

// Infer returns the type that both arguments have.
func (binary) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 2); err != nil {
		return ir.Type{}, err
	}
	return args[0], sameType(args[0], args[1])
}

// Cost is one operation an element.
func (binary) Cost(out ir.Type, _ []ir.Type) ir.Cost { return perElement(out, 1) }

// comparison is what the maps share that give 1 where a relation holds and 0 elsewhere: they are constant almost
// everywhere, so no gradient passes through them.
type comparison struct{ binary }

// Gradient gives neither argument any.
func (comparison) Gradient(*ir.Builder, *ir.Value, *ir.Value) []*ir.Value {
	return []*ir.Value{nil, nil}
}

// Arity returns how many arguments a map takes; a map makes an element from those at the same place of its arguments. It is
// 0 for other ops.
func Arity(o ir.Op) int {
	if m, ok := o.(interface{ mapArity() int }); ok {
		return m.mapArity()
	}
	return 0
}

// map1 evaluates a map of one argument.
func map1(out *ir.Tensor, args []*ir.Tensor, f func(x float64) float64) {
	for i, x := range args[0].Data {
		out.Data[i] = f(x)
	}
}

// map2 evaluates a map of two arguments.
func map2(out *ir.Tensor, args []*ir.Tensor, f func(x, y float64) float64) {
	y := args[1].Data
	for i, x := range args[0].Data {
		out.Data[i] = f(x, y[i])
	}
}

// relation evaluates a comparison.
func relation(out *ir.Tensor, args []*ir.Tensor, holds func(x, y float64) bool) {
	map2(out, args, func(x, y float64) float64 {
		if holds(x, y) {
			return 1
		}
		return 0
	})
}

// perElement is the cost of n operations for each element of the result.
func perElement(out ir.Type, n int64) ir.Cost { return ir.Cost{FLOPs: n * int64(out.Elements())} }

// Filled appends a value of the given type whose elements are all x: a scalar, broadcast.
func Filled(b *ir.Builder, t ir.Type, x float64) *ir.Value {
	v := b.Add(Constant{Value: x})
	if t.DType != ir.F32 {
		v = b.Add(Cast{To: t.DType}, v)
	}
	if len(t.Axes) > 0 {
		v = b.Add(Broadcast{Axes: t.Axes}, v)
	}
	return v
}
