package plan

import (
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// access says where the elements of a value are found in another one, its base, which lies in memory: slices, pads,
// broadcasts and transpositions move no data, they only change how an index is read.
type access struct {
	base   *ir.Value
	as     ir.Type  // the base's type, or a reshaped reading of it, which needs the base to be dense
	dense  bool     // the base must be dense, because it is read under another type
	axes   []axisOf // one for each axis of the value
	origin []int    // index into the base, along each axis of as, of the value's index zero
}

// axisOf is how one axis of a value runs over its base.
type axisOf struct {
	axis      int // of the base; -1 where the value is the same all along
	low, high int // the indices of the value that lie in the base; zero is read outside
}

// whole returns the access of a value to itself.
func whole(v *ir.Value) access {
	a := access{base: v, as: v.Type, axes: make([]axisOf, len(v.Type.Axes)), origin: make([]int, len(v.Type.Axes))}
	for i, x := range v.Type.Axes {
		a.axes[i] = axisOf{i, 0, x.Size}
	}
	return a
}

// isView reports whether a value only reads another one in its own way.
func isView(v *ir.Value) bool {
	switch v.Op.(type) {
	case op.Broadcast, op.Slice, op.Pad, op.Transpose, op.Reshape:
		return true
	}
	return false
}

// through returns the access of the view v to the base of its argument, or false when one index cannot say it; then
// the argument has to be written to memory as it is.
func (a access) through(v *ir.Value) (access, bool) {
	arg := v.Args[0].Type
	out := access{base: a.base, as: a.as, dense: a.dense, origin: slices.Clone(a.origin)}
	switch o := v.Op.(type) {
	case op.Broadcast:
		for _, x := range v.Type.Axes {
			i := arg.Index(x.Name)
			switch {
			case i < 0:
				out.axes = append(out.axes, axisOf{-1, 0, x.Size})
			case arg.Axes[i].Size == x.Size:
				out.axes = append(out.axes, a.axes[i])
			case a.padded(arg, i):
				return access{}, false
			default: // size 1: the same all along
				out.axes = append(out.axes, axisOf{-1, 0, x.Size})
			}
		}
	case op.Slice:
		out.axes = slices.Clone(a.axes)
		i := arg.Index(o.Axis)
		x := &out.axes[i]
		if x.axis >= 0 {
			out.origin[x.axis] += o.Start
		}
		size := v.Type.Axes[i].Size
		x.low, x.high = min(max(x.low-o.Start, 0), size), min(max(x.high-o.Start, 0), size)
	case op.Pad:
		out.axes = slices.Clone(a.axes)
		x := &out.axes[arg.Index(o.Axis)]
		if x.axis >= 0 {
			out.origin[x.axis] -= o.Low
		}
		x.low, x.high = x.low+o.Low, x.high+o.Low
	case op.Transpose:
		for _, i := range o.Order {
			out.axes = append(out.axes, a.axes[i])
		}
	case op.Reshape:
		return a.reshaped(v)
	}
	return out, true
}

// padded reports whether some index along axis i reads zero.
func (a access) padded(t ir.Type, i int) bool {
	return a.axes[i].low > 0 || a.axes[i].high < t.Axes[i].Size
}

// reshaped returns the access of a reshape. Where only axes of size 1 come and go, any base will do; else the base
// itself is read under the new type.
func (a access) reshaped(v *ir.Value) (access, bool) {
	arg := v.Args[0].Type
	out := access{base: a.base, as: a.as, dense: a.dense, origin: slices.Clone(a.origin)}
	if slices.Equal(wide(arg), wide(v.Type)) {
		next := 0
		for _, x := range v.Type.Axes {
			if x.Size == 1 {
				out.axes = append(out.axes, axisOf{-1, 0, 1})
				continue
			}
			for arg.Axes[next].Size == 1 {
				next++
			}
			out.axes = append(out.axes, a.axes[next])
			next++
		}
		for i, x := range arg.Axes {
			if x.Size == 1 && a.padded(arg, i) {
				return access{}, false // the one element may be a padded zero
			}
		}
		return out, true
	}
	if a.base == v.Args[0] { // nothing stands between
		again := whole(v)
		again.base, again.dense = a.base, true
		return again, true
	}
	return access{}, false
}

// wide returns the sizes of a type's axes, those of size 1 left out.
func wide(t ir.Type) []int {
	var sizes []int
	for _, x := range t.Axes {
		if x.Size != 1 {
			sizes = append(sizes, x.Size)
		}
	}
	return sizes
}

// load returns the load of a value through the access, when its base lies at the given view.
func (a access) load(t ir.Type, at View) Load {
	strides := at.Strides
	if a.dense {
		strides = Strides(a.as.Axes)
	}
	l := Load{View: View{Buffer: at.Buffer, Offset: at.Offset, Strides: make([]int, len(a.axes))}}
	for i, o := range a.origin {
		l.Offset += o * strides[i]
	}
	for i, x := range a.axes {
		if x.axis >= 0 {
			l.Strides[i] = strides[x.axis]
		}
		if t.Axes[i].Size == 1 {
			l.Strides[i] = 0
		}
		if x.low > 0 || x.high < t.Axes[i].Size {
			l.Bounds = append(l.Bounds, Bound{i, x.low, x.high})
		}
	}
	return l
}

// Strides returns the strides, in elements, of a dense value with the given axes; 0 along an axis of size 1.
func Strides(axes []ir.Axis) []int {
	strides := make([]int, len(axes))
	n := 1
	for i := len(axes) - 1; i >= 0; i-- {
		if axes[i].Size > 1 {
			strides[i] = n
		}
		n *= axes[i].Size
	}
	return strides
}
