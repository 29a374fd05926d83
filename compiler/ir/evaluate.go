package ir

import (
	"fmt"
)

// Result is what the evaluation of a graph gives.
type Result struct {
	Outputs map[string]*Tensor // by the outputs' names
	Updates map[string]*Tensor // the next values of parameters and states, by the leaves' names
}

// Evaluate computes a graph in float64, one op after the other as each defines itself, and so says what the graph
// means. The leaves are given by name. An input must be there; a parameter or a state that is not has the value of
// before the first step, for the context's seed. A value of a half dtype is rounded to it. A tensor is let go after its
// last use. The graph is verified first.
func Evaluate(g *Graph, c Context, leaves map[string]*Tensor) (*Result, error) {
	if err := Verify(g); err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	tensors := make([]*Tensor, len(g.Values))
	last := lastUses(g)
	for i, v := range g.Values {
		args := make([]*Tensor, len(v.Args))
		for j, a := range v.Args {
			args[j] = tensors[a.ID]
		}
		t, err := evaluateValue(v, c, leaves, args)
		if err != nil {
			return nil, fmt.Errorf("evaluate: %w", err)
		}
		tensors[i] = t
		for _, a := range v.Args {
			if last[a.ID] == i {
				tensors[a.ID] = nil
			}
		}
	}
	r := &Result{map[string]*Tensor{}, map[string]*Tensor{}}
	for _, o := range g.Outputs {
		r.Outputs[o.Name] = tensors[o.Value.ID]
	}
	for _, u := range g.Updates {
		_, name := u.Target.Leaf()
		r.Updates[name] = tensors[u.Value.ID]
	}
	return r, nil
}

// evaluateValue computes one value from its arguments, or finds it among the leaves.
func evaluateValue(v *Value, c Context, leaves map[string]*Tensor, args []*Tensor) (*Tensor, error) {
	kind, name := v.Leaf()
	given, ok := leaves[name]
	switch {
	case kind != "" && ok:
		if !given.Type.Equal(v.Type) || len(given.Data) != v.Type.Elements() {
			return nil, fmt.Errorf("the %s %q is %s; it was given as %s with %d elements",
				kind, name, v.Type, given.Type, len(given.Data))
		}
		return given, nil
	case kind == LeafInput:
		return nil, fmt.Errorf("the input %q is not given", name)
	}
	t := NewTensor(v.Type)
	v.Op.Evaluate(c, t, args)
	if d := v.Type.DType; d != F32 {
		for i, x := range t.Data {
			t.Data[i] = d.Round(x)
		}
	}
	return t, nil
}

// lastUses returns for each value the place of the last one that has it as an argument; one after the end for values
// that the graph gives out.
func lastUses(g *Graph) []int {
	last := make([]int, len(g.Values))
	for i, v := range g.Values {
		for _, a := range v.Args {
			last[a.ID] = i
		}
	}
	for _, v := range g.Roots() {
		last[v.ID] = len(g.Values)
	}
	return last
}
