package cuda

import (
	"fmt"
	"strings"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
)

// address is where the elements of a view lie in its buffer, as expressions of CUDA C++.
type address struct {
	form    form
	offset  int   // elements; of a plain buffer
	strides []int // elements, for each axis of the domain; of a plain buffer
	walk    walk  // over a blocked buffer
	bounds  []plan.Bound
	never   bool // the bounds leave nothing to be read
}

// address returns the address of a view over a domain.
func (l *layout) address(v plan.View, domain []ir.Axis, bounds []plan.Bound) address {
	a := address{
		form: l.forms[v.Buffer], offset: v.Offset, strides: v.Strides, bounds: bounds,
	}
	for _, b := range bounds {
		a.never = a.never || b.Low >= b.High
	}
	if a.form.blocked {
		a.walk, _ = l.walk(v, domain, bounds)
	}
	return a
}

// at returns the place of the element at an index of the domain, given by one expression for each axis.
func (a address) at(index []string) string {
	if !a.form.blocked {
		return sum(a.offset, a.strides, index)
	}
	w := a.walk
	channel := plus(w.channel, w.alongChannel, index)
	voxel := sum(w.voxel, w.strides, index)
	block, within := divided(channel, blockWidth)
	block = joined(scaled(plus(w.sample, w.alongSample, index), w.channels/blockWidth), block)
	return zeroed(joined(scaled(joined(scaled(block, w.voxels), voxel), blockWidth), within))
}

// step returns how far apart in memory neighbours along an axis of the domain lie, provided that they are in one block.
func (a address) step(axis int) int {
	switch {
	case axis < 0:
		return 0
	case !a.form.blocked:
		return a.strides[axis]
	case axis == a.walk.alongChannel:
		return 1
	case axis == a.walk.alongSample:
		return a.walk.channels * a.walk.voxels
	}
	return a.walk.strides[axis] * blockWidth
}

// splits reports whether a group of lanes along an axis, begun at a multiple of their number, may not be one step apart
// each: it would run over the end of a block.
func (a address) splits(axis, lanes int) bool {
	return a.form.blocked && axis == a.walk.alongChannel && (lanes > blockWidth || a.walk.channel%lanes != 0)
}

// aligned reports whether a group of lanes along an axis is one aligned vector in memory.
func (a address) aligned(axis, lanes int) bool {
	if a.step(axis) != 1 || a.splits(axis, lanes) {
		return false
	}
	if a.form.blocked {
		return axis == a.walk.alongChannel
	}
	for i, s := range a.strides {
		if i != axis && s%lanes != 0 {
			return false
		}
	}
	return a.offset%lanes == 0
}

// inside returns the condition under which an index is within the bounds, or "".
func (a address) inside(index []string) string {
	var all []string
	for _, b := range a.bounds {
		all = append(all, fmt.Sprintf("%s >= %d && %s < %d", index[b.Axis], b.Low, index[b.Axis], b.High))
	}
	return strings.Join(all, " && ")
}
