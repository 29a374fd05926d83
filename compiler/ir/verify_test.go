package ir_test

import (
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// soundText is a graph that obeys every rule; the tests break one at a time.
const soundText = `
graph net training batch 2
  x    = input name "x"                   f32[batch 2, x 3]
  w    = parameter name "w" init "ones"   f32[x 3]
  wide = broadcast(w)                     f32[batch 2, x 3]
  y    = mul(x, wide)                     f32[batch 2, x 3]
  loss = sum(y) axes batch,x              f32[]
  d    = sum(x) axes batch                f32[x 3]
  output loss = loss
  update w = d
`

// TestVerify breaks every rule of a graph in turn.
func TestVerify(t *testing.T) {
	value := func(g *ir.Graph, name string) *ir.Value {
		for _, v := range g.Values {
			if v.Name == name {
				return v
			}
		}
		t.Fatalf("no value %s", name)
		return nil
	}
	for _, c := range []struct {
		want  string
		spoil func(g *ir.Graph)
	}{
		{`graph net: the mode is "testing"`, func(g *ir.Graph) { g.Mode = "testing" }},
		{"graph net: the batch is 0", func(g *ir.Graph) { g.Batch = 0 }},
		{"graph net: value 2 is missing, or its op is", func(g *ir.Graph) { g.Values[2] = nil }},
		{"graph net: value 2 is missing, or its op is", func(g *ir.Graph) { g.Values[2].Op = nil }},
		{"value y, mul: its ID is 7, its place 3", func(g *ir.Graph) { value(g, "y").ID = 7 }},
		{"value 4, mul: its name is no word", func(g *ir.Graph) { value(g, "y").Name = "4" }},
		{"value x, mul: another value has its name", func(g *ir.Graph) { value(g, "y").Name = "x" }},
		{"value y, mul: argument 2 does not stand before it", func(g *ir.Graph) { value(g, "y").Args[1] = value(g, "y") }},
		{"value y, mul: argument 1 does not stand before it", func(g *ir.Graph) {
			copied := *value(g, "x")
			value(g, "y").Args[0] = &copied
		}},
		{"value y, mul: takes 2 arguments, not 1", func(g *ir.Graph) { value(g, "y").Args = value(g, "y").Args[:1] }},
		{"value y, mul: the arguments have the axes [batch x] and [x]", func(g *ir.Graph) { value(g, "y").Args[1] = value(g, "w") }},
		{"value y, mul: its type is f16[batch 2, x 3], but its op makes f32[batch 2, x 3]", func(g *ir.Graph) { value(g, "y").Type.DType = ir.F16 }},
		{`value y, mul: unknown dtype "f64"`, func(g *ir.Graph) { value(g, "y").Type.DType = "f64" }},
		{"value x, input: its batch is 2, the graph's 3", func(g *ir.Graph) { g.Batch = 3 }},
		{`value w, parameter: another input, parameter or state is called "x"`, func(g *ir.Graph) {
			value(g, "w").Op = op.Parameter{Name: "x", Init: "ones", Axes: []ir.Axis{axis("x", 3)}}
		}},
		{"an output has no name", func(g *ir.Graph) { g.Outputs[0].Name = "" }},
		{"two outputs are called loss", func(g *ir.Graph) { g.Outputs = append(g.Outputs, g.Outputs[0]) }},
		{"output loss: its value is not in the graph", func(g *ir.Graph) { g.Outputs[0].Value = &ir.Value{} }},
		{"output loss: its value is not in the graph", func(g *ir.Graph) { g.Outputs[0].Value = nil }},
		{"an update's target or value is not in the graph", func(g *ir.Graph) { g.Updates[0].Value = nil }},
		{"update x: it is no parameter and no state", func(g *ir.Graph) { g.Updates[0].Target = value(g, "x") }},
		{"update w: it is updated twice", func(g *ir.Graph) { g.Updates = append(g.Updates, g.Updates[0]) }},
		{"update w: it is f32[x 3], the new value f32[]", func(g *ir.Graph) { g.Updates[0].Value = value(g, "loss") }},
	} {
		g := verified(t, soundText)
		c.spoil(g)
		if err := ir.Verify(g); err == nil || err.Error() != c.want {
			t.Errorf("error\n  %v\nwant\n  %s", err, c.want)
		}
	}
}

func TestTypeCheck(t *testing.T) {
	for _, c := range []struct {
		axes []ir.Axis
		want string
	}{
		{[]ir.Axis{axis("x", 1<<40)}, ""},
		{[]ir.Axis{axis("x", 1<<20), axis("y", 1<<20), axis("z", 2)}, "f32[x 1048576, y 1048576, z 2] has more than 2^40 elements"},
		{[]ir.Axis{axis("x", 1<<62), axis("y", 4)}, "f32[x 4611686018427387904, y 4] has more than 2^40 elements"},
		{[]ir.Axis{axis("x y", 2)}, `"x y" is no name for an axis`},
		{[]ir.Axis{axis("", 2)}, `"" is no name for an axis`},
		{[]ir.Axis{axis("x", -2)}, "axis x has size -2"},
	} {
		got := ""
		if err := ir.NewType(c.axes...).Check(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.axes, got, c.want)
		}
	}
}
