package plan

import (
	"cmp"
	"slices"
)

// recompute lowers the peak of the arena by computing again what is kept for long: where a value is not used for a
// while, and is a few cheap maps of others that lie in memory, its buffer is given up in between, and a map kernel
// makes it anew right before its next use. The values are the same bits: the instructions are the same.
//
// In a training step these are mostly the activations: of a convolution's result h and prelu(h), which the backward pass
// needs both, one alone is kept. A concatenation is kept as the results that its parts are made of.
//
// At the kernel where most memory is in use, the cut that frees most for each byte that it moves is tried first; it
// is made if less is then in use there, and nowhere more than before. This goes on until nothing helps at the peak.
func (p *Plan) recompute() {
	for {
		use := p.usage()
		if len(use) == 0 {
			return
		}
		peak := slices.Max(use)
		at := slices.Index(use, peak)
		if !p.lower(at, peak) {
			return
		}
	}
}

// lower makes one cut that lowers the peak at a kernel, or returns false.
func (p *Plan) lower(at int, peak int64) bool {
	for _, c := range p.cuts(at) {
		next, now, ok := p.cut(c)
		if !ok {
			continue
		}
		use := next.usage()
		if use[now] < peak && slices.Max(use) <= peak {
			p.Buffers, p.Kernels = next.Buffers, next.Kernels
			return true
		}
	}
	return false
}

// maxMoved is how many bytes a cut may move for each byte that it frees: two maps are read, and the value is written.
const maxMoved = 3

// cuts returns the cuts behind a kernel that free a buffer while it runs, best first.
func (p *Plan) cuts(at int) []cut {
	uses := make([][]int, len(p.Buffers))
	for i := range p.Kernels {
		for _, b := range p.Kernels[i].buffers() {
			if n := len(uses[b]); n == 0 || uses[b][n-1] < i {
				uses[b] = append(uses[b], i)
			}
		}
	}
	var cuts []cut
	for b := range p.Buffers {
		if p.Buffers[b].Class != InArena {
			continue
		}
		if c, ok := p.cutOf(b, at, uses[b]); ok && c.moves <= maxMoved*c.frees {
			cuts = append(cuts, c)
		}
	}
	slices.SortStableFunc(cuts, func(a, b cut) int {
		return cmp.Or(cmp.Compare(a.moves*b.frees, b.moves*a.frees), cmp.Compare(b.frees, a.frees))
	})
	return cuts
}
