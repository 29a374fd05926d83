package op

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// Slice is the part of x with Start <= index < Stop along one axis.
type Slice struct {
	Axis        string
	Start, Stop int
}

// Kind returns "slice".
func (Slice) Kind() string { return "slice" }

// Infer returns the type of x with the axis cut to Stop-Start, which is at least 1.
func (o Slice) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 1); err != nil {
		return ir.Type{}, err
	}
	i, err := findAxis(args[0], o.Axis)
	if err != nil {
		return ir.Type{}, err
	}
	if size := args[0].Axes[i].Size; o.Start < 0 || o.Start >= o.Stop || o.Stop > size {
		return ir.Type{}, fmt.Errorf("axis %s: %d to %d is no part of a size of %d", o.Axis, o.Start, o.Stop, size)
	}
	return withSize(args[0], i, o.Stop-o.Start), nil
}

// Gradient: dx is d, with zeros where x was cut off.
func (o Slice) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	size := v.Args[0].Type.Size(o.Axis)
	if v.Type.Size(o.Axis) == size {
		return []*ir.Value{d}
	}
	return []*ir.Value{b.Add(Pad{Axis: o.Axis, Low: o.Start, High: size - o.Stop}, d)}
}

// Evaluate copies the part.
func (o Slice) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	steps := strides(args[0].Type.Axes)
	start := o.Start * steps[out.Type.Index(o.Axis)]
	walk(out.Type.Axes, steps, func(i, at int) { out.Data[i] = args[0].Data[start+at] })
}

// Cost is none: only bytes move.
func (Slice) Cost(ir.Type, []ir.Type) ir.Cost { return ir.Cost{} }
