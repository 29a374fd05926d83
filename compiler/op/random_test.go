package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// moments returns the mean and the variance of numbers.
func moments(data []float64) (mean, variance float64) {
	for _, x := range data {
		mean += x / float64(len(data))
	}
	for _, x := range data {
		variance += (x - mean) * (x - mean) / float64(len(data))
	}
	return mean, variance
}

// TestRandom checks the moments of both distributions and what a number depends on. With 80000 numbers the deviation of
// the means is about 0.001 and 0.0035; the bounds are six times that.
func TestRandom(t *testing.T) {
	draw := func(distribution string, stream int, c ir.Context) []float64 {
		o := op.Random{Stream: stream, Axes: axes("batch", 4, "x", 20000), Distribution: distribution}
		out := ir.NewTensor(ir.NewType(o.Axes...))
		o.Evaluate(c, out, nil)
		return out.Data
	}
	base := ir.Context{Seed: 1, Step: 2}
	uniform, normal := draw(op.Uniform, 0, base), draw(op.Normal, 0, base)
	if mean, variance := moments(uniform); math.Abs(mean-0.5) > 0.006 || math.Abs(variance-1./12) > 0.003 {
		t.Errorf("uniform: mean %v, variance %v", mean, variance)
	}
	for _, x := range uniform {
		if x < 0 || x >= 1 || float64(float32(x)) != x {
			t.Fatalf("%v is outside [0, 1), or float32 does not hold it", x)
		}
	}
	mean, variance := moments(normal)
	if math.Abs(mean) > 0.021 || math.Abs(variance-1) > 0.03 {
		t.Errorf("normal: mean %v, variance %v", mean, variance)
	}
	beyond := 0
	for _, x := range normal {
		if math.Abs(x) > 1.959964 {
			beyond++
		}
	}
	if share := float64(beyond) / float64(len(normal)); math.Abs(share-0.05) > 0.005 {
		t.Errorf("normal: %v of the numbers lie beyond 1.96 deviations, want 0.05", share)
	}
	for name, other := range map[string][]float64{
		"seed": draw(op.Uniform, 0, ir.Context{Seed: 2, Step: 2}), "step": draw(op.Uniform, 0, ir.Context{Seed: 1, Step: 3}),
		"stream": draw(op.Uniform, 1, base), "sample": append(slices.Clone(uniform[20000:]), uniform[:20000]...),
	} {
		var covariance float64
		for i, x := range uniform {
			covariance += (x - 0.5) * (other[i] - 0.5) * 12 / float64(len(uniform))
		}
		if math.Abs(covariance) > 0.022 {
			t.Errorf("numbers of another %s are correlated: %v", name, covariance)
		}
	}
	if got := op.RandomAt(op.Normal, 1, 2, 0, 3, 17); got != normal[3*20000+17] {
		t.Errorf("RandomAt gives %v, the op %v", got, normal[3*20000+17])
	}
	if !slices.Equal(draw(op.Normal, 0, base), normal) {
		t.Error("the same context gives other numbers")
	}
}

// TestRandomIsFixed pins a few numbers: checkpoints and recorded losses rest on them.
func TestRandomIsFixed(t *testing.T) {
	for i, want := range []float64{0.929043710231781, 0.5475417971611023, 0.4264572858810425, 0.05978870391845703, 0.3297739028930664} {
		if got := op.RandomAt(op.Uniform, 42, 7, 3, 1, uint64(i)); got != want {
			t.Errorf("element %d is %v, want %v", i, got, want)
		}
	}
}

// TestInitialOf: a parameter starts by its initialisation, a state as it says, and nothing else starts as anything.
func TestInitialOf(t *testing.T) {
	p := op.Parameter{Name: "w", Axes: axes("out", 3), Init: "normal", Gain: 1, FanIn: 1, FanOut: 1}
	for _, c := range []struct {
		o    ir.Op
		want []float32
	}{
		{p, op.InitialValue(p, 5)},
		{op.State{Name: "s", Axes: axes("out", 3), Init: 1.5}, []float32{1.5, 1.5, 1.5}},
		{op.State{Name: "scalar", Init: -2}, []float32{-2}},
		{op.Exp{}, nil},
	} {
		got, ok := op.InitialOf(c.o, 5)
		if !slices.Equal(got, c.want) || ok != (c.want != nil) {
			t.Errorf("%s starts as %v, %v, want %v", c.o.Kind(), got, ok, c.want)
		}
	}
}

// TestInitialValue checks the distributions of initial values against their formulas.
func TestInitialValue(t *testing.T) {
	const elements = 50000
	p := op.Parameter{Name: "left1.conv.weight", Axes: axes("out", elements), Gain: 0.5, FanIn: 8, FanOut: 24}
	values := func(p op.Parameter, seed uint64) []float64 {
		data := make([]float64, 0, elements)
		for _, x := range op.InitialValue(p, seed) {
			data = append(data, float64(x))
		}
		return data
	}
	for _, c := range []struct {
		init     string
		variance float64
	}{
		{"uniform", 0.25 / 8 / 3}, {"msra", 0.25 * 2 / 8}, {"msra_average", 2. / 16}, {"normal", 0.25},
	} {
		p.Init = c.init
		mean, variance := moments(values(p, 1))
		if math.Abs(mean) > 6*math.Sqrt(c.variance/elements) || math.Abs(variance/c.variance-1) > 0.04 {
			t.Errorf("%s: mean %v, variance %v, want 0 and %v", c.init, mean, variance, c.variance)
		}
	}
	p.Init = "uniform"
	bound := 0.5 / math.Sqrt(8)
	if data := values(p, 1); slices.Max(data) > bound || slices.Min(data) < -bound || slices.Max(data) < 0.99*bound {
		t.Errorf("uniform: from %v to %v, want -+%v", slices.Min(data), slices.Max(data), bound)
	}
	larger := p
	larger.Axes = axes("out", elements, "in", 2)
	if !slices.Equal(op.InitialValue(p, 1), op.InitialValue(larger, 1)[:elements]) {
		t.Error("an element depends on more than its place")
	}
	renamed := p
	renamed.Name = "left2.conv.weight"
	for what, other := range map[string][]float64{"name": values(renamed, 1), "seed": values(p, 2)} {
		if slices.Equal(values(p, 1), other) {
			t.Errorf("another %s gives the same values", what)
		}
	}
}
