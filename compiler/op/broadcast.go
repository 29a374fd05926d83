package op

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// Broadcast repeats x along axes that it lacks, or has with size 1: the element at an index of the result is x's at the
// same index, as far as x has it. The result has the op's axes; x's are among them, in the same order.
type Broadcast struct {
	Axes []ir.Axis
}

// Kind returns "broadcast".
func (Broadcast) Kind() string { return "broadcast" }

// Infer returns the type with the op's axes, and checks that x fits into it.
func (o Broadcast) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 1); err != nil {
		return ir.Type{}, err
	}
	t := ir.Type{DType: args[0].DType, Axes: o.Axes}
	if err := t.Check(); err != nil {
		return t, err
	}
	last := -1
	for _, a := range args[0].Axes {
		i := t.Index(a.Name)
		switch {
		case i < 0:
			return t, fmt.Errorf("axis %s of the argument is not among those of %s", a.Name, t)
		case i < last:
			return t, fmt.Errorf("axis %s of the argument stands in another order in %s", a.Name, t)
		case a.Size != 1 && a.Size != t.Axes[i].Size:
			return t, fmt.Errorf("axis %s: size %d cannot become %d", a.Name, a.Size, t.Axes[i].Size)
		}
		last = i
	}
	return t, nil
}

// Gradient: dx is d summed over the axes along which x was repeated.
func (o Broadcast) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	x := v.Args[0]
	var repeated []string
	for _, a := range o.Axes {
		if i := x.Type.Index(a.Name); i < 0 || x.Type.Axes[i].Size != a.Size {
			repeated = append(repeated, a.Name)
		}
	}
	if repeated != nil {
		d = b.Add(Sum{Axes: repeated}, d)
	}
	if !d.Type.Equal(x.Type) { // axes of size 1 that the sum removed
		d = b.Add(Reshape{Axes: x.Type.Axes}, d)
	}
	return []*ir.Value{d}
}

// Evaluate copies every element from where it comes.
func (Broadcast) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	walk(out.Type.Axes, keptStrides(out.Type, args[0].Type), func(i, at int) {
		out.Data[i] = args[0].Data[at]
	})
}

// Cost is none: only bytes move.
func (Broadcast) Cost(ir.Type, []ir.Type) ir.Cost { return ir.Cost{} }
