package kernel

import (
	"fmt"
	"testing"
)

// rate reports how much of something a benchmark does in a second, in units of 1e9, in place of its time.
func rate(b *testing.B, each int, unit string) {
	b.ReportMetric(float64(each)*float64(b.N)/b.Elapsed().Seconds()/1e9, unit)
	b.ReportMetric(0, "ns/op")
}

// benchmarkOnPaths runs a benchmark on the implementations in assembly.
func benchmarkOnPaths(b *testing.B, f func(b *testing.B)) {
	for _, path := range Paths() {
		if path == portable.name {
			continue
		}
		if err := Use(path); err != nil {
			b.Fatal(err)
		}
		b.Run(path, f)
	}
	if err := Use(Paths()[0]); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkMultiply measures products of operands in L1 and L2.
func BenchmarkMultiply(b *testing.B) {
	benchmarkOnPaths(b, func(b *testing.B) {
		for _, depth := range []int{32, 64, 128, 256} {
			const rows = 32
			left, right, c := filled(rows*depth, 1), filled(depth*32, 1), alignedFloats(rows*32)
			flops := 2 * rows * depth * 32
			b.Run(fmt.Sprintf("32x32x%d", depth), func(b *testing.B) {
				for b.Loop() {
					Multiply(rows, 2, depth, left, depth, 16, right, c, 32, 16, false)
				}
				rate(b, flops, "GFLOP/s")
			})
			steps := make([]int32, depth)
			for d := range steps {
				steps[d] = int32(d)
			}
			b.Run(fmt.Sprintf("steps/32x32x%d", depth), func(b *testing.B) {
				for b.Loop() {
					MultiplySteps(rows, 2, steps, left, depth, right, c, 32, 16, false)
				}
				rate(b, flops, "GFLOP/s")
			})
		}
	})
}

func BenchmarkOuter(b *testing.B) {
	benchmarkOnPaths(b, func(b *testing.B) {
		for _, depth := range []int{16, 32, 64, 128} {
			left, right, c := filled(depth*16, 1), filled(depth*32, 1), alignedFloats(8*32)
			b.Run(fmt.Sprint(depth), func(b *testing.B) {
				for b.Loop() {
					Outer(2, depth, left, 16, right, 32, 16, c, 32, 16, true)
				}
				rate(b, 2*depth*8*32, "GFLOP/s")
			})
		}
	})
}

// BenchmarkTransform measures the transforms of 32 columns in L1, in bytes read and written.
func BenchmarkTransform(b *testing.B) {
	benchmarkOnPaths(b, func(b *testing.B) {
		const columns = 32
		src, dst := filled(maxPoints*columns*Lanes, 1), alignedFloats(maxPoints*columns*Lanes)
		for _, mr := range [][2]int{{4, 5}, {2, 5}, {4, 3}, {2, 3}} {
			for side, name := range []string{"input", "output", "gradient", "weight", "weightGradient"} {
				f := Transform(mr[0], mr[1], Side(side))
				to, from := Side(side).shape(mr[0], mr[1])
				b.Run(fmt.Sprintf("F(%d,%d)/%s", mr[0], mr[1], name), func(b *testing.B) {
					for b.Loop() {
						f(dst, src, Lanes, Lanes, columns, to*Lanes, from*Lanes, 1, 0, 0)
					}
					rate(b, (to+from)*columns*Lanes*4, "GB/s")
				})
			}
		}
	})
}

// BenchmarkRowTransform measures rows of 128 columns in L2, a cache line apart from a multiple of the page.
func BenchmarkRowTransform(b *testing.B) {
	benchmarkOnPaths(b, func(b *testing.B) {
		const columns, row = 128, 129 * Lanes
		src, dst := filled(maxPoints*row, 1), alignedFloats(maxPoints*row)
		for _, mr := range [][2]int{{4, 5}, {2, 5}} {
			for _, side := range []Side{SideInput, SideGradient} {
				f := RowTransform(mr[0], mr[1], side)
				to, from := side.shape(mr[0], mr[1])
				rows := make([]*float32, from)
				for k := range rows {
					rows[k] = &src[k*row]
				}
				b.Run(fmt.Sprintf("F(%d,%d)/%d to %d", mr[0], mr[1], from, to), func(b *testing.B) {
					for b.Loop() {
						f(dst, row, rows, columns, Lanes, Lanes)
					}
					rate(b, (to+from)*columns*Lanes*4, "GB/s")
				})
			}
		}
	})
}

// BenchmarkInterleave measures 1024 voxels in L2, in bytes read and written.
func BenchmarkInterleave(b *testing.B) {
	benchmarkOnPaths(b, func(b *testing.B) {
		const voxels = 1024
		plain, blocked := filled(voxels*Lanes, 1), filled(voxels*Lanes, 1)
		b.Run("to", func(b *testing.B) {
			for b.Loop() {
				Interleave(blocked, plain, voxels, Lanes, voxels)
			}
			rate(b, 2*4*voxels*Lanes, "GB/s")
		})
		b.Run("from", func(b *testing.B) {
			for b.Loop() {
				Deinterleave(plain, voxels, blocked, Lanes, voxels)
			}
			rate(b, 2*4*voxels*Lanes, "GB/s")
		})
		b.Run("sums", func(b *testing.B) {
			var sums [Lanes]float64
			for b.Loop() {
				LaneSums(&sums, blocked)
			}
			rate(b, 4*voxels*Lanes, "GB/s")
		})
	})
}
