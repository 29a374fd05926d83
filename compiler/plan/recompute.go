package plan

import (
	"math"
	"slices"
)

// maxRounds bounds how often a plan is written anew by recompute.
const maxRounds = 64

// effort is what recompute did, counted: the cuts that it looked into, and the plans that it wrote.
type effort struct{ cuts, plans int }

// recompute lowers the peak of the arena by computing again what is kept for long: where a value is not used for a
// while, and is a few cheap maps of others that lie in memory, its buffer is given up in between, and a map kernel
// makes it anew right before its next use. The values are the same bits: the instructions are the same.
//
// In a training step these are mostly the activations: of a convolution's result h and prelu(h), which the backward pass
// needs both, one alone is kept. A concatenation is kept as the results that its parts are made of.
//
// At the kernel where most memory is in use, the cut that frees most for each byte that it moves is tried first; it
// is made if less is then in use there, and nowhere more than before. This goes on until nothing helps at the peak.
//
// It goes on in rounds. A round chooses as many cuts as it can by a timeline of the memory in use, which says what a cut
// changes without making it, and makes them all in one new plan. The new plan stands if it keeps the promise; if not,
// the next round makes half as many cuts, and one that breaks it alone is left out until another succeeds.
//
// It ends, and soon: there are at most maxRounds rounds; a round makes at most one cut of each buffer, of the cuts that
// the plan had before it, one at most for each use of a buffer; and looks at each of these no more than once for each cut
// that it makes. What does not come to its end by then has its memory lowered less far, and is as right.
func (p *Plan) recompute() (spent effort) {
	var s survey
	most, failed := math.MaxInt, map[int]bool{}
	for range maxRounds {
		if s.before == nil {
			s = p.survey()
			spent.cuts += len(s.cuts)
		}
		batch := s.choose(failed, most)
		if len(batch) == 0 {
			break
		}
		next, ok := p.cut(batch)
		spent.plans++
		switch {
		case ok && s.lowered(next, batch):
			p.Buffers, p.Kernels = next.Buffers, next.Kernels
			s, most = survey{}, math.MaxInt
			clear(failed)
		case len(batch) > 1:
			most = len(batch) / 2
		default:
			failed[batch[0].buffer] = true
			most = math.MaxInt
		}
	}
	return spent
}

// survey is what a round knows of its plan: the cuts that there are, best first, and the memory in use.
type survey struct {
	cuts   []cut
	before *timeline
}

func (p *Plan) survey() survey {
	uses := p.uses()
	return survey{p.cuts(uses), p.timeline(uses)}
}

// choose returns up to most cuts that can be made together: at the peak that the ones before leave, the best that lowers
// it.
func (s *survey) choose(failed map[int]bool, most int) []cut {
	var batch []cut
	t, chosen := s.before.clone(), newTaken()
	for len(batch) < most {
		peak, slot := t.peak()
		i := slices.IndexFunc(s.cuts, func(c cut) bool {
			return c.from <= slot/2 && slot/2 <= c.to && !failed[c.buffer] && !chosen.by(&c) && t.lower(&c, slot, peak)
		})
		if i < 0 {
			break
		}
		batch = append(batch, s.cuts[i])
		chosen.add(&s.cuts[i])
	}
	return batch
}

// lowered reports whether less memory is in use with the cuts made, at the kernel where most was, and nowhere more.
func (s *survey) lowered(next *Plan, batch []cut) bool {
	peak, slot := s.before.peak()
	after := next.timeline(next.uses())
	highest, _ := after.peak()
	at := slot / 2
	for _, c := range batch {
		for _, a := range c.again {
			if a.before <= slot/2 {
				at++
			}
		}
	}
	return after.use[2*at+1] < peak && highest <= peak
}
