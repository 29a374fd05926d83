package cuda

import (
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
)

// merged returns a kernel without an anchor that does the same over fewer axes: neighbouring axes become one wherever all
// views go from the end of the inner one straight on, and axes of size 1 are dropped. So indices take fewer divisions.
// A kernel that draws random numbers keeps its first axis, which may be the sample; where a buffer is blocked, samples,
// channels and voxels stay apart. The layout may be nil: nothing is blocked.
func merged(l *layout, k *plan.Kernel) *plan.Kernel {
	m := nest{layout: l, domain: slices.Clone(k.Domain), reduces: slices.Clone(k.Reduces)}
	for _, l := range k.Loads {
		m.loads = append(m.loads, plan.Load{View: cloned(l.View), Bounds: slices.Clone(l.Bounds)})
	}
	for _, s := range k.Stores {
		m.stores = append(m.stores, plan.Store{Register: s.Register, View: cloned(s.View)})
	}
	for i := range m.reduces {
		m.reduces[i].Axes, m.reduces[i].View = slices.Clone(m.reduces[i].Axes), spread(m.reduces[i], len(k.Domain))
	}
	first := 0
	if draws(k) {
		first = 1
	}
	for i := len(m.domain) - 2; i >= first; i-- {
		if m.merges(i) {
			m.merge(i)
		}
	}
	out := *k
	out.Domain, out.Loads, out.Stores = m.domain, m.loads, m.stores
	out.Reduces = nil
	for _, r := range m.reduces {
		out.Reduces = append(out.Reduces, gathered(r))
	}
	return &out
}

// draws reports whether a kernel draws random numbers.
func draws(k *plan.Kernel) bool {
	return slices.ContainsFunc(k.Program, func(in plan.Instr) bool { return in.Op == "random" })
}

// nest is a kernel whose axes are being merged. Its reductions have a stride for every axis, 0 for those that vanish.
type nest struct {
	layout  *layout
	domain  []ir.Axis
	loads   []plan.Load
	stores  []plan.Store
	reduces []plan.Reduce
}

func cloned(v plan.View) plan.View {
	v.Strides = slices.Clone(v.Strides)
	return v
}

// spread returns a reduction's view with a stride for every axis of the domain.
func spread(r plan.Reduce, axes int) plan.View {
	v, next := r.View, 0
	v.Strides = make([]int, axes)
	for i := range axes {
		if !slices.Contains(r.Axes, i) {
			v.Strides[i] = r.Strides[next]
			next++
		}
	}
	return v
}

// gathered returns a reduction with strides for the axes that stay alone.
func gathered(r plan.Reduce) plan.Reduce {
	var stay []int
	for i, s := range r.Strides {
		if !slices.Contains(r.Axes, i) {
			stay = append(stay, s)
		}
	}
	r.Strides = stay
	return r
}

// views returns all views.
func (m *nest) views() []*plan.View {
	var all []*plan.View
	for i := range m.loads {
		all = append(all, &m.loads[i].View)
	}
	for i := range m.stores {
		all = append(all, &m.stores[i].View)
	}
	for i := range m.reduces {
		all = append(all, &m.reduces[i].View)
	}
	return all
}

// merges reports whether the axes i and i+1 can be one.
func (m *nest) merges(i int) bool {
	if m.domain[i+1].Size > 1 && m.domain[i].Size > 1 { // else the strides say nothing
		for _, v := range m.views() {
			if v.Strides[i] != v.Strides[i+1]*m.domain[i+1].Size || m.layout.blockedAt(*v) && v.Strides[i] >= m.layout.voxels(*v) {
				return false
			}
		}
	}
	for _, l := range m.loads {
		for _, b := range l.Bounds {
			if b.Axis == i || b.Axis == i+1 {
				return false
			}
		}
	}
	for _, r := range m.reduces {
		if slices.Contains(r.Axes, i) != slices.Contains(r.Axes, i+1) {
			return false
		}
	}
	return true
}

// merge makes the axes i and i+1 one.
func (m *nest) merge(i int) {
	outer := m.domain[i+1].Size == 1 // what moves is the outer one
	for _, v := range m.views() {
		if outer {
			v.Strides[i+1] = v.Strides[i]
		}
		v.Strides = slices.Delete(v.Strides, i, i+1)
	}
	m.domain[i+1].Size *= m.domain[i].Size
	m.domain = slices.Delete(m.domain, i, i+1)
	for j := range m.loads {
		for b := range m.loads[j].Bounds {
			if m.loads[j].Bounds[b].Axis > i {
				m.loads[j].Bounds[b].Axis--
			}
		}
	}
	for j := range m.reduces {
		var axes []int
		for _, a := range m.reduces[j].Axes {
			if a > i {
				a--
			}
			if !slices.Contains(axes, a) {
				axes = append(axes, a)
			}
		}
		m.reduces[j].Axes = axes
	}
}

// blockedAt reports whether a view is of a blocked buffer.
func (l *layout) blockedAt(v plan.View) bool { return l != nil && l.forms[v.Buffer].blocked }

// voxels returns the number of voxels of a channel of a view's buffer.
func (l *layout) voxels(v plan.View) int { return volume(l.plan.Buffers[v.Buffer].Type) }
