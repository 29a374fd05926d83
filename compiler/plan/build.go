package plan

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
)

// ErrTooLarge is the error of a plan whose memory no machine has: the model is to blame, or its sizes.
var ErrTooLarge = errors.New("it needs more than 2^40 bytes of memory: make the model narrower or shallower, its input smaller, or the batch")

// Build returns the execution plan of a graph.
func Build(g *ir.Graph) (*Plan, error) {
	p, err := lower(g)
	if err != nil {
		return nil, err
	}
	p.recompute()
	p.hoist()
	p.assignMemory()
	if err := p.Verify(); errors.Is(err, ErrTooLarge) {
		return nil, ErrTooLarge
	} else if err != nil {
		return nil, fmt.Errorf("plan %s: this is a bug in the compiler: %w", g.Name, err)
	}
	return p, nil
}

// lower returns the kernels of a graph in an order that needs little memory, which they do not have yet.
func lower(g *ir.Graph) (*Plan, error) {
	if err := ir.Verify(g); err != nil {
		return nil, fmt.Errorf("plan %s: %w", g.Name, err)
	}
	flat, views, err := materialise(g)
	if err != nil {
		return nil, err
	}
	f := fuse(flat, views)
	p := &Plan{Name: g.Name, Mode: g.Mode, Batch: g.Batch, Graph: g}
	deferred := map[int]bool{}
	for {
		place := f.lay(deferred)
		p.Buffers, p.Kernels = place.buffers, nil
		for _, h := range f.groups {
			if k, ok := f.kernel(h, place); ok {
				p.Kernels = append(p.Kernels, k)
			}
		}
		late := p.readLate(flat, place, deferred)
		if len(late) == 0 {
			p.finishUpdates(flat, place, deferred)
			p.hoist()
			return p, nil
		}
		for _, i := range late {
			deferred[i] = true
		}
	}
}

// readLate returns the updates that may not be written in place: some kernel reads the old value after the new one is
// written, or in another order than it is written.
func (p *Plan) readLate(g *ir.Graph, place *places, deferred map[int]bool) []int {
	var late []int
	uses := p.uses()
	for i, u := range g.Updates {
		if deferred[i] {
			continue
		}
		at := place.view(u.Target)
		written := slices.IndexFunc(uses[at.Buffer], func(j int) bool { return p.Kernels[j].writes(at.Buffer) })
		for j, use := range uses[at.Buffer] {
			k := &p.Kernels[use]
			if !k.reads(at.Buffer) || j < written || j == written && k.readsOnlyLike(at) {
				continue
			}
			late = append(late, i)
			break
		}
	}
	return late
}

// finishUpdates appends the copies of the deferred updates.
func (p *Plan) finishUpdates(g *ir.Graph, place *places, deferred map[int]bool) {
	for i, u := range g.Updates {
		if !deferred[i] {
			continue
		}
		p.Kernels = append(p.Kernels, Kernel{
			Name: u.Value.Name + ".update", Domain: u.Target.Type.Axes,
			Program: []Instr{{Op: "load"}},
			Loads:   []Load{{View: place.view(u.Value)}},
			Stores:  []Store{{View: place.view(u.Target)}},
			Stage:   u.Target.Stage, At: u.Target.At,
			Cost: KernelCost{Bytes: 2 * u.Target.Type.Bytes()},
		})
	}
}

// buffers returns the buffers that a kernel touches.
func (k Kernel) buffers() []int {
	var bs []int
	if k.Anchor != nil {
		for _, a := range k.Anchor.Args {
			bs = append(bs, a.Buffer)
		}
	}
	for _, l := range k.Loads {
		bs = append(bs, l.Buffer)
	}
	for _, s := range k.Stores {
		bs = append(bs, s.Buffer)
	}
	for _, r := range k.Reduces {
		bs = append(bs, r.Buffer)
	}
	return bs
}

func (k Kernel) writes(buffer int) bool {
	return slices.ContainsFunc(k.Stores, func(s Store) bool { return s.Buffer == buffer }) ||
		slices.ContainsFunc(k.Reduces, func(r Reduce) bool { return r.Buffer == buffer })
}

func (k Kernel) reads(buffer int) bool {
	return k.anchorReads(buffer) ||
		slices.ContainsFunc(k.Loads, func(l Load) bool { return l.Buffer == buffer })
}

func (k Kernel) anchorReads(buffer int) bool {
	return k.Anchor != nil && slices.ContainsFunc(k.Anchor.Args, func(v View) bool { return v.Buffer == buffer })
}

// readsOnlyLike reports whether the kernel reads a view's buffer only element by element, as the view lies, and writes
// it likewise; then it may overwrite it.
func (k Kernel) readsOnlyLike(at View) bool {
	if k.anchorReads(at.Buffer) {
		return false
	}
	same := func(v View) bool { return v.Offset == at.Offset && slices.Equal(v.Strides, at.Strides) }
	for _, l := range k.Loads {
		if l.Buffer == at.Buffer && (!same(l.View) || len(l.Bounds) > 0) {
			return false
		}
	}
	for _, s := range k.Stores {
		if s.Buffer == at.Buffer && !same(s.View) {
			return false
		}
	}
	return !slices.ContainsFunc(k.Reduces, func(r Reduce) bool { return r.Buffer == at.Buffer })
}
