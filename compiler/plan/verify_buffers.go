package plan

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
)

// maxBytes bounds the memory that a plan asks for, its variables included: what a file can make a backend allocate.
const maxBytes = 1 << 40

// verifyBuffers checks the buffers by themselves, against each other and against the graph.
func (p *Plan) verifyBuffers() error {
	of := map[Class]map[string]ir.Type{Input: {}, Output: {}, Variable: {}}
	var end, total int64
	for i, b := range p.Buffers {
		if err := p.verifyBuffer(b); err != nil {
			return fmt.Errorf("buffer %d (%s): %w", i, b.Name, err)
		}
		if b.Class == InArena {
			end = max(end, b.Offset+b.aligned())
			continue
		}
		if _, have := of[b.Class][b.Name]; have {
			return fmt.Errorf("buffer %d: another %s is called %s", i, b.Class, b.Name)
		}
		of[b.Class][b.Name] = b.Type
		if total += b.Bytes(); total > maxBytes {
			return ErrTooLarge
		}
	}
	if p.Arena != end {
		return fmt.Errorf("the arena is %d bytes, its buffers take %d", p.Arena, end)
	}
	return p.verifyLeaves(of)
}

func (p *Plan) verifyBuffer(b Buffer) error {
	if err := b.Type.Check(); err != nil {
		return err
	}
	switch b.Class {
	case Input, Output, Variable:
		if b.Offset != 0 {
			return fmt.Errorf("offset %d outside the arena", b.Offset)
		}
	case InArena:
		if b.Offset > maxBytes || b.Bytes() > maxBytes-max(b.Offset, 0) {
			return ErrTooLarge
		}
		if b.Offset < 0 || b.Offset%Alignment != 0 {
			return fmt.Errorf("%d bytes at offset %d of the arena", b.Bytes(), b.Offset)
		}
	default:
		return fmt.Errorf("unknown class %q", b.Class)
	}
	return nil
}

// verifyLeaves checks that inputs, outputs and variables are those of the graph.
func (p *Plan) verifyLeaves(of map[Class]map[string]ir.Type) error {
	counts := map[Class]int{}
	check := func(class Class, name string, t ir.Type) error {
		counts[class]++
		if have, ok := of[class][name]; !ok || !have.Equal(t) {
			return fmt.Errorf("the graph has the %s %s of type %s, the plan has not", class, name, t)
		}
		return nil
	}
	for _, v := range p.Graph.Values {
		kind, name := v.Leaf()
		class := Variable
		switch kind {
		case "":
			continue
		case ir.LeafInput:
			class = Input
		}
		if err := check(class, name, v.Type); err != nil {
			return err
		}
	}
	for _, o := range p.Graph.Outputs {
		if err := check(Output, o.Name, o.Value.Type); err != nil {
			return err
		}
	}
	for class, names := range of {
		if len(names) != counts[class] {
			return fmt.Errorf("the graph has %d of class %s, the plan %d", counts[class], class, len(names))
		}
	}
	return nil
}

// aligned returns the size of the buffer rounded up to the alignment: what it takes of the arena.
func (b Buffer) aligned() int64 { return (b.Bytes() + Alignment - 1) / Alignment * Alignment }
