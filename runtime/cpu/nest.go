package cpu

import (
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// nest is the loops of a kernel: its domain, with neighbouring axes made one wherever all operands allow it, so that the
// innermost loop is as long as it can be. Where the kernel runs over blocks of channels, the channels of a block are a
// loop of their own within the innermost one, and the two together are one row of elements.
type nest struct {
	sizes []int // the innermost last; at least one
	width int   // channels of a block, within the innermost loop; 1 where there are none
	lanes []*lane
}

// lane is how one operand moves over the nest.
type lane struct {
	strides []int // elements, one for each loop
	across  int   // elements from one channel of a block to the next
	bounds  []plan.Bound
	kept    []bool // of a reduction: the loops that stay; nil for other operands
}

// newLane returns the lane of a walk, before loops are merged.
func newLane(w walk) *lane { return &lane{strides: w.strides, across: w.across, bounds: w.bounds} }

// newNest returns the loops over a domain. The first fixed axes are left as they are, loops of their own. Of a split
// domain the channels come a block at a time.
func newNest(domain []ir.Axis, split bool, fixed int, lanes []*lane) *nest {
	n := &nest{width: 1, lanes: lanes}
	for _, x := range domain {
		size := x.Size
		if split && x.Name == ir.Channel {
			n.width = kernel.Lanes
			size /= kernel.Lanes
		}
		n.sizes = append(n.sizes, size)
	}
	for i := len(n.sizes) - 1; i >= fixed; i-- {
		if n.sizes[i] == 1 && len(n.sizes) > 1 && !n.bounded(i) {
			n.drop(i)
		}
	}
	for i := len(n.sizes) - 2; i >= fixed; i-- {
		if n.merges(i) {
			n.merge(i)
		}
	}
	if len(n.sizes) == 0 {
		n.sizes = []int{1}
		for _, l := range lanes {
			l.strides = []int{0}
			if l.kept != nil {
				l.kept = []bool{true}
			}
		}
	}
	return n
}

func (n *nest) bounded(i int) bool {
	return slices.ContainsFunc(n.lanes, func(l *lane) bool { return l.bound(i) != nil })
}

// bound returns the lane's bound on a loop, or nil.
func (l *lane) bound(i int) *plan.Bound {
	for j := range l.bounds {
		if l.bounds[j].Axis == i {
			return &l.bounds[j]
		}
	}
	return nil
}

// merges reports whether loops i and i+1 can be one: every operand goes from the end of the inner one straight on.
func (n *nest) merges(i int) bool {
	for _, l := range n.lanes {
		if l.strides[i] != l.strides[i+1]*n.sizes[i+1] || l.bound(i+1) != nil {
			return false
		}
		if l.kept != nil && l.kept[i] != l.kept[i+1] {
			return false
		}
	}
	return true
}

func (n *nest) merge(i int) {
	inner := n.sizes[i+1]
	n.sizes[i] *= inner
	for _, l := range n.lanes {
		l.strides[i] = l.strides[i+1]
		if b := l.bound(i); b != nil {
			b.Low, b.High = b.Low*inner, b.High*inner
		}
	}
	n.drop(i + 1)
}

// drop removes a loop that does nothing.
func (n *nest) drop(i int) {
	n.sizes = slices.Delete(n.sizes, i, i+1)
	for _, l := range n.lanes {
		l.strides = slices.Delete(l.strides, i, i+1)
		if l.kept != nil {
			l.kept = slices.Delete(l.kept, i, i+1)
		}
		for j := range l.bounds {
			if l.bounds[j].Axis > i {
				l.bounds[j].Axis--
			}
		}
	}
}

// inner returns the number of elements of a row, and rows how many there are.
func (n *nest) inner() int { return n.sizes[len(n.sizes)-1] * n.width }

func (n *nest) rows() int {
	rows := 1
	for _, s := range n.sizes[:len(n.sizes)-1] {
		rows *= s
	}
	return rows
}

// at returns where a lane stands in its buffer at the start of a row, given the indices of the outer loops, and whether
// the row lies within the lane's bounds.
func (l *lane) at(index []int) (offset int, inside bool) {
	for i, x := range index {
		offset += x * l.strides[i]
	}
	for _, b := range l.bounds {
		if b.Axis < len(index) && (index[b.Axis] < b.Low || index[b.Axis] >= b.High) {
			return offset, false
		}
	}
	return offset, true
}

// index writes the indices of the outer loops of a row.
func (n *nest) index(row int, index []int) {
	for i := len(n.sizes) - 2; i >= 0; i-- {
		index[i] = row % n.sizes[i]
		row /= n.sizes[i]
	}
}
