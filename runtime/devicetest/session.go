package devicetest

import (
	"math"
	"strings"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/reference"
)

// testSession checks what package runtime promises beside the numbers.
func testSession(t *testing.T, d runtime.Device) {
	t.Run("shared variables", func(t *testing.T) { testShared(t, d) })
	t.Run("wrong steps", func(t *testing.T) { testWrongSteps(t, d) })
	t.Run("wrong variables", func(t *testing.T) { testWrongVariables(t, d) })
	t.Run("left out", func(t *testing.T) { testLeftOut(t, d) })
	t.Run("staged", func(t *testing.T) { testStaged(t, d) })
	if d.Name() == "" || d.Memory(small(t)) <= 0 {
		t.Errorf("the device is called %q and takes %d bytes", d.Name(), d.Memory(small(t)))
	}
}

// small returns the plan of out = x p + step, p' = p + x over [channel 5].
func small(t *testing.T) *plan.Plan {
	t.Helper()
	b := newBuilder(1)
	five := axes(ir.Channel, 5)
	x := b.Add(op.Input{Name: "x", Axes: five})
	p := b.Add(op.Parameter{Name: "p", Axes: five, Init: "ones"})
	step := b.over(b.Add(op.Input{Name: runtime.StepInput}), x)
	b.update(p, b.Add(op.Add{}, p, x))
	b.Graph.Outputs = []ir.Output{{Name: "out", Value: b.Add(op.Add{}, b.Add(op.Mul{}, x, p), step)}}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	return build(t, b.Graph)
}

func build(t *testing.T, g *ir.Graph) *plan.Plan {
	t.Helper()
	p, err := plan.Build(g)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// testShared trains with one session and looks with another: updates are seen, and what one plan does not have stays.
func testShared(t *testing.T, d runtime.Device) {
	b := newBuilder(1)
	p := b.Add(op.Parameter{Name: "p", Axes: axes(ir.Channel, 5), Init: "ones"})
	q := b.Add(op.State{Name: "q", Axes: axes(ir.Channel, 2)})
	b.Graph.Outputs = []ir.Output{{Name: "twice", Value: b.scale(p, 2)}, {Name: "q", Value: q}}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	training, look := small(t), build(t, b.Graph)
	vs := Variables(t, d, 1, training, look)
	if got, want := strings.Join(vs.Names(), " "), "p q"; got != want {
		t.Errorf("the variables are %s, want %s", got, want)
	}
	open := func(p *plan.Plan) runtime.Session {
		s, err := d.Open(p, vs)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
	trainer, looker := open(training), open(look)
	x := []float32{1, 2, 3, 4, 5}
	value := make([]float32, 5)
	if err := vs.Store("p", value); err != nil {
		t.Fatal(err)
	}
	q0 := make([]float32, 2)
	if err := vs.Store("q", q0); err != nil {
		t.Fatal(err)
	}
	for i := range uint64(3) {
		out := make([]float32, 5)
		if err := trainer.Run(runtime.Step{Step: i, Inputs: map[string][]float32{"x": x}, Outputs: map[string][]float32{"out": out}}); err != nil {
			t.Fatal(err)
		}
		want, doubled := make([]float32, 5), make([]float32, 5)
		for j := range x {
			want[j] = x[j]*value[j] + float32(i)
			value[j] += x[j]
			doubled[j] = 2 * value[j]
		}
		twice, q1 := make([]float32, 5), make([]float32, 2)
		if err := looker.Run(runtime.Step{Outputs: map[string][]float32{"twice": twice, "q": q1}}); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string][2][]float32{"out": {out, want}, "twice": {twice, doubled}, "q": {q1, q0}} {
			for j := range c[1] {
				if !near(c[0][j], c[1][j], 1e-5) {
					t.Errorf("step %d: %s = %v, want %v", i, name, c[0], c[1])
					break
				}
			}
		}
	}
}

// testWrongSteps gives a session steps that do not fit its plan.
func testWrongSteps(t *testing.T, d runtime.Device) {
	p := small(t)
	vs := Variables(t, d, 1, p)
	s, err := d.Open(p, vs)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	before := stored(t, vs)
	type values = map[string][]float32
	five, four := make([]float32, 5), make([]float32, 4)
	for _, c := range []struct {
		name            string
		inputs, outputs values
		want            string
	}{
		{"missing", nil, nil, `the input "x" is missing`},
		{"short", values{"x": four}, nil, `the input "x" has 5 elements, not 4`},
		{"unknown", values{"x": five, "y": five}, nil, `no input "y"`},
		{"output as input", values{"x": five, "out": five}, nil, `no input "out"`},
		{"variable as input", values{"x": five, "p": five}, nil, `no input "p"`},
		{"short output", values{"x": five}, values{"out": four}, `the output "out" has 5 elements, not 4`},
		{"unknown output", values{"x": five}, values{"loss": five}, `no output "loss"`},
		{"long step", values{"x": five, "step": four}, nil, `the input "step" has 1 elements, not 4`},
	} {
		err := s.Run(runtime.Step{Inputs: c.inputs, Outputs: c.outputs})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want %q", c.name, err, c.want)
		}
	}
	if lines := differences(stored(t, vs), before, nil); lines != nil {
		t.Errorf("a step that failed changed the variables:\n%s", strings.Join(lines, "\n"))
	}
}

// testWrongVariables asks for variables that are not there, or do not fit.
func testWrongVariables(t *testing.T, d runtime.Device) {
	p := small(t)
	vs := Variables(t, d, 1, p)
	if n := vs.Size("p"); n != 5 {
		t.Errorf("p has %d elements, want 5", n)
	}
	if n := vs.Size("x"); n != -1 {
		t.Errorf("x, which is no variable, has %d elements", n)
	}
	for name, err := range map[string]error{
		"load the unknown":    vs.Load("x", make([]float32, 5)),
		"load too few":        vs.Load("p", make([]float32, 4)),
		"store the unknown":   vs.Store("x", make([]float32, 5)),
		"store into too much": vs.Store("p", make([]float32, 6)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	b := newBuilder(1)
	b.Graph.Outputs = []ir.Output{{Name: "out", Value: b.Add(op.Parameter{Name: "p", Axes: axes(ir.Channel, 6), Init: "ones"})}}
	other := build(t, b.Graph)
	if _, err := d.Variables(p, other); err == nil {
		t.Error("two types of one variable: no error")
	}
	if s, err := d.Open(other, vs); err == nil {
		s.Close()
		t.Error("a plan on variables of another size: no error")
	}
	b = newBuilder(1)
	b.Graph.Outputs = []ir.Output{{Name: "out", Value: b.Add(op.Parameter{Name: "none", Init: "ones"})}}
	if s, err := d.Open(build(t, b.Graph), vs); err == nil {
		s.Close()
		t.Error("a plan on variables that are not there: no error")
	}
	if d.Name() != reference.New().Name() {
		foreign := Variables(t, reference.New(), 1, p)
		if s, err := d.Open(p, foreign); err == nil {
			s.Close()
			t.Error("variables of another device: no error")
		}
	}
}

// testLeftOut runs a step without the output, and with a step number of the caller's own.
func testLeftOut(t *testing.T, d runtime.Device) {
	p := small(t)
	vs := Variables(t, d, 1, p)
	s, err := d.Open(p, vs)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	one := []float32{1, 1, 1, 1, 1}
	if err := vs.Load("p", one); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(runtime.Step{Step: 9, Inputs: map[string][]float32{"x": one}}); err != nil {
		t.Fatal(err)
	}
	out := make([]float32, 5)
	step := runtime.Step{Step: 9, Inputs: map[string][]float32{"x": one, "step": {100}}, Outputs: map[string][]float32{"out": out}}
	if err := s.Run(step); err != nil {
		t.Fatal(err)
	}
	if math.Abs(float64(out[4])-102) > 1e-4 {
		t.Errorf("1 (1 + 1) + 100 = %g", out[4])
	}
}

// Allocations checks that no run of a session, over the cases of the suite, allocates more than the given number of
// times, on average of several.
func Allocations(t *testing.T, d runtime.Device, most float64) {
	for _, cases := range [][]testCase{opCases(), fusionCases(), wideCases(), memoryCases()} {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				_, p := plans(t, c.graph(t))
				s, err := d.Open(p, Variables(t, d, 3, p))
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				step := NewStep(p, 3)
				n := testing.AllocsPerRun(5, func() {
					if err := s.Run(step); err != nil {
						t.Fatal(err)
					}
				})
				if n > most {
					t.Errorf("%d kernels: %g allocations in a run", len(p.Kernels), n)
				}
			})
		}
	}
}
