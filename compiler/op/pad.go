package op

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// Pad puts Low zeros before x and High after it along one axis.
type Pad struct {
	Axis      string
	Low, High int
}

// Kind returns "pad".
func (Pad) Kind() string { return "pad" }

// Infer returns the type of x with the axis grown by Low and High, which are not negative.
func (o Pad) Infer(args []ir.Type) (ir.Type, error) {
	if err := arity(args, 1); err != nil {
		return ir.Type{}, err
	}
	i, err := findAxis(args[0], o.Axis)
	if err != nil {
		return ir.Type{}, err
	}
	if !between(o.Low, 0, maxExtent) || !between(o.High, 0, maxExtent) {
		return ir.Type{}, fmt.Errorf("axis %s: a padding of %d and %d", o.Axis, o.Low, o.High)
	}
	return withSize(args[0], i, o.Low+args[0].Axes[i].Size+o.High), nil
}

// Gradient: dx is the part of d where x lies.
func (o Pad) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	size := v.Args[0].Type.Size(o.Axis)
	return []*ir.Value{b.Add(Slice{Axis: o.Axis, Start: o.Low, Stop: o.Low + size}, d)}
}

// Evaluate copies x into its place; the rest stays 0.
func (o Pad) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	steps := strides(out.Type.Axes)
	start := o.Low * steps[out.Type.Index(o.Axis)]
	walk(args[0].Type.Axes, steps, func(i, at int) { out.Data[start+at] = args[0].Data[i] })
}

// Cost is none: only bytes move.
func (Pad) Cost(ir.Type, []ir.Type) ir.Cost { return ir.Cost{} }
