package op

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// MaxPoolGradient is the gradient of MaxPool: from x and dy it makes dx, where each element of dy is added to the place
// of its window's largest element; to the first one in memory order where several are equal.
type MaxPoolGradient struct {
	Window, Stride, PadLow, PadHigh []int
}

func (o MaxPoolGradient) pool() pool { return pool{o.Window, o.Stride, o.PadLow, o.PadHigh} }

// Kind returns "max_pool_gradient".
func (MaxPoolGradient) Kind() string { return "max_pool_gradient" }

// Infer returns the type of x, and checks that the pool of x has the type of dy.
func (o MaxPoolGradient) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 2); err != nil {
		return ir.Type{}, err
	}
	y, err := o.pool().result(args[0])
	if err != nil {
		return ir.Type{}, err
	}
	if err := sameType(args[1], y); err != nil {
		return ir.Type{}, fmt.Errorf("the gradient against the pool's result: %w", err)
	}
	return args[0], nil
}

// NotDifferentiable: the gradient with respect to dy gathers elements from places that only this op knows.
func (MaxPoolGradient) NotDifferentiable() string {
	return "a max-pool can be differentiated once, not twice"
}

// Gradient gives none; see NotDifferentiable.
func (MaxPoolGradient) Gradient(*ir.Builder, *ir.Value, *ir.Value) []*ir.Value {
	return []*ir.Value{nil, nil}
}

// Evaluate adds every element of dy to its place.
func (o MaxPoolGradient) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	x, dy := args[0], args[1]
	fill(out, 0)
	for i, place := range o.pool().largest(x, dy.Type) {
		out.Data[place] += dy.Data[i]
	}
}

// Cost is one operation for each place of a window.
func (o MaxPoolGradient) Cost(_ ir.Type, args []ir.Type) ir.Cost { return o.pool().cost(args[1]) }
