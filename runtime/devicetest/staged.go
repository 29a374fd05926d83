package devicetest

import (
	"slices"
	"testing"
	"time"

	"github.com/vnlang/vn/runtime"
)

// testStaged stages the inputs of each step while the step before runs: the bits are those of steps one by one.
func testStaged(t *testing.T, d runtime.Device) {
	const steps = 20
	p := small(t)
	open := func(t *testing.T) (runtime.Stager, runtime.Variables) {
		vs := Variables(t, d, 1, p)
		s, err := d.Open(p, vs)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		staged, ok := s.(runtime.Stager)
		if !ok {
			t.Skip("its sessions stage no inputs")
		}
		return staged, vs
	}
	inputs := func(i int) map[string][]float32 {
		inputs := map[string][]float32{"x": values(uint64(i), "x", 5)}
		if i%3 == 2 {
			inputs[runtime.StepInput] = []float32{-1}
		}
		return inputs
	}
	t.Run("same bits", func(t *testing.T) {
		one, oneVariables := open(t)
		two, twoVariables := open(t)
		ready, ended := make(chan error), make(chan struct{})
		go func() {
			defer close(ended)
			for i := range steps {
				in := inputs(i)
				err := two.Stage(in)
				clear(in["x"]) // which is ours again
				ready <- err
			}
		}()
		for i := range uint64(steps) {
			want, got := make([]float32, 5), make([]float32, 5)
			if err := one.Run(runtime.Step{Step: i, Inputs: inputs(int(i)), Outputs: map[string][]float32{"out": want}}); err != nil {
				t.Fatal(err)
			}
			if err := <-ready; err != nil {
				t.Fatal(err)
			}
			if err := two.RunStaged(runtime.Step{Step: i, Outputs: map[string][]float32{"out": got}}); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("step %d: the output is %v on staged inputs, and %v on those of the step", i, got, want)
			}
		}
		<-ended
		if lines := differences(stored(t, twoVariables), stored(t, oneVariables), nil); lines != nil {
			t.Errorf("the variables differ: %v", lines)
		}
	})
	t.Run("errors", func(t *testing.T) {
		s, _ := open(t)
		in := inputs(0)
		for what, err := range map[string]error{
			"run on nothing":       s.RunStaged(runtime.Step{}),
			"stage nothing":        s.Stage(nil),
			"stage the wrong size": s.Stage(map[string][]float32{"x": make([]float32, 4)}),
		} {
			if err == nil {
				t.Errorf("%s: no error", what)
			}
		}
		if err := s.Stage(in); err != nil {
			t.Fatal(err)
		}
		for what, step := range map[string]runtime.Step{"run with inputs": {Inputs: in}, "run for an output that there is not": {Outputs: in}} {
			if err := s.RunStaged(step); err == nil {
				t.Errorf("%s: no error", what)
			}
		}
		if err := s.RunStaged(runtime.Step{}); err != nil {
			t.Errorf("after steps that were wrong the inputs are gone: %v", err)
		}
		if err := s.Stage(in); err != nil {
			t.Fatal(err)
		}
		if err := s.Run(runtime.Step{Inputs: in}); err == nil {
			t.Error("a run while inputs are staged: no error")
		}
		waits := make(chan error)
		go func() { waits <- s.Stage(in) }()
		select {
		case err := <-waits:
			t.Errorf("inputs are staged where others wait: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-waits; err == nil {
			t.Error("inputs are staged in a session that was closed: no error")
		}
		if err := s.Stage(in); err == nil {
			t.Error("inputs are staged after a close: no error")
		}
	})
}
