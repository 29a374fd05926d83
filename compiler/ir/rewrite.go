package ir

import (
	"container/heap"
	"fmt"
	"slices"
)

// Roots returns the values for whose sake a graph is computed: those of its outputs, and those of its updates with
// their targets.
func (g *Graph) Roots() []*Value {
	var roots []*Value
	for _, o := range g.Outputs {
		roots = append(roots, o.Value)
	}
	for _, u := range g.Updates {
		roots = append(roots, u.Target, u.Value)
	}
	return roots
}

// Users returns, for each value by its ID, the values that have it as an argument, in the order of the graph. A value
// that has it twice stands there once.
func Users(g *Graph) [][]*Value {
	users := make([][]*Value, len(g.Values))
	for _, v := range g.Values {
		for i, a := range v.Args {
			if !slices.Contains(v.Args[:i], a) {
				users[a.ID] = append(users[a.ID], v)
			}
		}
	}
	return users
}

// ReplaceUses puts, wherever a key of the map is an argument, an output or the value of an update, what it is mapped
// to. A replacement that is itself a key is replaced in turn. The keys stay in the graph, and the order may be broken:
// Compact mends both.
func ReplaceUses(g *Graph, with map[*Value]*Value) {
	final := func(v *Value) *Value {
		for with[v] != nil {
			v = with[v]
		}
		return v
	}
	for _, v := range g.Values {
		for i, a := range v.Args {
			v.Args[i] = final(a)
		}
	}
	for i, o := range g.Outputs {
		g.Outputs[i].Value = final(o.Value)
	}
	for i, u := range g.Updates {
		g.Updates[i].Value = final(u.Value)
	}
}

// Compact drops the values that neither an output nor an update needs, puts the others in an order in which each
// stands after its arguments, and numbers them. Values that are in order keep it. A cycle is an error.
func Compact(g *Graph) error {
	for i, v := range g.Values {
		v.ID = i
	}
	live := map[*Value]bool{}
	var mark func(v *Value)
	mark = func(v *Value) {
		if live[v] {
			return
		}
		live[v] = true
		for _, a := range v.Args {
			mark(a)
		}
	}
	for _, v := range g.Roots() {
		mark(v)
	}
	ordered := sorted(g.Values, live)
	if len(ordered) != len(live) {
		return fmt.Errorf("graph %s: a value depends on itself, or is not in the graph", g.Name)
	}
	g.Values = ordered
	for i, v := range g.Values {
		v.ID = i
	}
	return nil
}

// sorted returns the live ones of the values after their arguments; of those that are ready, the one with the lowest
// ID first.
func sorted(values []*Value, live map[*Value]bool) []*Value {
	waits := map[*Value]int{}
	users := map[*Value][]*Value{}
	var ready valueHeap
	for _, v := range values {
		if !live[v] {
			continue
		}
		waits[v] = len(v.Args)
		for _, a := range v.Args {
			users[a] = append(users[a], v)
		}
		if len(v.Args) == 0 {
			heap.Push(&ready, v)
		}
	}
	var order []*Value
	for len(ready) > 0 {
		v := heap.Pop(&ready).(*Value)
		order = append(order, v)
		for _, u := range users[v] {
			if waits[u]--; waits[u] == 0 {
				heap.Push(&ready, u)
			}
		}
	}
	return order
}

// valueHeap orders values by their IDs, for container/heap.
type valueHeap []*Value

func (h valueHeap) Len() int           { return len(h) }
func (h valueHeap) Less(i, j int) bool { return h[i].ID < h[j].ID }
func (h valueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push appends a value.
func (h *valueHeap) Push(v any) { *h = append(*h, v.(*Value)) }

// Pop takes the last value off.
func (h *valueHeap) Pop() any {
	v := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return v
}

// Clone returns a graph with values of its own. Ops and positions, which never change, are shared.
func Clone(g *Graph) *Graph {
	clone := &Graph{Name: g.Name, Mode: g.Mode, Batch: g.Batch, Values: make([]*Value, len(g.Values))}
	for i, v := range g.Values {
		copied := *v
		copied.Args = make([]*Value, len(v.Args))
		for j, a := range v.Args {
			copied.Args[j] = clone.Values[a.ID]
		}
		clone.Values[i] = &copied
	}
	for _, o := range g.Outputs {
		clone.Outputs = append(clone.Outputs, Output{o.Name, clone.Values[o.Value.ID]})
	}
	for _, u := range g.Updates {
		clone.Updates = append(clone.Updates, Update{clone.Values[u.Target.ID], clone.Values[u.Value.ID]})
	}
	return clone
}
