package workbench

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu"
)

// Training with the fastest algorithms follows training with exact ones: fifty steps of a V-Net of a quarter of the paper's
// width on 16 x 16 x 16 voxels.
func TestTrainingFollowsExact(t *testing.T) {
	if testing.Short() {
		t.Skip("a hundred steps of training")
	}
	const steps = 50
	m := load(t, "../models/vnet.vn", Options{Training: true, Set: map[string]string{"width": "4", "image": "1,16,16,16"}, Batch: 1})
	losses := func(options ...cpu.Option) (curve []float64, algorithms []string) {
		t.Helper()
		d := cpu.New(0, options...)
		defer d.Close()
		w, err := m.Open(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Initialise(1); err != nil {
			t.Fatal(err)
		}
		deep := weight(t, w)
		opened, err := d.Open(w.Training, w.Variables)
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		s := opened.(*cpu.Session)
		image, label := ball(16, 16, 16)
		for i := range steps {
			loss := make([]float32, 1)
			if err := s.Run(runtime.Step{Seed: 1, Step: uint64(i), Inputs: map[string][]float32{"image": image, "label": label}, Outputs: map[string][]float32{"loss": loss}}); err != nil {
				t.Fatal(err)
			}
			curve = append(curve, float64(loss[0]))
		}
		if slices.Equal(deep, weight(t, w)) {
			t.Error("the deepest weights have not changed")
		}
		for _, k := range s.Times() {
			algorithms = append(algorithms, k.Algorithm)
		}
		return curve, algorithms
	}
	fast, used := losses()
	exact, only := losses(cpu.Exact())
	if !slices.ContainsFunc(used, func(a string) bool { return strings.HasPrefix(a, "F(") }) {
		t.Errorf("no convolution went by a minimal algorithm: %v", used)
	}
	if slices.ContainsFunc(only, func(a string) bool { return a != "" && a != "direct" }) {
		t.Errorf("exact training used %v", only)
	}
	if exact[steps-1] > exact[0]-0.01 {
		t.Errorf("the loss goes from %g to %g: nothing is learnt that could differ", exact[0], exact[steps-1])
	}
	for i := range exact {
		if math.Abs(fast[i]-exact[i]) > 1e-3 {
			t.Fatalf("step %d: loss %g, and %g by exact convolutions", i, fast[i], exact[i])
		}
	}
	t.Logf("the losses go from %g to %g and %g", exact[0], fast[steps-1], exact[steps-1])
}

// weight returns the values of a weight of the network's deepest stage.
func weight(t *testing.T, w *Workspace) []float32 {
	t.Helper()
	const name = "bottom.residual.conv2.weight"
	values := make([]float32, max(w.Variables.Size(name), 0))
	if err := w.Variables.Store(name, values); err != nil {
		t.Fatal(err)
	}
	return values
}

// ball returns an image of a bright ball in some noise, and its mask.
func ball(x, y, z int) (image, label []float32) {
	noise := uint32(1)
	for k := range z {
		for j := range y {
			for i := range x {
				a, b, c := float64(i)/float64(x)-0.5, float64(j)/float64(y)-0.5, float64(k)/float64(z)-0.5
				inside := float32(0)
				if a*a+b*b+c*c < 0.1 {
					inside = 1
				}
				noise = noise*1664525 + 1013904223
				image = append(image, inside+float32(noise>>8)/(1<<24)-0.5)
				label = append(label, inside)
			}
		}
	}
	return image, label
}
