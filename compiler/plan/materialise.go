package plan

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// materialise returns a graph that computes the same, in which every value that has to lie in memory by itself is the
// result of an op that writes memory: where an anchor, a concatenation, an output or an update uses a leaf, a view, or
// a value that already has its place elsewhere, a copy is put between. A copy is the identity map, stop_gradient, or the
// cast to the type that a value has already. It also returns the access of every view.
func materialise(g *ir.Graph) (*ir.Graph, map[*ir.Value]access, error) {
	m := &materialiser{
		out:    &ir.Graph{Name: g.Name, Mode: g.Mode, Batch: g.Batch},
		to:     make(map[*ir.Value]*ir.Value, len(g.Values)),
		placed: map[*ir.Value]bool{},
		parts:  map[*ir.Value]bool{},
		dense:  map[*ir.Value]bool{},
		views:  map[*ir.Value]access{},
		names:  map[string]bool{},
	}
	for _, v := range g.Values {
		m.names[v.Name] = true
	}
	for _, v := range g.Values {
		if err := m.add(v); err != nil {
			return nil, nil, err
		}
	}
	for _, o := range g.Outputs {
		m.out.Outputs = append(m.out.Outputs, ir.Output{Name: o.Name, Value: m.own(m.to[o.Value])})
	}
	for _, u := range g.Updates {
		m.out.Updates = append(m.out.Updates, ir.Update{Target: m.to[u.Target], Value: m.own(m.to[u.Value])})
	}
	return m.out, m.views, nil
}

type materialiser struct {
	out    *ir.Graph
	to     map[*ir.Value]*ir.Value // from the old graph's values
	placed map[*ir.Value]bool      // values that have a place: a part of a concatenation, an output, an update
	parts  map[*ir.Value]bool      // those of them that are parts of a concatenation
	dense  map[*ir.Value]bool      // values that are read as one dense run
	views  map[*ir.Value]access
	names  map[string]bool
}

// add appends a value of the old graph to the new one.
func (m *materialiser) add(v *ir.Value) error {
	w := *v
	w.Args = make([]*ir.Value, len(v.Args))
	for i, a := range v.Args {
		arg := m.to[a]
		switch {
		case isConcat(v):
			arg = m.part(arg, v)
		case isAnchor(v) && isView(arg) && !m.readable(v.Op, i, arg):
			arg = m.copyOf(arg)
		}
		if _, ok := v.Op.(op.MatMul); ok {
			if m.parts[arg] {
				arg = m.copyOf(arg)
			}
			m.dense[arg] = true
		}
		w.Args[i] = arg
	}
	if !isView(v) {
		m.append(v, &w)
		if isReduce(v) && v.Type.DType != ir.F32 {
			m.to[v] = m.copyOf(&w) // a reduction is written as it is summed, and rounded where it is read
		}
		return nil
	}
	arg := w.Args[0]
	a, ok := m.access(arg).through(&w)
	if ok && a.dense && m.parts[a.base] {
		ok = false
	}
	if !ok {
		w.Args[0] = m.copyOf(arg)
		if a, ok = whole(w.Args[0]).through(&w); !ok {
			return fmt.Errorf("plan: %s cannot be read from memory: this is a bug in the compiler", v.Name)
		}
	}
	if a.dense {
		m.dense[a.base] = true
	}
	m.append(v, &w)
	m.views[&w] = a
	return nil
}

func (m *materialiser) append(old, v *ir.Value) {
	v.ID = len(m.out.Values)
	m.out.Values = append(m.out.Values, v)
	m.to[old] = v
}

// access returns how a value of the new graph is read.
func (m *materialiser) access(v *ir.Value) access {
	if a, ok := m.views[v]; ok {
		return a
	}
	return whole(v)
}

// readable reports whether an anchor may read a view from where it lies: some channels of a feature map, which are dense
// within a sample.
func (m *materialiser) readable(o ir.Op, argument int, v *ir.Value) bool {
	a := m.access(v)
	if isDense(o, argument) || a.dense || len(v.Type.Axes) < 2 || len(a.origin) != len(v.Type.Axes) || isLeaf(a.base) && !inMemory(a.base) {
		return false
	}
	for i, x := range v.Type.Axes {
		whole := a.origin[i] == 0 && x.Size == a.as.Axes[i].Size
		if a.axes[i] != (axisOf{i, 0, x.Size}) || !whole && (i != 1 || x.Name != ir.Channel) {
			return false
		}
	}
	return true
}

// own returns the value itself where it can be given a place of its own, or a copy that can.
func (m *materialiser) own(v *ir.Value) *ir.Value {
	if isLeaf(v) || isView(v) || isConcat(v) || m.placed[v] {
		v = m.copyOf(v)
	}
	m.placed[v] = true
	return v
}

// part returns a value that can be written straight into its place in the concatenation c. Parts along the channels of a
// feature map stay dense within a sample, so that anchors may still read them; other parts do not, and are copies.
func (m *materialiser) part(v, c *ir.Value) *ir.Value {
	if c.Op.(op.Concat).Axis != ir.Channel || c.Type.Index(ir.Channel) > 1 || m.dense[v] {
		v = m.copyOf(v)
	}
	v = m.own(v)
	m.parts[v] = true
	return v
}

// copyOf appends the identity of a value. What is of a half type is rounded to it once more, for the sake of reductions.
func (m *materialiser) copyOf(v *ir.Value) *ir.Value {
	name := v.Name + ".copy"
	for i := 2; m.names[name]; i++ {
		name = fmt.Sprintf("%s.copy%d", v.Name, i)
	}
	m.names[name] = true
	var identity ir.Op = op.StopGradient{}
	if v.Type.DType != ir.F32 {
		identity = op.Cast{To: v.Type.DType}
	}
	c := &ir.Value{
		ID: len(m.out.Values), Name: name, Op: identity, Args: []*ir.Value{v},
		Type: v.Type, Stage: v.Stage, At: v.At,
	}
	m.out.Values = append(m.out.Values, c)
	return c
}

// isLeaf reports whether a value is there before the step or needs nothing to be made.
func isLeaf(v *ir.Value) bool {
	switch v.Op.(type) {
	case op.Constant, op.Random:
		return true
	}
	return inMemory(v)
}

// inMemory reports whether a value lies in memory before the step, as inputs, parameters and states do.
func inMemory(v *ir.Value) bool {
	kind, _ := v.Leaf()
	return kind != ""
}

func isConcat(v *ir.Value) bool {
	_, ok := v.Op.(op.Concat)
	return ok
}

// isAnchor reports whether a value is made by a kernel that reads its arguments from memory in an order of its own.
func isAnchor(v *ir.Value) bool {
	switch v.Op.(type) {
	case op.Convolve, op.ConvolveInput, op.ConvolveWeight, op.MatMul, op.ArgMax,
		op.MaxPool, op.MaxPoolGradient, op.Resize, op.ResizeGradient:
		return true
	}
	return false
}

// isReduce reports whether a value combines its argument over axes.
func isReduce(v *ir.Value) bool {
	switch v.Op.(type) {
	case op.Sum, op.ReduceMax, op.ReduceMin:
		return true
	}
	return false
}

// reducedAxes returns the names of the axes that a reduction removes.
func reducedAxes(v *ir.Value) []string {
	switch o := v.Op.(type) {
	case op.Sum:
		return o.Axes
	case op.ReduceMax:
		return o.Axes
	case op.ReduceMin:
		return o.Axes
	}
	return nil
}

// sameAxes reports whether two types have the same axes.
func sameAxes(t, u ir.Type) bool { return slices.Equal(t.Axes, u.Axes) }
