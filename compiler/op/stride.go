package op

import "github.com/vnlang/vn/compiler/ir"

// strides returns, for each axis, how far apart in memory two neighbours along it lie.
func strides(axes []ir.Axis) []int {
	s := make([]int, len(axes))
	step := 1
	for i := len(axes) - 1; i >= 0; i-- {
		s[i] = step
		step *= axes[i].Size
	}
	return s
}

// walk visits the elements of a tensor with the given axes in memory order. For each it calls f with the element's
// place and the place that the same indices have under other strides, one for each axis.
func walk(axes []ir.Axis, strides []int, f func(i, at int)) {
	index := make([]int, len(axes))
	elements := ir.Type{Axes: axes}.Elements()
	at := 0
	for i := range elements {
		f(i, at)
		for a := len(axes) - 1; a >= 0; a-- {
			index[a]++
			at += strides[a]
			if index[a] < axes[a].Size {
				break
			}
			at -= index[a] * strides[a]
			index[a] = 0
		}
	}
}

// keptStrides returns for each axis of t the stride that it has in a tensor with only some of them, and 0 for the
// others: with them a walk over t finds where an element is broadcast from, or reduced into.
func keptStrides(t ir.Type, kept ir.Type) []int {
	s := make([]int, len(t.Axes))
	step := strides(kept.Axes)
	for i, a := range t.Axes {
		if j := kept.Index(a.Name); j >= 0 && kept.Axes[j].Size == a.Size {
			s[i] = step[j]
		}
	}
	return s
}
