package plan

import "slices"

// hoist moves kernels up, past others on which they do not depend, where less memory is then in use: a weight gradient,
// which is small, comes before the input gradient, and lets go of the feature map before the latter makes another. What
// takes no memory to speak of always moves, as an optimizer's update does, which writes nothing but variables, so that
// gradients are used up as soon as they are made.
func (p *Plan) hoist() {
	spans := p.lifetimes()
	effects := make([]effect, len(p.Kernels))
	var order []int
	for i := range p.Kernels {
		effects[i] = effectOf(&p.Kernels[i], i, spans)
		at := len(order)
		for at > 0 && !effects[i].depends(&effects[order[at-1]]) && effects[i].goesBefore(&effects[order[at-1]]) {
			at--
			effects[i].pass(&effects[order[at]])
		}
		order = slices.Insert(order, at, i)
	}
	kernels := make([]Kernel, len(order))
	for at, i := range order {
		kernels[at] = p.Kernels[i]
	}
	p.Kernels = kernels
}

// effect is what a kernel does to the memory in use.
type effect struct {
	makes   int64         // bytes of the buffers that begin with it
	frees   map[int]int64 // bytes of the buffers that end with it, by buffer
	touches []int         // buffers
	writes  []int         // those of them that it writes
}

func effectOf(k *Kernel, i int, spans []span) effect {
	e := effect{frees: map[int]int64{}, touches: k.buffers()}
	for _, s := range k.Stores {
		e.writes = append(e.writes, s.Buffer)
	}
	for _, r := range k.Reduces {
		e.writes = append(e.writes, r.Buffer)
	}
	for _, b := range e.touches {
		switch {
		case spans[b].bytes == 0:
		case spans[b].first == i && spans[b].last > i:
			e.makes += spans[b].bytes
		case spans[b].last == i:
			e.frees[b] = spans[b].bytes
		}
	}
	return e
}

// goesBefore reports whether a kernel moves before an earlier one: with it first, less is in use at most while the two
// run, or as much while the smaller result waits for the larger one. What both free is freed by the second.
func (e *effect) goesBefore(earlier *effect) bool {
	if e.makes <= Alignment {
		return true
	}
	first := max(e.makes, e.makes-e.freesWithout(earlier)+earlier.makes)
	second := max(earlier.makes, earlier.makes-earlier.freesWithout(e)+e.makes)
	return first < second || first == second && e.makes < earlier.makes
}

// pass notes that the kernel moved before the other, which now frees what both touch.
func (e *effect) pass(other *effect) {
	if len(e.frees) == 0 {
		return
	}
	for _, b := range other.touches {
		if bytes, ok := e.frees[b]; ok {
			delete(e.frees, b)
			other.frees[b] = bytes
		}
	}
}

// freesWithout returns the bytes that a kernel frees before the other has run.
func (e *effect) freesWithout(other *effect) int64 {
	var n int64
	for b, bytes := range e.frees {
		if !slices.Contains(other.touches, b) {
			n += bytes
		}
	}
	return n
}

// depends reports whether a kernel must stay behind an earlier one: one writes what the other reads or writes.
func (e *effect) depends(earlier *effect) bool {
	return slices.ContainsFunc(e.writes, func(b int) bool { return slices.Contains(earlier.touches, b) }) ||
		slices.ContainsFunc(earlier.writes, func(b int) bool { return slices.Contains(e.touches, b) })
}
