package devicetest

import (
	"math"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime/reference"
)

// spread returns how far each element of the reference's results moves when every value on the way moves by about the
// rounding of float32: the largest distance of several trials.
func spread(t testing.TB, g *ir.Graph, seed uint64, want tensors) map[string][]float64 {
	t.Helper()
	far := map[string][]float64{}
	for name, w := range want {
		far[name] = make([]float64, len(w))
	}
	for trial := range 40 {
		p, err := plan.Build(moved(t, g, trial))
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range run(t, reference.New(), p, seed) {
			for i := range v {
				far[name][i] = max(far[name][i], math.Abs(float64(v[i])-float64(want[name][i])))
			}
		}
	}
	return far
}

// rounding is the deviation, relative to the value, by which spread moves values; float32 rounds by up to 6e-8, and sums
// and chains of operations by many times as much. A convolution is moved relative to the largest of its results, because
// minimal algorithms combine small results from large values.
const rounding = 1e-6

// moved returns a graph in which every result of arithmetic is moved by a random number near 0.
func moved(t testing.TB, g *ir.Graph, trial int) *ir.Graph {
	t.Helper()
	b := newBuilder(g.Batch)
	plain, noisy := map[*ir.Value]*ir.Value{}, map[*ir.Value]*ir.Value{}
	for _, v := range g.Values {
		args := make([]*ir.Value, len(v.Args))
		for i, a := range v.Args {
			args[i] = noisy[a]
		}
		if !rounds(v.Op) {
			noisy[v] = b.Add(v.Op, args...)
			plain[v] = noisy[v]
			continue
		}
		for i, a := range args { // what is of a half type is moved before it is rounded
			if a.Type.DType != ir.F32 {
				args[i] = b.Add(op.Cast{To: ir.F32}, a)
			}
		}
		w := b.Add(v.Op, args...)
		r := b.scale(b.random(w.Type, 1<<20*(trial+1)+v.ID, op.Normal), rounding)
		size := w
		switch v.Op.(type) {
		case op.Convolve, op.ConvolveInput, op.ConvolveWeight:
			size = b.over(b.Add(op.ReduceMax{Axes: names(w.Type)}, b.Add(op.Abs{}, w)), w)
		}
		plain[v], noisy[v] = w, b.Add(op.Add{}, w, b.Add(op.Mul{}, size, r))
		if v.Type.DType != ir.F32 {
			noisy[v] = b.Add(op.Cast{To: v.Type.DType}, noisy[v])
		}
	}
	for _, o := range g.Outputs {
		b.Graph.Outputs = append(b.Graph.Outputs, ir.Output{Name: o.Name, Value: noisy[o.Value]})
	}
	for _, u := range g.Updates {
		b.update(plain[u.Target], noisy[u.Value])
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	return b.Graph
}

// rounds reports whether an op computes results that float32 has to round, rather than choose among its arguments.
func rounds(o ir.Op) bool {
	switch o.(type) {
	case op.Exp, op.Log, op.Sqrt, op.Add, op.Sub, op.Mul, op.Div, op.Pow, op.Sum,
		op.Convolve, op.ConvolveInput, op.ConvolveWeight, op.MatMul, op.Resize, op.ResizeGradient, op.MaxPoolGradient:
		return true
	}
	return false
}
