package devicetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/pass"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/reference"
)

// Tolerance of a float32 backend against float64: |got - want| ≤ Absolute + Relative·max|want| of the tensor. A result
// is a sum of up to some thousand products here, each rounded. Where the reference itself moves when its values
// move by about their rounding (spread), as behind a comparison that is nearly a tie, a result may move as far.
const (
	Absolute = 2e-5
	Relative = 5e-5
)

// Compare optimises and plans a graph, runs two steps of it on the device and on the reference from the same random
// leaves, and compares all outputs and variables. The reference runs the graph as it was before the passes.
func Compare(t *testing.T, d runtime.Device, g *ir.Graph, seed uint64) {
	t.Helper()
	before := ir.Clone(g)
	plain, p := plans(t, g)
	want := run(t, reference.New(), plain, seed)
	got := run(t, d, p, seed)
	wrong := differences(got, want, nil)
	if len(wrong) > 0 { // rare, so that the spread is worth finding only now
		wrong = differences(got, want, spread(t, before, seed, want))
	}
	for _, line := range wrong {
		t.Error(line)
	}
	if t.Failed() {
		t.Logf("graph:\n%s\nplan:\n%s", g, p)
	}
}

// plans returns the plan of a graph as it is, and as the passes leave it. The graph is optimised in place.
func plans(t testing.TB, g *ir.Graph) (plain, optimised *plan.Plan) {
	t.Helper()
	if err := ir.Verify(g); err != nil {
		t.Fatalf("%v\n%s", err, g)
	}
	plain, err := plan.Build(ir.Clone(g))
	if err != nil {
		t.Fatalf("%v\n%s", err, g)
	}
	if err := pass.Run(g, true); err != nil {
		t.Fatalf("%v\n%s", err, g)
	}
	optimised, err = plan.Build(g)
	if err != nil {
		t.Fatalf("%v\n%s", err, g)
	}
	return plain, optimised
}

// tensors are outputs and variables, by "output NAME" and "variable NAME".
type tensors map[string][]float32

// run runs two steps of a plan from random leaves, and returns the outputs of the second and the variables after it.
func run(t testing.TB, d runtime.Device, p *plan.Plan, seed uint64) tensors {
	t.Helper()
	return runSteps(t, d, p, seed, 2)
}

// runSteps runs some steps of a plan from random leaves, and returns the outputs of the last and the variables after it.
func runSteps(t testing.TB, d runtime.Device, p *plan.Plan, seed uint64, steps int) tensors {
	t.Helper()
	vs := Variables(t, d, seed, p)
	s, err := d.Open(p, vs)
	if err != nil {
		t.Fatal(err)
	}
	step := NewStep(p, seed)
	for i := range uint64(steps) {
		step.Step = i
		if err := s.Run(step); err != nil {
			t.Fatal(err)
		}
	}
	all := stored(t, vs)
	for name, values := range step.Outputs {
		all["output "+name] = values
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return all
}

// Variables returns variables for plans, filled with random values.
func Variables(t testing.TB, d runtime.Device, seed uint64, of ...*plan.Plan) runtime.Variables {
	t.Helper()
	vs, err := d.Variables(of...)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range vs.Names() {
		if err := vs.Load(name, values(seed, name, vs.Size(name))); err != nil {
			t.Fatal(err)
		}
	}
	return vs
}

// stored returns the values of all variables.
func stored(t testing.TB, vs runtime.Variables) tensors {
	t.Helper()
	all := tensors{}
	for _, name := range vs.Names() {
		values := make([]float32, vs.Size(name))
		if err := vs.Store(name, values); err != nil {
			t.Fatal(err)
		}
		all["variable "+name] = values
	}
	return all
}

// NewStep returns a step with random inputs, and room for every output.
func NewStep(p *plan.Plan, seed uint64) runtime.Step {
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
	return step
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

// differences describes the tensors that are not as they should be, with their first wrong elements. An element may be
// wrong by four times its spread, where one is given.
func differences(got, want tensors, spread map[string][]float64) []string {
	var lines []string
	for name, w := range want {
		v, ok := got[name]
		if !ok || len(v) != len(w) {
			lines = append(lines, fmt.Sprintf("%s: %d elements, want %d", name, len(v), len(w)))
			continue
		}
		tolerance := Absolute + Relative*largest(w)
		wrong := 0
		for i := range w {
			allowed := tolerance
			if spread != nil {
				allowed += 4 * spread[name][i]
			}
			if near(v[i], w[i], allowed) {
				continue
			}
			if wrong++; wrong <= 5 {
				lines = append(lines, fmt.Sprintf("%s[%d] = %g, want %g", name, i, v[i], w[i]))
			}
		}
		if wrong > 5 {
			lines = append(lines, fmt.Sprintf("%s: %d of %d elements are wrong", name, wrong, len(w)))
		}
	}
	return lines
}

// largest returns the largest finite magnitude.
func largest(v []float32) float64 {
	most := 0.0
	for _, x := range v {
		if a := math.Abs(float64(x)); !math.IsInf(a, 0) && a > most {
			most = a
		}
	}
	return most
}

func near(got, want float32, tolerance float64) bool {
	g, w := float64(got), float64(want)
	if math.IsNaN(w) || math.IsInf(w, 0) {
		return got == want || math.IsNaN(g) && math.IsNaN(w)
	}
	return math.Abs(g-w) <= tolerance
}
