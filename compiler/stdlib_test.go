package compiler_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// The gradients of the library's non-linearities where their pieces meet, at 0, and beside it, against the derivatives
// that other programs give them (PyTorch 2: relu' = 0, leaky_relu' = slope, elu' = alpha at 0).
func TestActivationGradients(t *testing.T) {
	at := []float64{-1, 0, 2}
	logistic := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	for _, c := range []struct {
		call string
		want []float64
	}{
		{"relu(prediction)", []float64{0, 0, 1}},
		{"leaky_relu(prediction, slope: 0.25)", []float64{0.25, 0.25, 1}},
		{"elu(prediction, alpha: 0.5)", []float64{0.5 * math.Exp(-1), 0.5, 1}},
		{"sigmoid(prediction)", []float64{logistic(-1) * logistic(1), 0.25, logistic(2) * logistic(-2)}},
	} {
		text := strings.Replace(predictionIsWeight, "[x: 4, y: 3, z: 2]", "[x: 3]", 1)
		text = strings.Replace(text, "tensor[1, 4, 3, 2]", "tensor[1, 3]", 1)
		text = strings.Replace(text, "dice(prediction, label, smooth: 0)", "sum("+c.call+")", 1)
		_, next := stepOf(t, compileText(t, text), at, nil)
		for i, x := range at {
			if got := x - next[i]; math.Abs(got-c.want[i]) > 1e-15 {
				t.Errorf("the gradient of %s at %v is %v, want %v", c.call, x, got, c.want[i])
			}
		}
	}
}

// Caffe's fillers count fans by a blob's shape: fan_in = count/shape[0], fan_out = count/shape[1]. The blob of a
// convolution is [out, in, z, y, x], that of a deconvolution [in, out, z, y, x].
func TestFansOfTheReleasedNetwork(t *testing.T) {
	c := inference(t, load(t, "vnet_caffe.vn"), "VNetCaffe", nil)
	got := map[string][2]int{}
	for _, v := range c.Graph.Values {
		if p, ok := v.Op.(op.Parameter); ok && p.Init == "msra_average" {
			got[p.Name] = [2]int{p.FanIn, p.FanOut}
			if v.Type.Axes[0].Name != ir.Out {
				t.Errorf("%s is %s", p.Name, v.Type)
			}
		}
	}
	for name, want := range map[string][2]int{
		"left1.residual.conv.weight":      {125, 16 * 125},
		"left2.down.conv.weight":          {16 * 8, 32 * 8},
		"right4.up.conv_transpose.weight": {128 * 8, 256 * 8},
		"right1.up.conv_transpose.weight": {16 * 8, 64 * 8},
		"head.conv.weight":                {32 * 125, 2 * 125},
		"output.conv.weight":              {2, 2},
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s: fans (-Caffe +ours):\n%s", name, diff)
		}
	}
}
