package plan

import (
	"cmp"
	"slices"
)

// cut parts the life of a buffer in two, between two uses that follow each other: the kernels up to one, and those behind
// it. What is written before and read afterwards is made again, and what is read only afterwards is made only then.
type cut struct {
	buffer       int
	uses         []int // kernels that touch the buffer
	from, to     int   // kernels that may run while the buffer is given up, both included
	early, late  half
	again        []again
	drops        []int // kernels that no longer store what they did
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

// maxMoved is how many bytes a cut may move for each byte that it frees: two maps are read, and the value is written.
const maxMoved = 3

// uses returns the kernels that touch each buffer.
func (p *Plan) uses() [][]int {
	uses := make([][]int, len(p.Buffers))
	for i := range p.Kernels {
		for _, b := range p.Kernels[i].buffers() {
			if n := len(uses[b]); n == 0 || uses[b][n-1] < i {
				uses[b] = append(uses[b], i)
			}
		}
	}
	return uses
}

// cuts returns the cuts that there are, the one that frees most for each byte that it moves first.
func (p *Plan) cuts(uses [][]int) []cut {
	var cuts []cut
	for b := range p.Buffers {
		if p.Buffers[b].Class != InArena {
			continue
		}
		for i := range len(uses[b]) - 1 {
			if c, ok := p.cutOf(b, uses[b], i); ok && c.moves <= maxMoved*c.frees {
				cuts = append(cuts, c)
			}
		}
	}
	slices.SortStableFunc(cuts, func(a, b cut) int {
		return cmp.Or(cmp.Compare(a.price(), b.price()), cmp.Compare(b.frees, a.frees))
	})
	return cuts
}

// price is how many bytes are moved for each that is freed.
func (c *cut) price() float64 { return float64(c.moves) / float64(c.frees) }

// cutOf returns the cut of a buffer behind one of its uses, or false where the buffer is needed until the next, or cannot
// be made again.
func (p *Plan) cutOf(buffer int, uses []int, last int) (cut, bool) {
	c := cut{buffer: buffer, uses: uses, from: uses[last], to: uses[last+1] - 1, frees: p.Buffers[buffer].aligned()}
	at := c.from
	if p.Kernels[at].reads(buffer) {
		c.from++
	}
	if c.from > c.to {
		return c, false
	}
	writes, ok := p.writesOf(buffer, uses)
	if !ok {
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
			c.drops = append(c.drops, w.kernel)
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

// cut returns the plan with cuts made, none of which touched the others.
func (p *Plan) cut(cuts []cut) (next *Plan, ok bool) {
	next, ok = &Plan{Buffers: slices.Clone(p.Buffers)}, true
	movers := make([][]mover, len(p.Kernels))  // of the kernel
	before := make([][]Kernel, len(p.Kernels)) // what is made again
	for _, c := range cuts {
		first, second := c.buffer, c.buffer
		if len(c.early.writes) > 0 {
			second = len(next.Buffers)
			next.Buffers = append(next.Buffers, p.Buffers[c.buffer])
		}
		early := p.mover(c.early, c.buffer, first, next)
		late := p.mover(c.late, c.buffer, second, next)
		for _, i := range c.uses {
			if i <= c.to {
				movers[i] = append(movers[i], early)
			} else {
				movers[i] = append(movers[i], late)
			}
		}
		for _, a := range c.again {
			k := a.Kernel
			ok = late.move(&k) && ok
			before[a.before] = append(before[a.before], k)
		}
	}
	for i, k := range p.Kernels {
		for _, m := range movers[i] {
			ok = m.move(&k) && ok
		}
		next.Kernels = append(append(next.Kernels, before[i]...), k)
	}
	return next, ok
}
