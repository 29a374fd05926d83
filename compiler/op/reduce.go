package op

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
)

// reduced returns the type of a reduction of one argument: without the named axes.
func reduced(args []ir.Type, axes []string) (ir.Type, error) {
	if err := arity(args, 1); err != nil {
		return ir.Type{}, err
	}
	if len(axes) == 0 {
		return ir.Type{}, errors.New("no axis is named")
	}
	for i, name := range axes {
		if _, err := findAxis(args[0], name); err != nil {
			return ir.Type{}, err
		}
		if slices.Contains(axes[:i], name) {
			return ir.Type{}, fmt.Errorf("axis %s is named twice", name)
		}
	}
	return without(args[0], axes), nil
}

// without returns a type without the named axes.
func without(t ir.Type, axes []string) ir.Type {
	kept := ir.Type{DType: t.DType}
	for _, a := range t.Axes {
		if !slices.Contains(axes, a.Name) {
			kept.Axes = append(kept.Axes, a)
		}
	}
	return kept
}

// reduceOnto folds every element of x into the element of out that it belongs to, in memory order.
func reduceOnto(out, x *ir.Tensor, f func(sum, x float64) float64) {
	walk(x.Type.Axes, keptStrides(x.Type, out.Type), func(i, at int) {
		out.Data[at] = f(out.Data[at], x.Data[i])
	})
}

// extremeGradient is the gradient of the largest or smallest value of x: d in equal shares to the elements that have
// it, mostly one.
func extremeGradient(b *ir.Builder, v, d *ir.Value, axes []string) []*ir.Value {
	x := v.Args[0]
	is := b.Add(Eq{}, x, b.Add(Broadcast{Axes: x.Type.Axes}, v))
	share := b.Add(Div{}, d, b.Add(Sum{Axes: axes}, is))
	return []*ir.Value{b.Add(Mul{}, is, b.Add(Broadcast{Axes: x.Type.Axes}, share))}
}

// exceeds reports whether x takes the place of the largest value so far. NaN counts as larger than any number, so that
// it shows in the result.
func exceeds(x, largest float64) bool {
	return x > largest || math.IsNaN(x) && !math.IsNaN(largest)
}

// fill sets every element.
func fill(t *ir.Tensor, x float64) {
	for i := range t.Data {
		t.Data[i] = x
	}
}

// perArgument is the cost of one operation for each element of the first argument.
func perArgument(args []ir.Type) ir.Cost { return ir.Cost{FLOPs: int64(args[0].Elements())} }
