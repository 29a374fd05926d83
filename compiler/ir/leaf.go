package ir

// Leaf is an op whose value lives outside the graph: it is fed by the caller, or it is kept from step to step. Its
// name is how the world outside speaks of it, and is unique among the leaves of a graph.
type Leaf interface {
	Op
	// Leaf returns LeafInput, LeafParameter or LeafState, and the name.
	Leaf() (kind, name string)
}

// The kinds of leaves. Parameters and states may be updated; inputs may not.
const (
	LeafInput     = "input"
	LeafParameter = "parameter"
	LeafState     = "state"
)

// Leaves returns the values of one kind of leaf, in the order of the graph.
func (g *Graph) Leaves(kind string) []*Value {
	var leaves []*Value
	for _, v := range g.Values {
		if k, _ := v.Leaf(); k == kind {
			leaves = append(leaves, v)
		}
	}
	return leaves
}

// Leaf returns the kind and the name of the leaf that v is; both are empty when v is computed.
func (v *Value) Leaf() (kind, name string) {
	if leaf, ok := v.Op.(Leaf); ok {
		return leaf.Leaf()
	}
	return "", ""
}

// NotDifferentiable is an op that has a derivative which no primitives express. To differentiate through it is an
// error, where other ops without a gradient are constant almost everywhere and pass none on.
type NotDifferentiable interface {
	Op
	// NotDifferentiable says why, in half a sentence.
	NotDifferentiable() string
}
