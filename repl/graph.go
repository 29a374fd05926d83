package repl

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/lang/eval"
)

// graph is what the session has made: it grows with each statement, shrinks to what names still hold after it, and
// goes back where a statement failed. The data of its inputs lie beside it.
type graph struct {
	ir     *ir.Graph
	emit   eval.Graph
	leaves map[string]bool      // the names of inputs, parameters and states
	data   map[string][]float32 // of inputs, by name, in memory order
}

func newGraph() *graph {
	g := &graph{ir: &ir.Graph{Name: "session", Mode: ir.Inference, Batch: 1}, data: map[string][]float32{}}
	g.refresh()
	return g
}

// Emit appends a value. A leaf whose name an older leaf has, as when a stage is bound again while its first value is
// still in use, gets a number behind its name.
func (g *graph) Emit(n eval.Node) (eval.Ref, error) {
	if name, ok := n.Attrs["name"].(string); ok {
		n.Attrs = maps.Clone(n.Attrs)
		n.Attrs["name"] = g.claim(name)
	}
	return g.emit.Emit(n)
}

// claim returns name, or name with the first number that makes it new.
func (g *graph) claim(name string) string {
	chosen := name
	for i := 2; g.leaves[chosen]; i++ {
		chosen = fmt.Sprintf("%s_%d", name, i)
	}
	g.leaves[chosen] = true
	return chosen
}

// begin marks the beginning of a statement; undo takes back what was appended since.
func (g *graph) begin() (undo func()) {
	before := len(g.ir.Values)
	return func() {
		clear(g.ir.Values[before:])
		g.ir.Values = g.ir.Values[:before]
		g.refresh()
	}
}

// keep drops the values that none of the tensors is made from.
func (g *graph) keep(tensors []*eval.Tensor) {
	for i, t := range tensors {
		g.ir.Outputs = append(g.ir.Outputs, output(i, t))
	}
	// Its only error is a cycle, which appending cannot make.
	_ = ir.Compact(g.ir)
	g.ir.Outputs = nil
	g.refresh()
}

// refresh brings what is known of the graph up to date after values were dropped.
func (g *graph) refresh() {
	g.emit = compiler.Emitter(g.ir)
	g.leaves = map[string]bool{}
	for _, v := range g.ir.Values {
		if kind, name := v.Leaf(); kind != "" {
			g.leaves[name] = true
		}
	}
	maps.DeleteFunc(g.data, func(name string, _ []float32) bool { return !g.leaves[name] })
}

// cut returns a graph of its own that makes the tensors, as outputs in their order, and nothing else.
func (g *graph) cut(tensors []*eval.Tensor) (*ir.Graph, error) {
	part := ir.Clone(g.ir)
	for i, t := range tensors {
		o := output(i, t)
		o.Value = part.Values[o.Value.ID]
		part.Outputs = append(part.Outputs, o)
	}
	if err := ir.Compact(part); err != nil {
		return nil, fmt.Errorf("cut the graph: %w", err)
	}
	return part, nil
}

// output makes a tensor an output of the session's graph.
func output(i int, t *eval.Tensor) ir.Output {
	return ir.Output{Name: outputName(i), Value: t.Ref.(*ir.Value)}
}

func outputName(i int) string { return fmt.Sprintf("result%d", i) }

// missing returns the names of a graph's inputs that have no data, sorted.
func (g *graph) missing(part *ir.Graph) []string {
	var out []string
	for _, v := range part.Leaves(ir.LeafInput) {
		if _, name := v.Leaf(); g.data[name] == nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
