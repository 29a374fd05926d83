package op

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// Reshape gives the same elements, in the same memory order, other axes. It also renames axes.
type Reshape struct {
	Axes []ir.Axis
}

// Kind returns "reshape".
func (Reshape) Kind() string { return "reshape" }

// Infer returns the type with the op's axes, and checks that it has as many elements as x.
func (o Reshape) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 1); err != nil {
		return ir.Type{}, err
	}
	t := ir.Type{DType: args[0].DType, Axes: o.Axes}
	if err := t.Check(); err != nil {
		return t, err
	}
	if have, want := args[0].Elements(), t.Elements(); have != want {
		return t, fmt.Errorf("%s has %d elements, %s has %d", args[0], have, t, want)
	}
	return t, nil
}

// Gradient: dx = d with the axes of x.
func (Reshape) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	return []*ir.Value{b.Add(Reshape{Axes: v.Args[0].Type.Axes}, d)}
}

// Evaluate copies the elements.
func (Reshape) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	copy(out.Data, args[0].Data)
}

// Cost is none.
func (Reshape) Cost(ir.Type, []ir.Type) ir.Cost { return ir.Cost{} }
