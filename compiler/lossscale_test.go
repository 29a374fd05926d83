package compiler_test

import (
	"math"
	"testing"

	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu"
)

// trainer is a training plan with its variables.
type trainer struct {
	plan      *plan.Plan
	variables runtime.Variables
	session   runtime.Session
}

func newTrainer(t *testing.T, scaled bool) *trainer {
	t.Helper()
	small := map[string]string{"width": "2", "image": "1, 16, 16, 16"}
	c, found, err := compiler.Training(load(t, "vnet.vn"), "VNet", compiler.Options{Set: small, Verify: true, ScaleLoss: scaled})
	noErrors(t, found)
	if err != nil {
		t.Fatal(err)
	}
	device := cpu.New(1)
	t.Cleanup(func() { device.Close() })
	variables, err := device.Variables(c.Plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range c.Plan.Graph.Values {
		if values, ok := op.InitialOf(v.Op, 1); ok {
			_, name := v.Leaf()
			if err := variables.Load(name, values); err != nil {
				t.Fatal(err)
			}
		}
	}
	session, err := device.Open(c.Plan, variables)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return &trainer{c.Plan, variables, session}
}

// step trains on an image whose voxels grow by a factor.
func (x *trainer) step(t *testing.T, step uint64, factor float32) {
	t.Helper()
	s := runtime.Step{Seed: 1, Step: step, Inputs: map[string][]float32{}, Outputs: map[string][]float32{}}
	for _, b := range x.plan.Buffers {
		if b.Class == plan.Input && b.Name != runtime.StepInput {
			values := make([]float32, b.Type.Elements())
			for i := range values {
				values[i] = float32(i%7) / 7
				if b.Name == "image" {
					values[i] *= factor
				} else {
					values[i] = float32(i / 64 % 2)
				}
			}
			s.Inputs[b.Name] = values
		}
	}
	if err := x.session.Run(s); err != nil {
		t.Fatal(err)
	}
}

func (x *trainer) values(t *testing.T, name string) []float32 {
	t.Helper()
	v := make([]float32, x.variables.Size(name))
	if err := x.variables.Store(name, v); err != nil {
		t.Fatal(err)
	}
	return v
}

// A scaled loss trains as the loss itself does: a power of two changes no bit of a gradient in float32.
func TestLossScaleChangesNothing(t *testing.T) {
	plain, scaled := newTrainer(t, false), newTrainer(t, true)
	for step := range uint64(3) {
		plain.step(t, step, 1)
		scaled.step(t, step, 1)
	}
	for _, name := range plain.variables.Names() {
		want, got := plain.values(t, name), scaled.values(t, name)
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-7 {
				t.Fatalf("%s[%d] = %g, and %g without a scale", name, i, got[i], want[i])
			}
		}
	}
	if got := scaled.values(t, "loss_scale.good_steps"); got[0] != 3 {
		t.Errorf("%g good steps, want 3", got[0])
	}
}

// A step whose gradients are not finite changes nothing but the scale, which it halves.
func TestLossScaleSkipsSteps(t *testing.T) {
	x := newTrainer(t, true)
	x.step(t, 0, 1)
	before := map[string][]float32{}
	for _, name := range x.variables.Names() {
		before[name] = x.values(t, name)
	}
	x.step(t, 1, float32(math.Inf(1)))
	for name, want := range before {
		got := x.values(t, name)
		switch name {
		case "loss_scale":
			if got[0] != want[0]/2 {
				t.Errorf("the scale is %g after %g", got[0], want[0])
			}
		case "loss_scale.good_steps":
			if got[0] != 0 {
				t.Errorf("%g good steps after a bad one", got[0])
			}
		default:
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%s[%d] changed from %g to %g", name, i, want[i], got[i])
				}
			}
		}
	}
}

// After enough good steps the scale is doubled, up to a bound.
func TestLossScaleGrows(t *testing.T) {
	x := newTrainer(t, true)
	load := func(name string, value float32) {
		t.Helper()
		if err := x.variables.Load(name, []float32{value}); err != nil {
			t.Fatal(err)
		}
	}
	for from, want := range map[float32]float32{1 << 16: 1 << 17, 1 << 24: 1 << 24} {
		load("loss_scale", from)
		load("loss_scale.good_steps", 1999)
		x.step(t, 0, 1)
		if scale, good := x.values(t, "loss_scale")[0], x.values(t, "loss_scale.good_steps")[0]; scale != want || good != 0 {
			t.Errorf("after 2000 good steps the scale is %g, which was %g, and %g steps count", scale, from, good)
		}
	}
}
