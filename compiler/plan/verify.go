package plan

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// Verify checks every rule that a plan obeys; a backend may rely on them, and a plan that was read from a file is
// checked before it runs. Nothing is read or written outside its buffer, everything is written before it is read, and
// nothing is overwritten while it is still needed.
func (p *Plan) Verify() error {
	for i, b := range p.Buffers {
		if err := p.verifyBuffer(b); err != nil {
			return fmt.Errorf("buffer %d (%s): %w", i, b.Name, err)
		}
	}
	for i := range p.Kernels {
		if err := p.verifyKernel(&p.Kernels[i]); err != nil {
			return fmt.Errorf("kernel %d (%s): %w", i, p.Kernels[i].Name, err)
		}
	}
	return p.verifyContents()
}

func (p *Plan) verifyBuffer(b Buffer) error {
	for _, x := range b.Type.Axes {
		if x.Size < 1 {
			return fmt.Errorf("axis %s has size %d", x.Name, x.Size)
		}
	}
	switch b.Class {
	case Input, Output, Variable:
	case InArena:
		if b.Offset < 0 || b.Offset%Alignment != 0 || b.Offset > p.Arena {
			return fmt.Errorf("offset %d of an arena of %d bytes", b.Offset, p.Arena)
		}
	default:
		return fmt.Errorf("unknown class %q", b.Class)
	}
	return nil
}

func (p *Plan) verifyKernel(k *Kernel) error {
	for r, in := range k.Program {
		for _, a := range in.Args {
			if a < 0 || a >= r {
				return fmt.Errorf("instruction %d reads register %d, which is not there yet", r, a)
			}
		}
		if in.Op == "load" && (in.Index < 0 || in.Index >= len(k.Loads)) {
			return fmt.Errorf("instruction %d reads load %d of %d", r, in.Index, len(k.Loads))
		}
		if in.Op == "anchor" && k.Anchor == nil {
			return fmt.Errorf("instruction %d reads an anchor, and the kernel has none", r)
		}
	}
	for i, l := range k.Loads {
		if err := p.verifyView(l.View, k.Domain, l.Bounds); err != nil {
			return fmt.Errorf("load %d: %w", i, err)
		}
	}
	for i, s := range k.Stores {
		if s.Register < 0 || s.Register >= len(k.Program) {
			return fmt.Errorf("store %d: register %d of %d", i, s.Register, len(k.Program))
		}
		if err := p.verifyView(s.View, k.Domain, nil); err != nil {
			return fmt.Errorf("store %d: %w", i, err)
		}
	}
	for i, r := range k.Reduces {
		if err := p.verifyReduce(k, r); err != nil {
			return fmt.Errorf("reduce %d: %w", i, err)
		}
	}
	if a := k.Anchor; a != nil {
		if len(a.Args) != len(a.Types) {
			return fmt.Errorf("anchor %s has %d arguments in memory and %d in the graph", a.Value, len(a.Args), len(a.Types))
		}
		for i, v := range a.Args {
			if err := p.verifyView(v, a.Types[i].Axes, nil); err != nil {
				return fmt.Errorf("argument %d of the anchor: %w", i, err)
			}
		}
	}
	return nil
}

func (p *Plan) verifyReduce(k *Kernel, r Reduce) error {
	if r.Register < 0 || r.Register >= len(k.Program) {
		return fmt.Errorf("register %d of %d", r.Register, len(k.Program))
	}
	gone := map[int]bool{}
	for _, a := range r.Axes {
		if a < 0 || a >= len(k.Domain) || gone[a] {
			return fmt.Errorf("axis %d of %d", a, len(k.Domain))
		}
		gone[a] = true
	}
	var stay []ir.Axis
	for i, x := range k.Domain {
		if !gone[i] {
			stay = append(stay, x)
		}
	}
	return p.verifyView(r.View, stay, nil)
}

// verifyView checks that a view stays in its buffer over a domain, as far as its bounds let it be read.
func (p *Plan) verifyView(v View, domain []ir.Axis, bounds []Bound) error {
	if v.Buffer < 0 || v.Buffer >= len(p.Buffers) {
		return fmt.Errorf("buffer %d of %d", v.Buffer, len(p.Buffers))
	}
	if len(v.Strides) != len(domain) {
		return fmt.Errorf("%d strides for %d axes", len(v.Strides), len(domain))
	}
	from, to := v.Offset, v.Offset // of the elements reached
	for i, x := range domain {
		low, high := 0, x.Size
		for _, b := range bounds {
			if b.Axis == i {
				low, high = max(low, b.Low), min(high, b.High)
			}
		}
		if low >= high {
			return nil // nothing is read
		}
		a, b := low*v.Strides[i], (high-1)*v.Strides[i]
		from, to = from+min(a, b), to+max(a, b)
	}
	if n := p.Buffers[v.Buffer].Type.Elements(); from < 0 || to >= n {
		return fmt.Errorf("elements %d to %d of a buffer of %d", from, to, n)
	}
	return nil
}

// verifyContents follows what the arena holds: every read finds what was written for it.
func (p *Plan) verifyContents() error {
	valid := make([]bool, len(p.Buffers))
	for i, b := range p.Buffers {
		valid[i] = b.Class == Input || b.Class == Variable
	}
	for i, k := range p.Kernels {
		for _, b := range k.buffers() {
			if k.reads(b) && !valid[b] {
				return fmt.Errorf("kernel %d (%s) reads buffer %d (%s), whose contents are not there", i, k.Name, b, p.Buffers[b].Name)
			}
		}
		for _, b := range k.buffers() {
			if !k.writes(b) {
				continue
			}
			if o := p.Buffers[b]; o.Class == InArena && o.Offset+o.Bytes() > p.Arena {
				return fmt.Errorf("kernel %d (%s) writes past the arena", i, k.Name)
			}
			valid[b] = true
			for c := range p.Buffers {
				if c != b && p.overlap(b, c) {
					if k.reads(c) && !(k.elementwise(c) && p.Buffers[b].Offset == p.Buffers[c].Offset) {
						return fmt.Errorf("kernel %d (%s) overwrites buffer %d (%s) while reading it", i, k.Name, c, p.Buffers[c].Name)
					}
					valid[c] = false
				}
			}
		}
	}
	return nil
}

// elementwise reports whether the kernel reads a buffer only in the order in which it lies.
func (k Kernel) elementwise(buffer int) bool {
	for _, l := range k.Loads {
		if l.Buffer == buffer {
			return k.readsOnlyLike(l.View)
		}
	}
	return false
}

// overlap reports whether two buffers share bytes of the arena.
func (p *Plan) overlap(b, c int) bool {
	x, y := p.Buffers[b], p.Buffers[c]
	return x.Class == InArena && y.Class == InArena && x.Offset < y.Offset+y.Bytes() && y.Offset < x.Offset+x.Bytes()
}
