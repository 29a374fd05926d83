package op

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// Transpose puts the axes in another order: axis i of the result is axis Order[i] of x.
type Transpose struct {
	Order []int
}

// Kind returns "transpose".
func (Transpose) Kind() string { return "transpose" }

// Infer returns the type with the axes in their new order.
func (o Transpose) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 1); err != nil {
		return ir.Type{}, err
	}
	x := args[0]
	if len(o.Order) != len(x.Axes) {
		return ir.Type{}, fmt.Errorf("the order %v has %d entries; the argument is %s", o.Order, len(o.Order), x)
	}
	t := ir.Type{DType: x.DType}
	seen := make([]bool, len(x.Axes))
	for _, from := range o.Order {
		if from < 0 || from >= len(x.Axes) || seen[from] {
			return ir.Type{}, fmt.Errorf("the order %v does not name each of the %d axes once", o.Order, len(x.Axes))
		}
		seen[from] = true
		t.Axes = append(t.Axes, x.Axes[from])
	}
	return t, nil
}

// Gradient: dx = d in the old order.
func (o Transpose) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	back := make([]int, len(o.Order))
	for to, from := range o.Order {
		back[from] = to
	}
	return []*ir.Value{b.Add(Transpose{Order: back}, d)}
}

// Evaluate copies every element from where it comes.
func (o Transpose) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	from := strides(args[0].Type.Axes)
	steps := make([]int, len(from))
	for i, axis := range o.Order {
		steps[i] = from[axis]
	}
	walk(out.Type.Axes, steps, func(i, at int) { out.Data[i] = args[0].Data[at] })
}

// Cost is none: only bytes move.
func (Transpose) Cost(ir.Type, []ir.Type) ir.Cost { return ir.Cost{} }
