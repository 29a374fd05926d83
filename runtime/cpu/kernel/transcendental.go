package kernel

import "math"

// exp and log compute in float64 and round once, so that the error is barely above half a unit in the last place. The
// conversions around products keep a compiler from fusing them with the sums: the assembly takes the same steps.

// expTerms is the Taylor series of exp, the highest power first: on [-ln2/2, ln2/2] its relative error is 2e-10.
var expTerms = [...]float64{1. / 40320, 1. / 5040, 1. / 720, 1. / 120, 1. / 24, 1. / 6, 1. / 2, 1, 1}

// logTerms is 2 artanh(s)/s in powers of s squared, the highest first: on |s| <= 3-2sqrt2 its relative error is 1e-10.
var logTerms = [...]float64{2. / 11, 2. / 9, 2. / 7, 2. / 5, 2. / 3, 2}

func exp(x float32) float32 {
	if x != x {
		return x
	}
	// Beyond these the result is 0 or infinite whatever x is.
	w := min(max(float64(x), -110), 90)
	n := math.RoundToEven(w * (1 / math.Ln2))
	r := w - float64(n*math.Ln2)
	p := horner(r, expTerms[:])
	return float32(p * math.Float64frombits(uint64(int64(n)+1023)<<52))
}

func log(x float32) float32 {
	switch {
	case x == 0:
		return float32(math.Inf(-1))
	case x < 0:
		return float32(math.NaN())
	case !(x <= math.MaxFloat32):
		return x
	}
	// x = 2^k m with m in [sqrt(1/2), sqrt 2); log x = k ln 2 + 2 artanh(s), s = (m-1)/(m+1).
	bits, one, half := math.Float64bits(float64(x)), math.Float64bits(1), math.Float64bits(math.Sqrt2/2)
	biased := (bits + one - half) >> 52
	k := float64(int64(biased) - 1023)
	m := math.Float64frombits(bits - biased<<52 + one)
	s := (m - 1) / (m + 1)
	p := horner(float64(s*s), logTerms[:])
	return float32(float64(k*math.Ln2) + float64(p*s))
}

// horner evaluates the polynomial with the given coefficients, the highest first.
func horner(x float64, terms []float64) float64 {
	p := terms[0]
	for _, term := range terms[1:] {
		p = float64(p*x) + term
	}
	return p
}
