package devicetest

import (
	"fmt"
	"math"
	"testing"

	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/reference"
)

// RunRounded runs graphs whose feature maps a backend may store, and multiply, in a shorter type than float32. Each output
// and each variable may be off by the given fraction of its norm.
func RunRounded(t *testing.T, d runtime.Device, fraction float64) {
	for _, c := range roundedCases() {
		t.Run(c.name, func(t *testing.T) { compareNorms(t, d, c, fraction) })
	}
}

func compareNorms(t *testing.T, d runtime.Device, c testCase, fraction float64) {
	t.Helper()
	g := c.graph(t)
	plain, p := plans(t, g)
	want := runSteps(t, reference.New(), plain, 7, 1) // a second step would start from large weights, and amplify
	for _, line := range distances(runSteps(t, d, p, 7, 1), want, fraction) {
		t.Error(line)
	}
	if t.Failed() {
		t.Logf("graph:\n%s\nplan:\n%s", g, p)
	}
}

// distances describes the tensors that are further from what they should be than a fraction of their norm.
func distances(got, want tensors, fraction float64) []string {
	var lines []string
	for name, w := range want {
		v, ok := got[name]
		if !ok || len(v) != len(w) {
			lines = append(lines, fmt.Sprintf("%s: %d elements, want %d", name, len(v), len(w)))
			continue
		}
		if off, norm := Distance(v, w); !(off <= fraction*norm+1e-6) { // a NaN is off, too
			lines = append(lines, fmt.Sprintf("%s is off by %.2g of its norm %.3g, and may be by %g", name, off/norm, norm, fraction))
		}
	}
	return lines
}

// Distance returns the norm of the difference of two tensors of one size, and that of the second.
func Distance(got, want []float32) (off, norm float64) {
	for i, w := range want {
		off += math.Pow(float64(got[i])-float64(w), 2)
		norm += math.Pow(float64(w), 2)
	}
	return math.Sqrt(off), math.Sqrt(norm)
}
