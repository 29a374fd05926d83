package plan

import (
	"slices"

	"github.com/vnlang/vn/compiler/ir"
)

// cut parts the life of a buffer in two: the kernels up to one, and those behind it. What is written before and read
// afterwards is made again, and what is read only afterwards is made only then.
type cut struct {
	buffer, at   int
	early, late  half
	again        []again
	frees, moves int64 // bytes
}

// half is a buffer before or after a cut, as far as something lies in it: everything that is written to it, or one part
// of a concatenation, which then has a dense buffer of its own.
type half struct {
	writes []write
	whole  bool
}

// write is a store into the buffer: the box of its indices, and the axes of what is stored.
type write struct {
	accessed
	kernel, store int
	box           []Bound
}

// again is what is made a second time, by a map before the first kernel that reads it.
type again struct {
	Kernel
	before int
}

// cutOf returns the cut of a buffer behind a kernel, or false where the buffer is needed while the kernel runs, or
// cannot be made again. uses are the kernels that touch the buffer.
func (p *Plan) cutOf(buffer, at int, uses []int) (cut, bool) {
	c := cut{buffer: buffer, at: at, frees: p.Buffers[buffer].aligned()}
	if len(uses) == 0 || uses[0] > at || uses[len(uses)-1] <= at {
		return c, false
	}
	writes, ok := p.writesOf(buffer, uses)
	if !ok || slices.Contains(uses, at) && p.Kernels[at].reads(buffer) {
		return c, false
	}
	for _, w := range writes {
		early, late := p.reader(w, uses, w.kernel, at), p.reader(w, uses, max(w.kernel, at), len(p.Kernels))
		switch {
		case w.kernel > at:
			c.late.writes = append(c.late.writes, w)
			continue
		case early >= 0:
			c.early.writes = append(c.early.writes, w)
		case p.Kernels[w.kernel].writesNothingBut(buffer):
			return c, false
		default:
			c.moves -= int64(touched(w.Strides, w.axes)) * 4
		}
		if late >= 0 {
			anew, ok := p.anew(w, late)
			if !ok {
				return c, false
			}
			c.late.writes = append(c.late.writes, w)
			c.again = append(c.again, again{anew, late})
			c.moves += anew.Cost.Bytes
		}
	}
	c.early.whole, c.late.whole = len(c.early.writes) == len(writes), len(c.late.writes) == len(writes)
	return c, len(c.again) > 0 && (c.early.whole || len(c.early.writes) < 2) && (c.late.whole || len(c.late.writes) == 1)
}

// writesOf returns the stores into a buffer, or false where something else is written to it.
func (p *Plan) writesOf(buffer int, uses []int) ([]write, bool) {
	var writes []write
	for _, i := range uses {
		k := &p.Kernels[i]
		if slices.ContainsFunc(k.Reduces, func(r Reduce) bool { return r.Buffer == buffer }) {
			return nil, false
		}
		for j, s := range k.Stores {
			if s.Buffer != buffer {
				continue
			}
			a := accessed{View: s.View, axes: k.Domain, writes: true}
			box, ok := p.box(a)
			if !ok {
				return nil, false
			}
			writes = append(writes, write{a, i, j, box})
		}
	}
	return writes, true
}

func (k *Kernel) writesNothingBut(buffer int) bool {
	return len(k.Reduces) == 0 && !slices.ContainsFunc(k.Stores, func(s Store) bool { return s.Buffer != buffer })
}

// reader returns the first kernel that reads what is written, after one kernel and up to another; -1 if there is none.
func (p *Plan) reader(w write, uses []int, after, last int) int {
	for _, i := range uses {
		if i <= after || i > last {
			continue
		}
		for _, a := range p.Kernels[i].accesses() {
			if !a.writes && a.Buffer == w.Buffer && p.meet(w.accessed, a) {
				return i
			}
		}
	}
	return -1
}

// cut returns the plan with a cut made, and where the kernel at the cut is in it.
func (p *Plan) cut(c cut) (next *Plan, at int, ok bool) {
	next = &Plan{Buffers: slices.Clone(p.Buffers)}
	first, second := c.buffer, c.buffer
	if len(c.early.writes) > 0 {
		second = len(p.Buffers)
		next.Buffers = append(next.Buffers, p.Buffers[c.buffer])
	}
	early := p.mover(c.early, c.buffer, first, next)
	late := p.mover(c.late, c.buffer, second, next)
	ok = true
	for i, k := range p.Kernels {
		m := &early
		if i > c.at {
			m = &late
		}
		for _, a := range c.again {
			if a.before == i {
				k := a.Kernel
				ok = late.move(&k) && ok
				next.Kernels = append(next.Kernels, k)
			}
		}
		ok = m.move(&k) && ok
		next.Kernels = append(next.Kernels, k)
		if i == c.at {
			at = len(next.Kernels) - 1
		}
	}
	return next, at, ok
}

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
