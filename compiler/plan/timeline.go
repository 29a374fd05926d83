package plan

import (
	"slices"

	"github.com/vnlang/vn/compiler/ir"
)

// timeline is how many bytes of the arena are in use over time. It has two slots for each kernel: 2i+1 is the time in
// which kernel i runs, and 2i that right before, in which values are made again.
type timeline struct {
	use   []int64
	spans []span // of the buffers
	last  []int  // the slot up to which a buffer can be read with no more memory in use
}

// change is how many bytes more are in use from one slot to another, both included.
type change struct {
	from, to int
	bytes    int64
}

// timeline returns the timeline of a plan, of whose buffers the uses are given.
func (p *Plan) timeline(uses [][]int) *timeline {
	t := &timeline{use: make([]int64, 2*len(p.Kernels)+1), spans: p.lifetimes(), last: make([]int, len(p.Buffers))}
	p.shareInPlace(t.spans)
	for b, s := range t.spans {
		if s.bytes == 0 {
			continue
		}
		if s.shares == b {
			t.use[2*s.first+1] += s.bytes
			t.use[2*s.last+2] -= s.bytes
		}
		last := uses[b][len(uses[b])-1]
		t.last[b] = 2*last + 1
		if t.spans[s.shares].last > last {
			t.last[b]-- // another takes over its place, and then cannot
		}
	}
	for i := 1; i < len(t.use); i++ {
		t.use[i] += t.use[i-1]
	}
	return t
}

func (t *timeline) clone() *timeline {
	return &timeline{use: slices.Clone(t.use), spans: t.spans, last: slices.Clone(t.last)}
}

// peak returns the most that is in use, and the first slot in which it is.
func (t *timeline) peak() (bytes int64, slot int) {
	bytes = slices.Max(t.use)
	return bytes, slices.Index(t.use, bytes)
}

// lower makes the changes of a cut and returns true, if less is then in use in a slot, and nowhere more than a peak.
func (t *timeline) lower(c *cut, slot int, peak int64) bool {
	changes := t.changes(c)
	var here int64
	for _, x := range changes {
		if x.from <= slot && slot <= x.to {
			here += x.bytes
		}
	}
	if here >= 0 {
		return false
	}
	t.add(changes, 1)
	for _, x := range changes {
		if x.bytes > 0 && slices.Max(t.use[x.from:x.to+1]) > peak {
			t.add(changes, -1)
			return false
		}
	}
	for _, a := range c.again {
		for _, l := range a.Loads {
			t.last[l.Buffer] = max(t.last[l.Buffer], 2*a.before)
		}
	}
	return true
}

func (t *timeline) add(changes []change, sign int64) {
	for _, x := range changes {
		for i := x.from; i <= x.to; i++ {
			t.use[i] += sign * x.bytes
		}
	}
}

// changes returns what a cut changes: the buffer is given up in between, each half of it may be smaller, and what it is
// made from again has to be there until then.
func (t *timeline) changes(c *cut) []change {
	first, last := 2*c.uses[0]+1, 2*c.uses[len(c.uses)-1]+1
	if t.spans[c.buffer].shares != c.buffer {
		first++ // the place is in use then by the one from which it is taken over
	}
	i, _ := slices.BinarySearch(c.uses, c.to+1) // the first use behind the cut
	given, anew := 2*c.uses[i-1]+2, 2*c.uses[i]
	changes := []change{
		{first, given - 1, c.early.bytes(c.frees) - c.frees},
		{given, anew - 1, -c.frees},
		{anew, last, c.late.bytes(c.frees) - c.frees},
	}
	for _, a := range c.again {
		for _, l := range a.Loads {
			if s := t.spans[l.Buffer]; s.bytes > 0 && t.last[l.Buffer] < 2*a.before {
				changes = append(changes, change{t.last[l.Buffer] + 1, 2 * a.before, s.bytes})
			}
		}
	}
	return changes
}

// bytes returns what a half takes of the arena, of a buffer that takes so many in whole.
func (h *half) bytes(whole int64) int64 {
	switch {
	case len(h.writes) == 0:
		return 0
	case h.whole:
		return whole
	}
	return Buffer{Type: ir.Type{Axes: h.writes[0].axes}}.aligned()
}

// taken is what cuts touch that are made together: those that touch none of it can be made with them.
type taken struct {
	cut, read map[int]bool // buffers that are cut, and those from which they are made again
	dropped   map[int]bool // kernels that lose a store
}

func newTaken() taken { return taken{map[int]bool{}, map[int]bool{}, map[int]bool{}} }

func (t taken) add(c *cut) {
	t.cut[c.buffer] = true
	for _, a := range c.again {
		for _, l := range a.Loads {
			t.read[l.Buffer] = true
		}
	}
	for _, k := range c.drops {
		t.dropped[k] = true
	}
}

// by reports whether a cut touches any of it.
func (t taken) by(c *cut) bool {
	if t.cut[c.buffer] || t.read[c.buffer] {
		return true
	}
	for _, a := range c.again {
		if slices.ContainsFunc(a.Loads, func(l Load) bool { return t.cut[l.Buffer] }) {
			return true
		}
	}
	return slices.ContainsFunc(c.drops, func(k int) bool { return t.dropped[k] })
}
