package cuda

import (
	"fmt"

	"github.com/vnlang/vn/compiler/plan"
)

// threads is the number of threads in a block of a sweep.
const threads = 256

// sweep is a kernel that goes over the whole of a domain, a group of lanes a thread.
type sweep struct {
	*program
	names []string // variables for the axes
	sizes []int    // of the domain, in groups of lanes along the lane axis
	value valueOf  // computes the anchor; nil where there is none
}

// valueOf writes statements that compute the anchor at an index of the domain, and returns its value as an expression.
type valueOf func(b *body, index []string) string

// sweeps appends the launches of a kernel that goes over its domain: one for each set of axes that are reduced, the last
// of which also stores.
func (u *unit) sweeps(k *plan.Kernel, value valueOf) {
	groups := reductionGroups(k)
	for i, group := range groups {
		part := *k
		part.Reduces = group
		if i < len(groups)-1 {
			part.Stores = nil
		}
		cost := u.cost(k)
		if i > 0 {
			cost.FLOPs = 0 // counted already
		}
		s := u.newSweep(&part, value)
		if len(group) == 0 {
			u.mapOver(s, cost)
		} else {
			u.reduceOver(s, cost)
		}
	}
}

// newSweep prepares a sweep: it chooses the lanes.
func (u *unit) newSweep(k *plan.Kernel, value valueOf) *sweep {
	b := &body{layout: u.layout, wide: u.layout.isWide(k)}
	s := &sweep{program: &program{body: b, kernel: k, axis: -1, lanes: 1, anchor: "anchor"}, value: value}
	if value == nil {
		s.axis, s.lanes = u.layout.lanes(k)
	}
	for i, x := range k.Domain {
		name, size := fmt.Sprintf("i%d", i), x.Size
		if i == s.axis {
			size /= s.lanes
			name = fmt.Sprintf("g%d", i)
		}
		s.sizes, s.names = append(s.sizes, size), append(s.names, name)
		switch {
		case size == 1:
			s.index = append(s.index, "0")
		default:
			s.index = append(s.index, fmt.Sprintf("i%d", i))
		}
	}
	return s
}

// lanes chooses the axis along which a thread takes several elements, and how many: channels where a blocked feature map
// has them side by side, else the innermost axis.
func (l *layout) lanes(k *plan.Kernel) (axis, lanes int) {
	var views []address
	for _, x := range k.Loads {
		views = append(views, l.address(x.View, k.Domain, x.Bounds))
	}
	for _, x := range k.Stores {
		views = append(views, l.address(x.View, k.Domain, nil))
	}
	fits := func(axis, lanes int) bool {
		if axis < 0 || k.Domain[axis].Size%lanes != 0 {
			return false
		}
		for _, a := range views {
			if a.splits(axis, lanes) {
				return false
			}
			for _, b := range a.bounds {
				if b.Axis == axis && (b.Low%lanes != 0 || b.High%lanes != 0) {
					return false
				}
			}
		}
		return true
	}
	axis = -1
	for _, a := range views {
		if a.form.blocked && a.walk.alongChannel >= 0 {
			axis = a.walk.alongChannel
		}
	}
	if fits(axis, blockWidth) {
		return axis, blockWidth
	}
	if last := len(k.Domain) - 1; fits(last, 4) {
		return last, 4
	}
	return -1, 1
}

// at decodes a linear index over some of the axes.
func (s *sweep) at(linear string, axes []int) {
	sizes, names := make([]int, len(axes)), make([]string, len(axes))
	for j, i := range axes {
		sizes[j], names[j] = s.sizes[i], s.names[i]
	}
	s.decode(linear, sizes, names)
	for _, i := range axes {
		if i == s.axis && s.sizes[i] > 1 {
			s.line("const %s i%d = g%d * %d;", s.integer(), i, i, s.lanes)
		}
	}
}

// point writes what happens at one group of lanes.
func (s *sweep) point() {
	s.compute()
	s.stores()
}

// compute writes the anchor, where anything needs it, and the program.
func (s *sweep) compute() {
	for r, need := range s.needed() {
		if need && s.kernel.Program[r].Op == "anchor" {
			s.line("const float %s = %s;", s.anchor, s.value(s.body, s.index))
			break
		}
	}
	s.instructions()
}

// count returns the number of groups of lanes along axes.
func (s *sweep) count(axes []int) int {
	n := 1
	for _, i := range axes {
		n *= s.sizes[i]
	}
	return n
}

// mapOver appends the launch of a sweep without reductions.
func (u *unit) mapOver(s *sweep, cost plan.KernelCost) {
	all := make([]int, len(s.sizes))
	for i := range all {
		all[i] = i
	}
	n := s.count(all)
	block := blockFor(n)
	s.line("const %s t = (%s)blockIdx.x * %d + threadIdx.x;", s.integer(), s.integer(), block)
	s.line("if (t >= %d) return;", n)
	s.at("t", all)
	s.point()
	u.call(s.body, shape{grid: [3]int{ceil(n, block), 1, 1}, block: block}, s.note("map"), cost)
}

// blockFor returns the number of threads of a block for n of them in all.
func blockFor(n int) int { return min(threads, (n+31)/32*32) }

// note says what a sweep does.
func (s *sweep) note(what string) string {
	if s.value != nil {
		return "general " + s.kernel.Anchor.Op.Kind()
	}
	return what
}
