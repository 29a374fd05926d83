package ir

import (
	"errors"
	"fmt"
)

// Verify checks that a graph obeys every rule, and reports the first that it breaks:
//
//   - the mode is inference or training, the batch is at least 1;
//   - a value's ID is its place, its name is a word and unique;
//   - its arguments are values of the graph that stand before it;
//   - its type is sound (Type.Check) and is the one that its op infers from the arguments;
//   - an axis called batch has the size of the graph's batch;
//   - the names of inputs, parameters and states are unique among them all;
//   - outputs have different names and belong to the graph;
//   - an update gives a parameter or a state a value of the graph that has its type, and none is updated twice.
func Verify(g *Graph) error {
	if g.Mode != Inference && g.Mode != Training {
		return fmt.Errorf("graph %s: the mode is %q", g.Name, g.Mode)
	}
	if g.Batch < 1 {
		return fmt.Errorf("graph %s: the batch is %d", g.Name, g.Batch)
	}
	names, leaves := map[string]bool{}, map[string]bool{}
	for i, v := range g.Values {
		if v == nil || v.Op == nil {
			return fmt.Errorf("graph %s: value %d is missing, or its op is", g.Name, i)
		}
		if err := g.verifyValue(i, names, leaves); err != nil {
			return fmt.Errorf("value %s, %s: %w", v.Name, v.Op.Kind(), err)
		}
	}
	if err := g.verifyOutputs(); err != nil {
		return err
	}
	return g.verifyUpdates()
}

// has reports whether v is a value of the graph, at its place.
func (g *Graph) has(v *Value) bool {
	return v != nil && v.ID >= 0 && v.ID < len(g.Values) && g.Values[v.ID] == v
}

// verifyValue checks the value at place i, and enters its names.
func (g *Graph) verifyValue(i int, names, leaves map[string]bool) error {
	v := g.Values[i]
	switch {
	case v.ID != i:
		return fmt.Errorf("its ID is %d, its place %d", v.ID, i)
	case !isWord(v.Name):
		return errors.New("its name is no word")
	case names[v.Name]:
		return errors.New("another value has its name")
	}
	names[v.Name] = true
	types := make([]Type, len(v.Args))
	for j, a := range v.Args {
		if !g.has(a) || a.ID >= i {
			return fmt.Errorf("argument %d does not stand before it", j+1)
		}
		types[j] = a.Type
	}
	if err := g.verifyType(v, types); err != nil {
		return err
	}
	if kind, name := v.Leaf(); kind != "" {
		if leaves[name] {
			return fmt.Errorf("another input, parameter or state is called %q", name)
		}
		leaves[name] = true
	}
	return nil
}

// verifyType checks the type of a value against its op and the types of its arguments.
func (g *Graph) verifyType(v *Value, args []Type) error {
	if err := v.Type.Check(); err != nil {
		return err
	}
	want, err := v.Op.Infer(args)
	if err != nil {
		return err
	}
	if !v.Type.Equal(want) {
		return fmt.Errorf("its type is %s, but its op makes %s", v.Type, want)
	}
	if v.Type.Index(Batch) >= 0 && v.Type.Size(Batch) != g.Batch {
		return fmt.Errorf("its batch is %d, the graph's %d", v.Type.Size(Batch), g.Batch)
	}
	return nil
}

func (g *Graph) verifyOutputs() error {
	seen := map[string]bool{}
	for _, o := range g.Outputs {
		switch {
		case o.Name == "":
			return errors.New("an output has no name")
		case seen[o.Name]:
			return fmt.Errorf("two outputs are called %s", o.Name)
		case !g.has(o.Value):
			return fmt.Errorf("output %s: its value is not in the graph", o.Name)
		}
		seen[o.Name] = true
	}
	return nil
}

func (g *Graph) verifyUpdates() error {
	seen := map[*Value]bool{}
	for _, u := range g.Updates {
		if !g.has(u.Target) || !g.has(u.Value) {
			return errors.New("an update's target or value is not in the graph")
		}
		kind, _ := u.Target.Leaf()
		switch {
		case kind != LeafParameter && kind != LeafState:
			return fmt.Errorf("update %s: it is no parameter and no state", u.Target.Name)
		case seen[u.Target]:
			return fmt.Errorf("update %s: it is updated twice", u.Target.Name)
		case !u.Target.Type.Equal(u.Value.Type):
			return fmt.Errorf("update %s: it is %s, the new value %s", u.Target.Name, u.Target.Type, u.Value.Type)
		}
		seen[u.Target] = true
	}
	return nil
}
