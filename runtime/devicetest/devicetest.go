// Package devicetest is the suite that every backend passes: each primitive, the ways in which they are fused, the ways
// in which memory is used again, whole small networks with their gradients and updates, random graphs, all against the
// reference device; and what package runtime promises of variables, sessions and steps.
//
//	func TestDevice(t *testing.T) { devicetest.RunAll(t, cpu.New(2)) }
//	func FuzzNoDiff(f *testing.F) { f.Fuzz(func(t *testing.T, seed uint64) { devicetest.NoDiff(t, device, seed) }) }
//
// SameBits checks in addition that several devices, such as one with different numbers of threads, give the same bits;
// Allocations that a run allocates nothing; Hostile that a plan from a damaged file does no harm.
package devicetest

import (
	"fmt"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/runtime"
)

// RunAll runs the suite on a device.
func RunAll(t *testing.T, d runtime.Device) {
	RunCases(t, d)
	runCases(t, d, "half", halfCases())
	t.Run("random", func(t *testing.T) {
		for seed := range uint64(randomSeeds) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) { NoDiff(t, d, seed) })
		}
	})
	t.Run("session", func(t *testing.T) { testSession(t, d) })
}

// RunCases runs the graphs of the suite that were made by hand and stay in float32. In a half type a sum is often a tie
// between two numbers, exactly, and an algorithm that rounds otherwise on the way may take the other one.
func RunCases(t *testing.T, d runtime.Device) {
	for _, group := range []struct {
		name  string
		cases []testCase
	}{
		{"op", opCases()}, {"fusion", fusionCases()}, {"wide", wideCases()}, {"memory", memoryCases()}, {"shape", shapeCases()},
	} {
		runCases(t, d, group.name, group.cases)
	}
	t.Run("wide, one sample", func(t *testing.T) { // which is dense, so that more can be written in place
		for _, c := range wideCases() {
			t.Run(c.name, func(t *testing.T) { Compare(t, d, c.graphOf(t, 1), 7) })
		}
	})
}

func runCases(t *testing.T, d runtime.Device, group string, cases []testCase) {
	t.Run(group, func(t *testing.T) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) { Compare(t, d, c.graph(t), 7) })
		}
	})
}

// randomSeeds is how many random graphs RunAll tries. Fuzzing tries more.
const randomSeeds = 120

// NoDiff makes a random graph from a seed, with its gradients, and compares the device with the reference on it.
func NoDiff(t *testing.T, d runtime.Device, seed uint64) {
	t.Helper()
	Compare(t, d, randomGraph(t, seed), seed)
}

// testCase is a graph under a name.
type testCase struct {
	name string
	// build appends to the graph and returns the values to compare. Their gradients are compared too.
	build func(b *builder) []*ir.Value
}

// graph returns the graph of the case, for two samples.
func (c testCase) graph(t testing.TB) *ir.Graph {
	t.Helper()
	return c.graphOf(t, 2)
}

func (c testCase) graphOf(t testing.TB, samples int) *ir.Graph {
	t.Helper()
	b := newBuilder(samples)
	outs := c.build(b)
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	b.finish(t, outs)
	return b.Graph
}
