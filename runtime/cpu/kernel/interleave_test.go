package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestInterleave(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	onPaths(t, func(t *testing.T) {
		for channels := 1; channels <= Lanes; channels++ {
			for _, n := range []int{1, 5, 15, 16, 17, 32, 47, interleaveCall + 33} {
				if n > 100 && channels != 5 {
					continue
				}
				t.Run(fmt.Sprintf("%dx%d", channels, n), func(t *testing.T) {
					stride := n + 3
					plain := guarded((channels-1)*stride + n)
					fillRuns(random, plain, n, offsets([]int{channels}, []int{stride}))
					blocked := guarded(n*Lanes + 5)
					wantBlocked, wantPlain := newExpectation(), newExpectation()
					for i := range n {
						for lane := range Lanes {
							wantBlocked.add(i*Lanes+lane, 0)
							if lane < channels {
								wantBlocked.add(i*Lanes+lane, float64(plain[lane*stride+i]))
								wantPlain.add(lane*stride+i, float64(plain[lane*stride+i]))
							}
						}
					}
					Interleave(blocked, plain, stride, channels, n)
					wantBlocked.check(t, blocked)
					back := guarded(len(plain))
					Deinterleave(back, stride, blocked, channels, n)
					wantPlain.check(t, back)
					if !panics(func() { Interleave(blocked, plain[:len(plain)-1], stride, channels, n) }) ||
						!panics(func() { Interleave(blocked[:n*Lanes-1], plain, stride, channels, n) }) ||
						!panics(func() { Deinterleave(back[:len(back)-1], stride, blocked, channels, n) }) ||
						!panics(func() { Deinterleave(back, stride, blocked[:n*Lanes-1], channels, n) }) {
						t.Error("a value beyond the end of its slice does not panic")
					}
				})
			}
		}
	})
}

func TestLaneSums(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	onPaths(t, func(t *testing.T) {
		for _, voxels := range []int{0, 1, 2, 3, 4, 5, 11, 255, 256, 257, 600} {
			values := guarded(voxels * Lanes)
			fillRuns(random, values, len(values), []int{0})
			var sums [Lanes]float64
			want := newExpectation()
			for lane := range sums {
				sums[lane] = float64(lane)
				want.add(lane, float64(lane))
			}
			for i, value := range values {
				want.add(i%Lanes, float64(value))
			}
			LaneSums(&sums, values)
			got := make([]float32, Lanes)
			for lane, sum := range sums {
				got[lane] = float32(sum)
			}
			want.check(t, got)
		}
	})
}
