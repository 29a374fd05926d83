package winograd

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
		ones := [3]int{1, 1, 1}
		c := kernel.Convolution{Batch: size(29), In: size(29), Out: size(29), Groups: 1, Stride: ones, Dilation: ones}
		for axis := range 3 {
			c.Kernel[axis] = 1 + 2*random.IntN(3)
			c.Output[axis], c.PadLow[axis] = size(29), random.IntN(c.Kernel[axis])
			c.Input[axis] = max(c.Output[axis]+c.Kernel[axis]-1-c.PadLow[axis]-random.IntN(c.Kernel[axis]), 1)
		}
		if Supports(c, kernel.DirectionForward, [3]int{4, 4, 4}) == nil {
			return c
		}
	}
}

// Whatever Supports lets through is prepared in little memory, with sizes that are none that overflowed.
func TestPreparingTakesLittleMemory(t *testing.T) {
	const threads, most = 2, 1 << 18
	random := rand.New(rand.NewPCG(7, 8))
	largest := kernel.Convolution{ // of almost as many voxels in a sample, and samples, as Validate allows
		Batch: 1 << 29, In: 1, Out: 1, Groups: 1, Input: [3]int{1, 1, 1 << 26}, Output: [3]int{1, 1, 1 << 26},
		Kernel: [3]int{1, 1, 5}, PadLow: [3]int{0, 0, 2}, Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1},
	}
	cases := []kernel.Convolution{largest}
	for range 1000 {
		cases = append(cases, extreme(random))
	}
	for _, c := range cases {
		tile := [3]int{2 + 2*random.IntN(2), 2 + 2*random.IntN(2), 2 + 2*random.IntN(2)}
		for _, d := range []kernel.Direction{kernel.DirectionForward, kernel.DirectionInputGradient, kernel.DirectionWeightGradient} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			sizes := prepare(t, c, d, tile, threads)
			runtime.ReadMemStats(&after)
			if taken := after.TotalAlloc - before.TotalAlloc; taken > most {
				t.Errorf("preparing takes %d bytes: direction %d of %+v", taken, d, c)
			}
			for _, size := range sizes {
				if size < 1 || size > 1<<62 {
					t.Errorf("workspace, weights and tasks of %v: direction %d of %+v", sizes, d, c)
				}
			}
		}
	}
}

// prepare makes a contraction and returns its sizes.
func prepare(t *testing.T, c kernel.Convolution, d kernel.Direction, tile [3]int, threads int) []int {
	t.Helper()
	if d == kernel.DirectionWeightGradient {
		g, err := NewWeightGradient(c, tile, threads)
		if err != nil {
			t.Fatal(err)
		}
		return []int{g.Workspace(), g.cut.slabs, g.cut.bands, g.cut.chunkStrips, g.cut.parts}
	}
	f, err := NewForward(c, d, tile, threads)
	if err != nil {
		t.Fatal(err)
	}
	return []int{f.Workspace(), f.Weights(), f.Tasks(), f.plan.chunk()}
}
