// Package devicetest is the suite that every backend passes: each primitive, the ways in which they are fused, whole
// small networks with their gradients and updates, and random graphs, all against the reference device.
//
//	func TestDevice(t *testing.T) { devicetest.RunAll(t, cpu.New(2)) }
package devicetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vnlang/vn/compiler/grad"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/pass"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/reference"
)

// Tolerance of a float32 backend against float64: |got - want| ≤ Absolute + Relative·max|want| of the tensor. A result
// is a sum of up to some thousand products here, each rounded.
const (
	Absolute = 2e-5
	Relative = 5e-5
)

// RunAll runs the suite on a device.
func RunAll(t *testing.T, d runtime.Device) {
	t.Run("op", func(t *testing.T) {
		for _, c := range opCases() {
			t.Run(c.name, func(t *testing.T) { c.run(t, d) })
		}
	})
	t.Run("fusion", func(t *testing.T) {
		for _, c := range fusionCases() {
			t.Run(c.name, func(t *testing.T) { c.run(t, d) })
		}
	})
	t.Run("random", func(t *testing.T) {
		for seed := range uint64(60) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) { NoDiff(t, d, seed) })
		}
	})
}

// NoDiff makes a random graph from a seed, with its gradients, and compares the device with the reference on it.
func NoDiff(t *testing.T, d runtime.Device, seed uint64) {
	Compare(t, d, randomGraph(t, seed), seed)
}

// testCase is a graph under a name.
type testCase struct {
	name string
	// build appends to the graph and returns the values to compare. Their gradients are compared too.
	build func(b *builder) []*ir.Value
}

func (c testCase) run(t *testing.T, d runtime.Device) {
	b := newBuilder(2)
	outs := c.build(b)
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	b.finish(t, outs)
	Compare(t, d, b.Graph, 7)
}

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

// weight returns a parameter [out, in, z, y, x].
func (b *builder) weight(out, in, z, y, x int) *ir.Value {
	return b.parameter(axes(ir.Out, out, ir.In, in, ir.Z, z, ir.Y, y, ir.X, x))
}

// over broadcasts v over the axes of like.
func (b *builder) over(v, like *ir.Value) *ir.Value {
	return b.Add(op.Broadcast{Axes: like.Type.Axes}, v)
}

// axes returns a list of axes from names and sizes.
func axes(of ...any) []ir.Axis {
	var list []ir.Axis
	for i := 0; i < len(of); i += 2 {
		list = append(list, ir.Axis{Name: of[i].(string), Size: of[i+1].(int)})
	}
	return list
}

// finish makes the values outputs, adds the gradients of a weighted sum of them with respect to every parameter and
// input, and an update of every parameter.
func (b *builder) finish(t *testing.T, outs []*ir.Value) {
	t.Helper()
	g := b.Graph
	var loss *ir.Value
	for i, v := range outs {
		g.Outputs = append(g.Outputs, ir.Output{Name: fmt.Sprintf("out%d", i), Value: v})
		weighted := v
		if len(v.Type.Axes) > 0 {
			r := b.Add(op.Random{Stream: 1000 + i, Axes: v.Type.Axes, Distribution: op.Normal})
			weighted = b.Add(op.Sum{Axes: names(v.Type)}, b.Add(op.Mul{}, v, r))
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
	again := ir.NewBuilder(g)
	for i, v := range wrt {
		kind, name := v.Leaf()
		if kind == ir.LeafInput {
			g.Outputs = append(g.Outputs, ir.Output{Name: "d_" + name, Value: gradients[i]})
			continue
		}
		rate := again.Add(op.Constant{Value: 0.125})
		if len(v.Type.Axes) > 0 {
			rate = again.Add(op.Broadcast{Axes: v.Type.Axes}, rate)
		}
		next := again.Add(op.Sub{}, v, again.Add(op.Mul{}, rate, gradients[i]))
		g.Updates = append(g.Updates, ir.Update{Target: v, Value: next})
	}
	if err := again.Err(); err != nil {
		t.Fatal(err)
	}
}

// names returns the names of a type's axes.
func names(t ir.Type) []string {
	var list []string
	for _, a := range t.Axes {
		list = append(list, a.Name)
	}
	return list
}

// Compare optimises and plans a graph, runs two steps of it on the device and on the reference from the same random
// leaves, and compares all outputs and variables.
func Compare(t *testing.T, d runtime.Device, g *ir.Graph, seed uint64) {
	t.Helper()
	if err := ir.Verify(g); err != nil {
		t.Fatalf("%v\n%s", err, g)
	}
	plain, err := plan.Build(ir.Clone(g))
	if err != nil {
		t.Fatal(err)
	}
	if err := pass.Run(g, true); err != nil {
		t.Fatalf("%v\n%s", err, g)
	}
	p, err := plan.Build(g)
	if err != nil {
		t.Fatalf("%v\n%s", err, g)
	}
	want, wantVariables := runTwice(t, reference.New(), plain, seed)
	got, gotVariables := runTwice(t, d, p, seed)
	differ(t, "output", got, want, g)
	differ(t, "variable", gotVariables, wantVariables, g)
	if t.Failed() {
		t.Logf("graph:\n%s\nplan:\n%s", g, p)
	}
}

// runTwice runs two steps of a plan and returns the outputs of the second and the variables after it.
func runTwice(t *testing.T, d runtime.Device, p *plan.Plan, seed uint64) (outputs, after map[string][]float32) {
	t.Helper()
	vs, err := d.Variables(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range vs.Names() {
		if err := vs.Load(name, values(seed, name, vs.Size(name))); err != nil {
			t.Fatal(err)
		}
	}
	s, err := d.Open(p, vs)
	if err != nil {
		t.Fatal(err)
	}
	step := runtime.Step{Seed: seed, Inputs: map[string][]float32{}, Outputs: map[string][]float32{}}
	for _, b := range p.Buffers {
		n := b.Type.Elements()
		switch b.Class {
		case plan.Input:
			step.Inputs[b.Name] = values(seed, b.Name, n)
		case plan.Output:
			step.Outputs[b.Name] = make([]float32, n)
		}
	}
	for i := range uint64(2) {
		step.Step = i
		if err := s.Run(step); err != nil {
			t.Fatal(err)
		}
	}
	after = map[string][]float32{}
	for _, name := range vs.Names() {
		after[name] = make([]float32, vs.Size(name))
		if err := vs.Store(name, after[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return step.Outputs, after
}

// values returns n numbers for a leaf, between -1.5 and 1.5 and away from 0, where maps have kinks and poles.
func values(seed uint64, name string, n int) []float32 {
	var key uint64
	for _, c := range name {
		key = key*131 + uint64(c)
	}
	r := rand.New(rand.NewPCG(seed, key))
	v := make([]float32, n)
	for i := range v {
		v[i] = 0.3 + 1.2*r.Float32()
		if r.IntN(2) == 0 {
			v[i] = -v[i]
		}
	}
	return v
}

// differ reports every tensor that is not as it should be, with its first wrong elements.
func differ(t *testing.T, what string, got, want map[string][]float32, g *ir.Graph) {
	t.Helper()
	for name, w := range want {
		v, ok := got[name]
		if !ok || len(v) != len(w) {
			t.Errorf("%s %s: %d elements, want %d", what, name, len(v), len(w))
			continue
		}
		largest := 0.0
		for _, x := range w {
			if a := math.Abs(float64(x)); !math.IsInf(a, 0) && a > largest {
				largest = a
			}
		}
		wrong := 0
		for i := range w {
			if same(v[i], w[i], Absolute+Relative*largest) {
				continue
			}
			if wrong++; wrong <= 5 {
				t.Errorf("%s %s[%d] = %g, want %g", what, name, i, v[i], w[i])
			}
		}
		if wrong > 5 {
			t.Errorf("%s %s: %d of %d elements are wrong", what, name, wrong, len(w))
		}
	}
}

func same(got, want float32, tolerance float64) bool {
	g, w := float64(got), float64(want)
	if math.IsNaN(w) || math.IsInf(w, 0) {
		return got == want || math.IsNaN(g) && math.IsNaN(w)
	}
	return math.Abs(g-w) <= tolerance
}
