package kernel

import "math"

// reduceLanes is how many running results a reduction keeps on every path.
const reduceLanes = 32

// reduceFunc reduces a positive multiple of reduceLanes values: value i goes to running result i mod reduceLanes, and
// then result i is joined with result i+16, i+8, i+4, i+2 and i+1 in turn.
type reduceFunc func(x []float32) float32

// reduction is an associative operation over a slice.
type reduction struct {
	identity float32
	join     func(x, y float32) float32
	path     func(p *path) reduceFunc
}

var (
	sumOf = reduction{0, binaryScalar[add], func(p *path) reduceFunc { return p.sumOf }}
	maxOf = reduction{float32(math.Inf(-1)), binaryScalar[maximum], func(p *path) reduceFunc { return p.maxOf }}
	minOf = reduction{float32(math.Inf(1)), binaryScalar[minimum], func(p *path) reduceFunc { return p.minOf }}
)

// SumOf returns the sum of x, 0 for none. The order of the additions depends on len(x) alone.
func SumOf(x []float32) float32 { return sumOf.reduce(x) }

// MaxOf returns the greatest value of x, NaN if one is, -Inf for none.
func MaxOf(x []float32) float32 { return maxOf.reduce(x) }

// MinOf returns the least value of x, NaN if one is, +Inf for none.
func MinOf(x []float32) float32 { return minOf.reduce(x) }

// reduce reduces calls of whole vectors and then the values left, one by one.
func (r *reduction) reduce(x []float32) float32 {
	f := r.path(active)
	result := r.identity
	for first := true; len(x) >= reduceLanes; first = false {
		n := min(callValues, len(x)/reduceLanes*reduceLanes)
		part := r.portable(x[:n], f)
		if result = r.join(result, part); first {
			result = part
		}
		x = x[n:]
	}
	for _, value := range x {
		result = r.join(result, value)
	}
	return result
}

// portable is f, or the same in plain Go where the path has none.
func (r *reduction) portable(x []float32, f reduceFunc) float32 {
	if f != nil {
		return f(x)
	}
	var running [reduceLanes]float32
	for i := range running {
		running[i] = r.identity
	}
	for ; len(x) > 0; x = x[reduceLanes:] {
		for i, value := range x[:reduceLanes] {
			running[i] = r.join(running[i], value)
		}
	}
	for half := reduceLanes / 2; half > 0; half /= 2 {
		for i := range half {
			running[i] = r.join(running[i], running[i+half])
		}
	}
	return running[0]
}
