package report

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// Field is how far one voxel of a value sees along an axis: over how many voxels of the model's input, and how many of
// those lie between two neighbouring voxels of the value.
//
// A window of k taps, dilated by d, widens the field by (k-1)·d of its argument's steps; a stride multiplies the step;
// a transposed convolution divides it first, and then widens by the new one (Araujo, Norris, Sim, Computing Receptive
// Fields of Convolutional Neural Networks, Distill 2019). This counts taps, as the V-Net paper's Table 1 does; where
// kernel and stride of a transposed convolution are equal, a voxel reads only one of them.
type Field struct {
	Size float64 // voxels; +Inf where the value sees everything
	Step float64
}

// fields returns the receptive field of every value, by ID, along the axes z, y, x.
func fields(g *ir.Graph) [][3]Field {
	all := make([][3]Field, len(g.Values))
	for i, v := range g.Values {
		for j, axis := range [3]string{ir.Z, ir.Y, ir.X} {
			all[i][j] = field(v, axis, func(a *ir.Value) Field { return all[a.ID][j] })
		}
	}
	return all
}

// field returns the field of one value along one axis. A value that does not depend on the input has size 0.
func field(v *ir.Value, axis string, of func(*ir.Value) Field) Field {
	switch v.Op.(type) {
	case op.Input:
		return Field{1, 1}
	case op.Parameter, op.State, op.Constant, op.Random:
		return Field{0, 1}
	}
	widest := Field{0, 1}
	for _, a := range v.Args {
		if f := of(a); f.Size > widest.Size {
			widest = f
		}
	}
	if widest.Size == 0 {
		return widest
	}
	if reducesOver(v, axis) {
		return Field{math.Inf(1), widest.Step}
	}
	spatial := func(list []int) int { return list[place(v.Type, axis, len(list))] }
	if place(v.Type, axis, 3) < 0 {
		return widest
	}
	switch o := v.Op.(type) {
	case op.Convolve:
		taps := v.Args[1].Type.Size(axis)
		return widest.window(taps, spatial(o.Dilation), spatial(o.Stride))
	case op.ConvolveInput:
		taps := v.Args[1].Type.Size(axis)
		step := widest.Step / float64(spatial(o.Stride))
		return Field{widest.Size + float64((taps-1)*spatial(o.Dilation))*step, step}
	case op.MaxPool:
		return widest.window(spatial(o.Window), 1, spatial(o.Stride))
	case op.Resize:
		step := widest.Step * float64(v.Args[0].Type.Size(axis)) / float64(v.Type.Size(axis))
		if o.Mode == op.Linear && v.Args[0].Type.Size(axis) != v.Type.Size(axis) {
			return Field{widest.Size + widest.Step, step}
		}
		return Field{widest.Size, step}
	}
	return widest
}

// window returns the field of what slides over this one.
func (f Field) window(taps, dilation, stride int) Field {
	return Field{f.Size + float64((taps-1)*dilation)*f.Step, f.Step * float64(stride)}
}

// place returns the place of an axis in a list for the last n spatial axes of a type, or -1.
func place(t ir.Type, axis string, n int) int {
	i := t.Index(axis)
	if i < 0 {
		return -1
	}
	spatial := 0
	for _, a := range t.Axes {
		if ir.Spatial(a.Name) {
			spatial++
		}
	}
	return i - (len(t.Axes) - min(n, spatial))
}

// reducesOver reports whether a value combines all of an axis.
func reducesOver(v *ir.Value, axis string) bool {
	if len(v.Args) == 0 || v.Args[0].Type.Index(axis) < 0 {
		return false
	}
	switch v.Op.(type) {
	case op.Sum, op.ReduceMax, op.ReduceMin, op.ArgMax:
		return v.Type.Index(axis) < 0
	}
	return false
}
