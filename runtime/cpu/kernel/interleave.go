package kernel

type (
	interleaveFunc   func(dst, src []float32, srcStride, channels, n int)
	deinterleaveFunc func(dst []float32, dstStride int, src []float32, channels, n int)
	laneSumsFunc     func(sums *[Lanes]float64, values []float32)
)

// interleaveCall bounds the voxels of one call of the assembly, which the scheduler cannot interrupt.
const interleaveCall = 1 << 12

// Interleave makes one block of a blocked map of up to 16 channels of a plain one: dst[i*16+c] = src[c*srcStride+i] for
// i < n and c < channels, and 0 for the other lanes. It panics if a value does not lie in its slice.
func Interleave(dst, src []float32, srcStride, channels, n int) {
	if n <= 0 {
		return
	}
	checkChannels(src, srcStride, dst, channels, n)
	start := 0
	if active.interleave != nil {
		for whole := n &^ (Lanes - 1); start < whole; {
			end := min(start+interleaveCall, whole)
			active.interleave(dst[start*Lanes:end*Lanes], src[start:], srcStride, channels, end-start)
			start = end
		}
	}
	for i := start; i < n; i++ {
		voxel := dst[i*Lanes:][:Lanes]
		clear(voxel)
		for c := range channels {
			voxel[c] = src[c*srcStride+i]
		}
	}
}

// Deinterleave is the inverse: dst[c*dstStride+i] = src[i*16+c] for i < n and c < channels, which is at most 16. It
// panics if a value does not lie in its slice.
func Deinterleave(dst []float32, dstStride int, src []float32, channels, n int) {
	if n <= 0 {
		return
	}
	checkChannels(dst, dstStride, src, channels, n)
	start := 0
	if active.deinterleave != nil {
		for whole := n &^ (Lanes - 1); start < whole; {
			end := min(start+interleaveCall, whole)
			active.deinterleave(dst[start:], dstStride, src[start*Lanes:end*Lanes], channels, end-start)
			start = end
		}
	}
	for i := start; i < n; i++ {
		for c, value := range src[i*Lanes:][:channels] {
			dst[c*dstStride+i] = value
		}
	}
}

// checkChannels panics unless n voxels lie in both maps.
func checkChannels(plain []float32, stride int, blocked []float32, channels, n int) {
	if stride < 0 || channels < 1 || channels > Lanes {
		panic("kernel: a block has 1 to 16 channels")
	}
	_, _ = plain[(channels-1)*stride+n-1], blocked[n*Lanes-1]
}

// LaneSums adds values, [voxel][16], to one sum for each lane. It sums up to 256 voxels in float32 before it adds to the
// sums.
func LaneSums(sums *[Lanes]float64, values []float32) {
	const call = 256 * Lanes
	for len(values) >= Lanes {
		run := values[:min(len(values)&^(Lanes-1), call)]
		active.laneSums(sums, run)
		values = values[len(run):]
	}
}

func portableLaneSums(sums *[Lanes]float64, values []float32) {
	var run [Lanes]float32
	for i := 0; i < len(values); i += Lanes {
		for lane, value := range values[i:][:Lanes] {
			run[lane] += value
		}
	}
	for lane, value := range run {
		sums[lane] += float64(value)
	}
}
