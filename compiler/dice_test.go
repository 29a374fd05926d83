package compiler_test

import (
	"io/fs"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/stdlib"
)

// A model whose prediction is a parameter, so that the optimizer is handed the loss's gradient with respect to the
// prediction itself; this one subtracts it from the weight.
const predictionIsWeight = `
model Prediction(image: tensor[1, 4, 3, 2]) {
    stage prediction = parameter([x: 4, y: 3, z: 2]) + 0 * image[0]
    return prediction
}

block descend(weight, gradient, step) { return weight - gradient }

data None {
    image   = "*.mhd"
    label   = "*_segmentation.mhd"
    spacing = [1mm, 1mm, 1mm]
}

train Prediction on None {
    loss      = dice(prediction, label, smooth: 0)
    optimizer = descend
    batch     = 1
}
`

// The gradient of the library's Dice loss is the paper's: with D = 2 Σ p g / (Σ p² + Σ g²),
//
//	dD/dp_j = 2 [ g_j (Σ p² + Σ g²) - 2 p_j Σ p g ] / (Σ p² + Σ g²)²
//
// (Milletari et al., section 3), and the loss is 1 - D. In float64,
// and against central differences of the loss.
func TestDiceGradientIsThePapers(t *testing.T) {
	const voxels = 24
	g := compileText(t, predictionIsWeight)
	r := rand.New(rand.NewPCG(1, 2))
	p, label := make([]float64, voxels), make([]float64, voxels)
	for i := range p {
		p[i] = r.Float64()
		label[i] = float64(r.IntN(2))
	}
	loss, next := stepOf(t, g, p, label)

	var pg, pp, gg float64
	for i := range p {
		pg += p[i] * label[i]
		pp += p[i] * p[i]
		gg += label[i] * label[i]
	}
	if want := 1 - 2*pg/(pp+gg); math.Abs(loss-want) > 1e-15 {
		t.Errorf("the loss is %v, want %v", loss, want)
	}
	for j := range p {
		got := p[j] - next[j]
		want := -2 * (label[j]*(pp+gg) - 2*p[j]*pg) / ((pp + gg) * (pp + gg))
		if math.Abs(got-want) > 1e-14 {
			t.Errorf("gradient at voxel %d: %v, the paper's formula gives %v", j, got, want)
		}
		const h = 1e-6
		above, below := append([]float64(nil), p...), append([]float64(nil), p...)
		above[j] += h
		below[j] -= h
		up, _ := stepOf(t, g, above, label)
		down, _ := stepOf(t, g, below, label)
		if difference := (up - down) / (2 * h); math.Abs(got-difference) > 1e-9 {
			t.Errorf("gradient at voxel %d: %v, central differences give %v", j, got, difference)
		}
	}
}

// compileText compiles a step of the training of a text's model and returns its graph.
func compileText(t *testing.T, text string) *ir.Graph {
	t.Helper()
	p, found := eval.Load("test.vn", func(path string) (string, error) {
		if path != "test.vn" {
			return "", fs.ErrNotExist
		}
		return text, nil
	}, stdlib.FS, nil)
	noErrors(t, found)
	c, found, err := compiler.Training(p, "Prediction", compiler.Options{Verify: true})
	noErrors(t, found)
	if err != nil {
		t.Fatal(err)
	}
	return c.Plan.Graph
}

// stepOf evaluates one step in float64 and returns the loss and the next prediction.
func stepOf(t *testing.T, g *ir.Graph, p, label []float64) (loss float64, next []float64) {
	t.Helper()
	leaves := map[string]*ir.Tensor{}
	for _, v := range g.Values {
		switch kind, name := v.Leaf(); {
		case kind == ir.LeafParameter:
			leaves[name] = &ir.Tensor{Type: v.Type, Data: p}
		case name == "label":
			leaves[name] = &ir.Tensor{Type: v.Type, Data: label}
		case kind == ir.LeafInput:
			leaves[name] = ir.NewTensor(v.Type)
		}
	}
	r, err := ir.Evaluate(g, ir.Context{}, leaves)
	if err != nil {
		t.Fatal(err)
	}
	for _, updated := range r.Updates {
		next = updated.Data
	}
	return r.Outputs["loss"].Data[0], next
}
