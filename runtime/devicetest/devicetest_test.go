package devicetest

import (
	"math"
	"strings"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// Every primitive has a case that is named after it and has it, or its gradient brings it in.
func TestEveryOpHasACase(t *testing.T) {
	cases := map[string]testCase{}
	for _, c := range opCases() {
		cases[c.name] = c
	}
	for _, o := range op.Table {
		c, ok := cases[o.Kind()]
		if !ok {
			t.Errorf("%s has no case", o.Kind())
			continue
		}
		if !kinds(c.graph(t))[o.Kind()] {
			t.Errorf("the case %s does not have the op", o.Kind())
		}
	}
}

// The random graphs hold every primitive.
func TestRandomGraphsHoldEveryOp(t *testing.T) {
	have := map[string]bool{}
	for seed := range uint64(randomSeeds) {
		for kind := range kinds(randomGraph(t, seed)) {
			have[kind] = true
		}
	}
	for _, o := range op.Table {
		if !have[o.Kind()] {
			t.Errorf("no random graph has %s", o.Kind())
		}
	}
}

func kinds(g *ir.Graph) map[string]bool {
	of := map[string]bool{}
	for _, v := range g.Values {
		of[v.Op.Kind()] = true
	}
	return of
}

// What is wrong is reported, unless the reference itself moves as far.
func TestDifferences(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	want := tensors{"a": {1, 2, nan, inf, -inf}}
	for _, c := range []struct {
		name   string
		got    tensors
		spread map[string][]float64
		lines  int
	}{
		{"same", tensors{"a": {1, 2, nan, inf, -inf}}, nil, 0},
		{"near", tensors{"a": {1 + 1e-5, 2, nan, inf, -inf}}, nil, 0},
		{"far", tensors{"a": {1.01, 2, nan, inf, -inf}}, nil, 1},
		{"as far as the reference", tensors{"a": {1.01, 2, nan, inf, -inf}}, map[string][]float64{"a": {0.01, 0, 0, 0, 0}}, 0},
		{"a number for NaN", tensors{"a": {1, 2, 3, inf, -inf}}, nil, 1},
		{"NaN for a number", tensors{"a": {nan, 2, nan, inf, -inf}}, nil, 1},
		{"another infinity", tensors{"a": {1, 2, nan, -inf, -inf}}, nil, 1},
		{"short", tensors{"a": {1, 2}}, nil, 1},
		{"missing", tensors{}, nil, 1},
	} {
		if lines := differences(c.got, want, c.spread); len(lines) != c.lines {
			t.Errorf("%s: %d lines, want %d:\n%s", c.name, len(lines), c.lines, strings.Join(lines, "\n"))
		}
	}
}

// A tensor that is too far from what it should be, or has a NaN, is reported.
func TestDistances(t *testing.T) {
	want := tensors{"a": {3, 4}}
	for _, c := range []struct {
		got   []float32
		lines int
	}{{[]float32{3, 4}, 0}, {[]float32{3.04, 4}, 0}, {[]float32{3.1, 4}, 1}, {[]float32{float32(math.NaN()), 4}, 1}, {[]float32{3}, 1}} {
		if lines := distances(tensors{"a": c.got}, want, 0.01); len(lines) != c.lines {
			t.Errorf("%v: %v", c.got, lines)
		}
	}
}
