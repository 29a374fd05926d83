// Package grad differentiates graphs in reverse mode.
//
// Backward walks a graph from the loss back to its arguments. Each value's gradient is the sum of what its users pass
// back to it, and it is handed to the value's op, which appends the gradients of its arguments as values of the same
// graph. So the gradients are ordinary values: passes fuse them with the rest, and they can be differentiated again.
//
// Only values on the way from the loss to what is asked for are visited, and contributions are added in a fixed order:
// from the last user to the first. The same graph gives the same gradients, value for value.
package grad

import (
	"fmt"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// Backward appends to the graph the gradients of loss, a scalar, with respect to the values wrt, and returns them in
// that order; each has the type of its value and is named after it, with "d_" in front. A value that the loss does not
// depend on, or only through ops that pass no gradient on, gets zeros. New values have the stage and the positions of
// the value whose op they differentiate.
//
// It is an error when the loss is no scalar, or when an op on the way has a derivative that no primitives express
// (ir.NotDifferentiable). The graph is to be in order and numbered, as Verify asks; its old values stay as they are.
func Backward(g *ir.Graph, loss *ir.Value, wrt []*ir.Value) ([]*ir.Value, error) {
	if len(loss.Type.Axes) != 0 {
		return nil, fmt.Errorf("differentiate %s: it is %s, and only a scalar has a gradient", loss.Name, loss.Type)
	}
	old := len(g.Values)
	r := reverse{
		builder:  ir.NewBuilder(g),
		needed:   leadingTo(g, wrt),
		incoming: make([][]*ir.Value, old),
	}
	if err := r.from(loss); err != nil {
		g.Values = g.Values[:old]
		return nil, fmt.Errorf("differentiate %s: %w", loss.Name, err)
	}
	gradients := make([]*ir.Value, len(wrt))
	for i, v := range wrt {
		if gradients[i] = r.total(v); gradients[i] == nil {
			r.locate(v)
			gradients[i] = op.Filled(r.builder, v.Type, 0)
		}
		r.builder.Rename(gradients[i], "d_"+v.Name)
	}
	if err := r.builder.Err(); err != nil {
		g.Values = g.Values[:old]
		return nil, fmt.Errorf("differentiate %s: %w", loss.Name, err)
	}
	dropUnused(g, old, gradients)
	return gradients, nil
}

// reverse is one walk back through a graph.
type reverse struct {
	builder  *ir.Builder
	needed   []bool        // by ID: whether a value depends on one that is asked for
	incoming [][]*ir.Value // by ID: the contributions to a value's gradient so far
}

// leadingTo returns, by ID, which values are among wrt or depend on them.
func leadingTo(g *ir.Graph, wrt []*ir.Value) []bool {
	needed := make([]bool, len(g.Values))
	for _, v := range wrt {
		needed[v.ID] = true
	}
	for _, v := range g.Values {
		for _, a := range v.Args {
			needed[v.ID] = needed[v.ID] || needed[a.ID]
		}
	}
	return needed
}

// from passes gradients back from the loss.
func (r *reverse) from(loss *ir.Value) error {
	if !r.needed[loss.ID] {
		return nil
	}
	r.locate(loss)
	r.incoming[loss.ID] = []*ir.Value{op.Filled(r.builder, loss.Type, 1)}
	for id := loss.ID; id >= 0; id-- {
		v := r.builder.Graph.Values[id]
		if !r.needed[id] || len(r.incoming[id]) == 0 || len(v.Args) == 0 {
			continue
		}
		if err := r.through(v); err != nil {
			return err
		}
	}
	return nil
}

// through hands the gradient of v to its op, and the op's answers to the arguments that need them.
func (r *reverse) through(v *ir.Value) error {
	if once, ok := v.Op.(ir.NotDifferentiable); ok {
		err := fmt.Errorf("%s: %s", v.Op.Kind(), once.NotDifferentiable())
		if len(v.At) > 0 {
			err = fmt.Errorf("%s: %w", v.At[0], err)
		}
		return err
	}
	d := r.total(v)
	r.locate(v)
	for i, contribution := range v.Op.Gradient(r.builder, v, d) {
		if a := v.Args[i]; contribution != nil && r.needed[a.ID] {
			r.incoming[a.ID] = append(r.incoming[a.ID], contribution)
		}
	}
	return nil
}

// total returns the sum of the contributions to the gradient of v, or nil when there are none.
func (r *reverse) total(v *ir.Value) *ir.Value {
	if len(r.incoming[v.ID]) == 0 {
		return nil
	}
	r.locate(v)
	sum := r.incoming[v.ID][0]
	for _, contribution := range r.incoming[v.ID][1:] {
		sum = r.builder.Add(op.Add{}, sum, contribution)
	}
	r.incoming[v.ID] = []*ir.Value{sum}
	return sum
}

// locate gives the values that follow the stage and the positions of v.
func (r *reverse) locate(v *ir.Value) {
	r.builder.Stage, r.builder.At = v.Stage, v.At
}

// dropUnused removes those of the values since the old ones that no gradient needs: an op gives the gradients of all
// its arguments, and not all are asked for.
func dropUnused(g *ir.Graph, old int, gradients []*ir.Value) {
	used := make([]bool, len(g.Values))
	for _, v := range gradients {
		used[v.ID] = true
	}
	for id := len(g.Values) - 1; id >= old; id-- {
		for _, a := range g.Values[id].Args {
			used[a.ID] = used[a.ID] || used[id]
		}
	}
	kept := g.Values[:old]
	for _, v := range g.Values[old:] {
		if used[v.ID] {
			v.ID = len(kept)
			kept = append(kept, v)
		}
	}
	g.Values = kept
}
