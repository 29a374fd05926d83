package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sentinel is a NaN with a pattern that no arithmetic gives.
var sentinel = math.Float32frombits(0x7fc0ffee)

// guarded returns n sentinels: read, they spoil a result; written, they are missed.
func guarded(n int) []float32 { return filled(n, sentinel) }

// fillRuns puts random values at runs of count floats at each offset of a list of guarded values.
func fillRuns(random *rand.Rand, list []float32, count int, offsets []int) {
	for _, offset := range offsets {
		for i := range count {
			list[offset+i] = float32(random.NormFloat64())
		}
	}
}

// offsets lists all sums of a multiple below count[i] of distance[i], the last axis fastest.
func offsets(count, distance []int) []int {
	list := []int{0}
	for axis, n := range count {
		var next []int
		for _, offset := range list {
			for i := range n {
				next = append(next, offset+i*distance[axis])
			}
		}
		list = next
	}
	return list
}

// expectation is what a list of float32 values should hold: sentinels but where set says otherwise.
type expectation struct {
	value, scale map[int]float64 // by index; scale is the sum of the magnitudes of the terms
}

func newExpectation() expectation {
	return expectation{map[int]float64{}, map[int]float64{}}
}

// add adds a term to a value.
func (e expectation) add(index int, term float64) {
	e.value[index] += term
	e.scale[index] += math.Abs(term)
}

// check compares got with what is expected, and reports the first difference.
func (e expectation) check(t *testing.T, got []float32) {
	t.Helper()
	for i, value := range got {
		want, set := e.value[i]
		if !set {
			if math.Float32bits(value) != math.Float32bits(sentinel) {
				t.Fatalf("index %d was overwritten with %g", i, value)
			}
		} else if difference := math.Abs(float64(value) - want); !(difference <= 4e-6*e.scale[i]) {
			t.Fatalf("index %d is %g, want %g", i, value, want)
		}
	}
}

// onPaths runs a test on every implementation.
func onPaths(t *testing.T, f func(t *testing.T)) {
	defer func() {
		if err := Use(Paths()[0]); err != nil {
			t.Fatal(err)
		}
	}()
	for _, path := range Paths() {
		if err := Use(path); err != nil {
			t.Fatal(err)
		}
		t.Run(path, f)
	}
}

// panics reports whether f panics.
func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
