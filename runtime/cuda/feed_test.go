//go:build cuda

package cuda

import (
	"errors"
	"testing"

	"gorgonia.org/cu"
)

// Inputs that are brought while a step is under way disturb neither it nor each other, whichever stream runs first. The
// first step here is begun and not waited for, which a session never does; so a wait that is missing shows.
func TestFeed(t *testing.T) {
	for _, eager := range []string{"", "nonblocking"} {
		t.Run("eager "+eager, func(t *testing.T) {
			if eager != "" {
				t.Setenv("VN_STANDIN_EAGER", eager)
			}
			d := newDevice(t)
			m, p := byHand()
			s, _, err := openByHand(t, d, m, p)
			if err != nil {
				t.Fatal(err)
			}
			inputs := func(from float32) map[string][]float32 { return map[string][]float32{"x": values(from)} }
			pass := func() {
				t.Helper()
				<-s.feed.full
				if err := d.do(func() error { return s.feed.pass(s.memory) }); err != nil {
					t.Fatal(err)
				}
			}
			// in returns what is in the place of x, when all that was begun is done.
			in := func() []float32 {
				t.Helper()
				found := make([]float32, elements)
				vs := variables{d, map[string]*variable{"x": {memory: s.memory + cu.DevicePtr(m.Inputs[0].Offset), size: elements}}}
				if err := errors.Join(d.do(func() error { return named(d.stream.Synchronize()) }), vs.Store("x", found)); err != nil {
					t.Fatal(err)
				}
				return found
			}
			if err := s.feed.bring(inputs(1)); err != nil {
				t.Fatal(err)
			}
			pass()
			if err := s.feed.bring(inputs(1000)); err != nil {
				t.Fatal(err)
			}
			if got := in(); got[0] != 1 || got[elements-1] != elements {
				t.Errorf("the step sees %v", got)
			}
			pass()
			if got := in(); got[0] != 1000 || got[elements-1] != 999+elements {
				t.Errorf("the next step sees %v", got)
			}
			if err := s.feed.bring(inputs(5)); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil { // with inputs on their way
				t.Error(err)
			}
		})
	}
}
