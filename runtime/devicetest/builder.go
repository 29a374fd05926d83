package devicetest

import (
	"fmt"
	"testing"

	"github.com/vnlang/vn/compiler/grad"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// builder builds a graph of a case.
type builder struct {
	*ir.Builder
	leaves int
}

func newBuilder(batch int) *builder {
	g := &ir.Graph{Name: "case", Mode: ir.Training, Batch: batch}
	return &builder{Builder: ir.NewBuilder(g)}
}

// feature returns an input [batch, channel, z, y, x].
func (b *builder) feature(channels, z, y, x int) *ir.Value {
	return b.input(axes(ir.Batch, b.Graph.Batch, ir.Channel, channels, ir.Z, z, ir.Y, y, ir.X, x))
}

func (b *builder) input(a []ir.Axis) *ir.Value {
	b.leaves++
	return b.Add(op.Input{Name: fmt.Sprintf("in%d", b.leaves), Axes: a})
}

func (b *builder) parameter(a []ir.Axis) *ir.Value {
	b.leaves++
	return b.Add(op.Parameter{Name: fmt.Sprintf("p%d", b.leaves), Axes: a, Init: "zeros"})
}

func (b *builder) state(a []ir.Axis) *ir.Value {
	b.leaves++
	return b.Add(op.State{Name: fmt.Sprintf("s%d", b.leaves), Axes: a})
}

func (b *builder) constant(value float64, a ...ir.Axis) *ir.Value {
	return b.Add(op.Constant{Value: value, Axes: a})
}

// random returns random numbers over the axes of a type. They are drawn with the batch in front, and put in order then.
func (b *builder) random(t ir.Type, stream int, distribution string) *ir.Value {
	batch := t.Index(ir.Batch)
	if batch <= 0 {
		return b.Add(op.Random{Stream: stream, Axes: t.Axes, Distribution: distribution})
	}
	a, order := axes(ir.Batch, t.Axes[batch].Size), []int{}
	for i, x := range t.Axes {
		switch {
		case i < batch:
			a, order = append(a, x), append(order, i+1)
		case i == batch:
			order = append(order, 0)
		default:
			a, order = append(a, x), append(order, i)
		}
	}
	return b.Add(op.Transpose{Order: order}, b.Add(op.Random{Stream: stream, Axes: a, Distribution: distribution}))
}

// update makes next the next value of a state.
func (b *builder) update(state, next *ir.Value) {
	b.Graph.Updates = append(b.Graph.Updates, ir.Update{Target: state, Value: next})
}

// weight returns a parameter [out, in, z, y, x].
func (b *builder) weight(out, in, z, y, x int) *ir.Value {
	return b.parameter(axes(ir.Out, out, ir.In, in, ir.Z, z, ir.Y, y, ir.X, x))
}

// over broadcasts v over the axes of like.
func (b *builder) over(v, like *ir.Value) *ir.Value {
	return b.Add(op.Broadcast{Axes: like.Type.Axes}, v)
}

// scale returns v times a number.
func (b *builder) scale(v *ir.Value, by float64) *ir.Value {
	return b.Add(op.Mul{}, v, op.Filled(b.Builder, v.Type, by))
}

// sum adds v over the named axes.
func (b *builder) sum(v *ir.Value, over ...string) *ir.Value { return b.Add(op.Sum{Axes: over}, v) }

// axes returns a list of axes from names and sizes.
func axes(of ...any) []ir.Axis {
	var list []ir.Axis
	for i := 0; i < len(of); i += 2 {
		list = append(list, ir.Axis{Name: of[i].(string), Size: of[i+1].(int)})
	}
	return list
}

// names returns the names of a type's axes.
func names(t ir.Type) []string {
	var list []string
	for _, a := range t.Axes {
		list = append(list, a.Name)
	}
	return list
}

// finish makes the values outputs, adds the gradients of a weighted sum of them with respect to every parameter and
// input, and an update of every parameter.
func (b *builder) finish(t testing.TB, outs []*ir.Value) {
	t.Helper()
	g := b.Graph
	var loss *ir.Value
	for i, v := range outs {
		g.Outputs = append(g.Outputs, ir.Output{Name: fmt.Sprintf("out%d", i), Value: v})
		weighted := v
		if v.Type.DType != ir.F32 {
			weighted = b.Add(op.Cast{To: ir.F32}, v)
		}
		if len(v.Type.Axes) > 0 {
			weighted = b.sum(b.Add(op.Mul{}, weighted, b.random(v.Type, 1000+i, op.Normal)), names(v.Type)...)
		}
		if loss == nil {
			loss = weighted
		} else {
			loss = b.Add(op.Add{}, loss, weighted)
		}
	}
	var wrt []*ir.Value
	for _, v := range g.Values {
		if kind, _ := v.Leaf(); kind == ir.LeafInput || kind == ir.LeafParameter {
			wrt = append(wrt, v)
		}
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	gradients, err := grad.Backward(g, loss, wrt)
	if err != nil {
		t.Fatal(err)
	}
	b.Builder = ir.NewBuilder(g) // it has to know the names that differentiation gave
	for i, v := range wrt {
		kind, name := v.Leaf()
		if kind == ir.LeafInput {
			g.Outputs = append(g.Outputs, ir.Output{Name: "d_" + name, Value: gradients[i]})
			continue
		}
		b.update(v, b.Add(op.Sub{}, v, b.scale(gradients[i], 0.125)))
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
}
