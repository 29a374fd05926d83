package plan

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
)

// contents is what the buffers hold while the kernels run one after the other.
type contents struct {
	p       *Plan
	valid   []bool // something was written, and nothing over it since
	lost    []bool // something was written over it; it is never used again
	written []int  // elements written so far
}

// verifyContents follows what the buffers hold: every read finds what was written for it, and every buffer that is
// written is written whole.
func (p *Plan) verifyContents() error {
	n := len(p.Buffers)
	c := contents{p, make([]bool, n), make([]bool, n), make([]int, n)}
	for i, b := range p.Buffers {
		c.valid[i] = b.Class == Input || b.Class == Variable
	}
	for i := range p.Kernels {
		if err := c.run(&p.Kernels[i]); err != nil {
			return fmt.Errorf("kernel %d (%s) %w", i, p.Kernels[i].Name, err)
		}
	}
	updated := map[string]bool{}
	for _, u := range p.Graph.Updates {
		_, name := u.Target.Leaf()
		updated[name] = true
	}
	for i, b := range p.Buffers {
		want := b.Type.Elements()
		if b.Class == Input || b.Class == Variable && !updated[b.Name] {
			want = 0
		}
		if c.written[i] != want {
			return fmt.Errorf("%d elements of buffer %d (%s) are written, not %d", c.written[i], i, b.Name, want)
		}
	}
	return nil
}

// run checks one kernel, and does to the contents what it does.
func (c *contents) run(k *Kernel) error {
	accesses := k.accesses()
	for _, a := range accesses {
		if !a.writes && !c.valid[a.Buffer] {
			return fmt.Errorf("reads buffer %d (%s), whose contents are not there", a.Buffer, c.p.Buffers[a.Buffer].Name)
		}
		if a.writes && c.lost[a.Buffer] {
			return fmt.Errorf("writes buffer %d (%s) again, after another took its place", a.Buffer, c.p.Buffers[a.Buffer].Name)
		}
	}
	for i, w := range accesses {
		for j, a := range accesses {
			if w.writes && i != j && c.p.meet(w, a) && !(w.elementwise && a.elementwise && !a.writes && c.p.sameElements(w, a)) {
				return fmt.Errorf("overwrites buffer %d (%s) while using it", a.Buffer, c.p.Buffers[a.Buffer].Name)
			}
		}
	}
	for _, w := range accesses {
		if w.writes {
			c.write(w)
		}
	}
	return nil
}

// write notes that a buffer was written, and that those in its place are gone.
func (c *contents) write(w accessed) {
	c.valid[w.Buffer] = true
	if n := c.p.Buffers[w.Buffer].Type.Elements(); c.written[w.Buffer] <= n { // else it is too much already
		c.written[w.Buffer] += ir.Type{Axes: w.axes}.Elements()
	}
	for b := range c.p.Buffers {
		if b != w.Buffer && (c.valid[b]) && c.p.overlap(w.Buffer, b) {
			c.valid[b], c.lost[b] = false, true
		}
	}
}

// accessed is one way in which a kernel uses memory.
type accessed struct {
	View
	axes        []ir.Axis
	bounds      []Bound
	writes      bool
	elementwise bool // at each point of the domain it touches the element of the view there, and no other
}

// accesses lists everything that a kernel reads and writes.
func (k *Kernel) accesses() []accessed {
	var list []accessed
	if k.Anchor != nil {
		for i, v := range k.Anchor.Args {
			list = append(list, accessed{View: v, axes: k.Anchor.Types[i].Axes})
		}
	}
	for _, l := range k.Loads {
		list = append(list, accessed{View: l.View, axes: k.Domain, bounds: l.Bounds, elementwise: len(l.Bounds) == 0})
	}
	for _, s := range k.Stores {
		list = append(list, accessed{View: s.View, axes: k.Domain, writes: true, elementwise: true})
	}
	for _, r := range k.Reduces {
		list = append(list, accessed{View: r.View, axes: k.remaining(r), writes: true})
	}
	return list
}

// sameElements reports whether two views of one domain are at the same bytes everywhere.
func (p *Plan) sameElements(a, b accessed) bool {
	if !slices.Equal(a.Strides, b.Strides) {
		return false
	}
	if a.Buffer == b.Buffer {
		return a.Offset == b.Offset
	}
	return p.Buffers[a.Buffer].Offset+4*int64(a.Offset) == p.Buffers[b.Buffer].Offset+4*int64(b.Offset)
}

// meet reports whether two accesses may touch the same memory. Within one buffer they do not where their boxes are
// apart, as those of the parts of a concatenation are.
func (p *Plan) meet(a, b accessed) bool {
	if a.Buffer != b.Buffer {
		return p.overlap(a.Buffer, b.Buffer)
	}
	x, isBox := p.box(a)
	y, alsoBox := p.box(b)
	if !isBox || !alsoBox {
		return true
	}
	for i := range x {
		if x[i].High <= y[i].Low || y[i].High <= x[i].Low {
			return false
		}
	}
	return true
}

// box returns the indices that an access reaches along each axis of its buffer, or false where it does not run along
// the buffer's own axes.
func (p *Plan) box(a accessed) ([]Bound, bool) {
	t := p.Buffers[a.Buffer].Type
	strides := Strides(t.Axes)
	at := a.Offset
	for i, x := range a.axes {
		low, _ := boundsOf(i, x, a.bounds)
		at += low * a.Strides[i]
	}
	if at < 0 {
		return nil, false // nothing is read
	}
	box := make([]Bound, len(strides))
	for i, s := range strides {
		low := 0
		if s > 0 {
			low, at = at/s, at%s
		}
		box[i] = Bound{i, low, low + 1}
	}
	for i, x := range a.axes {
		low, high := boundsOf(i, x, a.bounds)
		if high-low < 2 || a.Strides[i] == 0 {
			continue
		}
		j := slices.Index(strides, a.Strides[i])
		if j < 0 {
			return nil, false
		}
		if box[j].High += high - low - 1; box[j].High > t.Axes[j].Size {
			return nil, false
		}
	}
	return box, true
}

// overlap reports whether two buffers share bytes of the arena.
func (p *Plan) overlap(b, c int) bool {
	x, y := p.Buffers[b], p.Buffers[c]
	return x.Class == InArena && y.Class == InArena && x.Offset < y.Offset+y.Bytes() && y.Offset < x.Offset+x.Bytes()
}
