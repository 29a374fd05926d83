package op

import (
	"errors"
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// Concat lays its arguments one after the other along one axis. It takes one argument or more, which agree in all
// other axes.
type Concat struct {
	Axis string
}

// Kind returns "concat".
func (Concat) Kind() string { return "concat" }

// Infer returns the arguments' type, with the sum of their sizes along the axis.
func (o Concat) Infer(args []ir.Type) (ir.Type, error) {
	if len(args) == 0 {
		return ir.Type{}, errors.New("takes at least 1 argument")
	}
	axis, err := findAxis(args[0], o.Axis)
	if err != nil {
		return ir.Type{}, err
	}
	size := args[0].Axes[axis].Size
	for i, t := range args[1:] {
		if t.Index(o.Axis) != axis {
			return ir.Type{}, fmt.Errorf("argument %d is %s, the first one %s", i+2, t, args[0])
		}
		if err := sameType(args[0], withSize(t, axis, args[0].Axes[axis].Size)); err != nil {
			return ir.Type{}, fmt.Errorf("argument %d against the first: %w", i+2, err)
		}
		size += t.Axes[axis].Size
	}
	return withSize(args[0], axis, size), nil
}

// Gradient: each argument gets its own part of d.
func (o Concat) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	parts := make([]*ir.Value, len(v.Args))
	start := 0
	for i, a := range v.Args {
		stop := start + a.Type.Size(o.Axis)
		parts[i] = b.Add(Slice{Axis: o.Axis, Start: start, Stop: stop}, d)
		start = stop
	}
	return parts
}

// Evaluate copies the arguments into their places.
func (o Concat) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	steps := strides(out.Type.Axes)
	start := 0
	for _, a := range args {
		walk(a.Type.Axes, steps, func(i, at int) { out.Data[start+at] = a.Data[i] })
		start += a.Type.Size(o.Axis) * steps[out.Type.Index(o.Axis)]
	}
}

// Cost is none: only bytes move.
func (Concat) Cost(ir.Type, []ir.Type) ir.Cost { return ir.Cost{} }
