package plan

import (
	"slices"

	"github.com/vnlang/vn/compiler/ir"
)

// mover changes how kernels see a buffer.
type mover struct {
	p        *Plan
	half     half
	from, to int
	strides  []int // of the buffer they get
}

// mover gives a half its buffer in the next plan.
func (p *Plan) mover(h half, from, to int, next *Plan) mover {
	if !h.whole && len(h.writes) > 0 {
		next.Buffers[to].Type.Axes = h.writes[0].axes
	}
	return mover{p, h, from, to, Strides(next.Buffers[to].Type.Axes)}
}

// move changes a kernel. Stores that the half does not hold are dropped.
func (m *mover) move(k *Kernel) bool {
	if !k.reads(m.from) && !k.writes(m.from) {
		return true
	}
	ok := true
	if k.Anchor != nil {
		a := *k.Anchor
		a.Args = slices.Clone(a.Args)
		for i := range a.Args {
			ok = m.view(&a.Args[i], a.Types[i].Axes, nil) && ok
		}
		k.Anchor = &a
	}
	k.Loads = slices.Clone(k.Loads)
	for i := range k.Loads {
		ok = m.view(&k.Loads[i].View, k.Domain, k.Loads[i].Bounds) && ok
	}
	stores := len(k.Stores)
	k.Stores = slices.DeleteFunc(slices.Clone(k.Stores), func(s Store) bool { return s.Buffer == m.from && !m.half.holds(s.View) })
	for i := range k.Stores {
		ok = m.view(&k.Stores[i].View, k.Domain, nil) && ok
	}
	if len(k.Stores) < stores {
		k.prune()
	}
	return ok
}

func (h *half) holds(v View) bool {
	return slices.ContainsFunc(h.writes, func(w write) bool { return w.Offset == v.Offset && slices.Equal(w.Strides, v.Strides) })
}

// view changes a view of the buffer; in a part of it, indices count from the part's own first.
func (m *mover) view(v *View, axes []ir.Axis, bounds []Bound) bool {
	if v.Buffer != m.from {
		return true
	}
	if m.half.whole {
		v.Buffer = m.to
		return true
	}
	box, ok := m.p.box(accessed{View: *v, axes: axes, bounds: bounds})
	if !ok {
		return false
	}
	old := Strides(m.p.Buffers[m.from].Type.Axes)
	moved := View{Buffer: m.to, Strides: make([]int, len(axes))}
	for j, b := range box {
		moved.Offset += (b.Low - m.half.writes[0].box[j].Low) * m.strides[j]
	}
	for i, s := range v.Strides {
		if j := slices.Index(old, s); s > 0 && j >= 0 {
			moved.Strides[i] = m.strides[j]
		}
		low, _ := boundsOf(i, axes[i], bounds)
		moved.Offset -= low * moved.Strides[i]
	}
	*v = moved
	return true
}
