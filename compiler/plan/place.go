package plan

import (
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// places knows where every value lies: in which buffer, and where in it.
type places struct {
	buffers []Buffer
	views   map[*ir.Value]View
}

// lay gives every value that lies in memory its place. A part of a concatenation lies inside it; an output lies in the
// caller's buffer; the next value of a variable is written over the variable itself, except for the updates that are
// deferred to the end of the step because the old value is still read after the new one is there.
func (f *fuser) lay(deferred map[int]bool) *places {
	p := &places{views: map[*ir.Value]View{}}
	for _, v := range f.g.Values {
		switch o := v.Op.(type) {
		case op.Input:
			p.add(v, Buffer{Name: o.Name, Class: Input, Type: v.Type})
		case op.Parameter:
			p.add(v, Buffer{Name: o.Name, Class: Variable, Type: v.Type})
		case op.State:
			p.add(v, Buffer{Name: o.Name, Class: Variable, Type: v.Type})
		}
	}
	for _, o := range f.g.Outputs {
		p.add(o.Value, Buffer{Name: o.Name, Class: Output, Type: o.Value.Type})
	}
	for i, u := range f.g.Updates {
		if !deferred[i] {
			p.views[u.Value] = p.views[u.Target]
		}
	}
	for _, v := range f.g.Values {
		if isConcat(v) {
			p.add(v, Buffer{Name: v.Name, Class: InArena, Type: v.Type})
			p.parts(v)
		}
	}
	for _, v := range f.g.Values {
		if _, have := p.views[v]; !have && f.stored[v] {
			p.add(v, Buffer{Name: v.Name, Class: InArena, Type: v.Type})
		}
	}
	return p
}

// add gives v a dense buffer of its own.
func (p *places) add(v *ir.Value, b Buffer) {
	p.views[v] = View{Buffer: len(p.buffers), Strides: Strides(v.Type.Axes)}
	p.buffers = append(p.buffers, b)
}

// parts gives the arguments of a concatenation their places in it.
func (p *places) parts(c *ir.Value) {
	whole := p.views[c]
	axis := c.Type.Index(c.Op.(op.Concat).Axis)
	at := 0
	for _, a := range c.Args {
		p.views[a] = View{Buffer: whole.Buffer, Offset: at * whole.Strides[axis], Strides: whole.Strides}
		at += a.Type.Axes[axis].Size
	}
}

// view returns where a value lies.
func (p *places) view(v *ir.Value) View { return p.views[v] }
