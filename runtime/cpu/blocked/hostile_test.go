package blocked

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// extreme draws a geometry of any sizes up to those that Validate allows, most of which no machine could run.
func extreme(random *rand.Rand) kernel.Convolution {
	size := func(most int) int {
		if random.IntN(2) == 0 {
			return 1 + random.IntN(4)
		}
		return 1 + int(math.Exp2(random.Float64()*float64(most)))
	}
	for {
		c := kernel.Convolution{Batch: size(30), In: size(30), Out: size(30), Groups: 1}
		for axis := range 3 {
			c.Input[axis], c.Output[axis], c.Kernel[axis] = size(29), size(29), size(29)
			c.Stride[axis], c.Dilation[axis], c.PadLow[axis] = min(size(6), 64), size(29), size(29)-1
			switch random.IntN(4) {
			case 0: // a product
				c.Kernel[axis], c.Dilation[axis], c.PadLow[axis] = c.Stride[axis], 1, 0
				c.Input[axis] = c.Output[axis] * c.Stride[axis]
			case 1:
				c.Stride[axis], c.Dilation[axis] = 1, 1
			}
		}
		if c.Validate() == nil {
			return c
		}
	}
}

// Whatever Validate lets through is refused, or prepared in little memory with offsets that fit and sizes that are none
// that overflowed.
func TestPreparingTakesLittleMemory(t *testing.T) {
	const threads, most = 2, 24 << 20
	random := rand.New(rand.NewPCG(7, 8))
	families := map[Family]int{}
	for range 1000 {
		c := extreme(random)
		for _, d := range []kernel.Direction{kernel.DirectionForward, kernel.DirectionInputGradient, kernel.DirectionWeightGradient} {
			f, err := FamilyOf(c, d)
			if err != nil {
				continue
			}
			families[f]++
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			workspace, tasks := prepare(t, c, d, threads)
			runtime.ReadMemStats(&after)
			if taken := after.TotalAlloc - before.TotalAlloc; taken > most {
				t.Errorf("preparing takes %d bytes: direction %d of %+v", taken, d, c)
			}
			if workspace < 0 || workspace > 1<<50 || tasks < 0 {
				t.Errorf("workspace %d, %d tasks: direction %d of %+v", workspace, tasks, d, c)
			}
		}
	}
	for _, f := range []Family{Product, Narrow, Taps} {
		if families[f] < 20 {
			t.Errorf("only %d contractions are of family %v", families[f], f)
		}
	}
}

// prepare makes a contraction and checks its offsets.
func prepare(t *testing.T, c kernel.Convolution, d kernel.Direction, threads int) (workspace, tasks int) {
	t.Helper()
	if d == kernel.DirectionWeightGradient {
		g, err := NewWeightGradient(c, threads)
		if err != nil {
			t.Fatal(err)
		}
		if g, ok := g.(*tapGradient); ok && g.phase.copyFloats() > math.MaxInt32 {
			t.Errorf("a copy of %d floats: %+v", g.phase.copyFloats(), c)
		}
		return g.Workspace(), 0
	}
	k, err := New(c, d, threads)
	if err != nil {
		t.Fatal(err)
	}
	if k, ok := k.(*tapSum); ok {
		for _, h := range k.phases {
			for _, step := range h.copy {
				if step < 0 || int(step) >= k.copyRoom {
					t.Fatalf("an offset of %d in a copy of %d floats: direction %d of %+v", step, k.copyRoom, d, c)
				}
			}
		}
	}
	return k.Workspace(), k.Tasks()
}
