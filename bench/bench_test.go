package bench

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/runtime/cpu"
	"github.com/vnlang/vn/train"
	"github.com/vnlang/vn/workbench"
)

// tiny has no recipe.
const tiny = `model Tiny(image: tensor[1, 8, 6, 4]) {
    stage output = image |> conv(channels: 3, kernel: [5, 3, 1]) |> relu
    return output
}
`

func load(t *testing.T, path string, o workbench.Options) *workbench.Model {
	t.Helper()
	m, err := workbench.Load(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func options(t *testing.T) Options {
	d := cpu.New(2)
	t.Cleanup(func() { d.Close() })
	return Options{Device: d, Runs: 2}
}

// The U-Net in small: what is counted of the passes is what the plans say, and the times hold together.
func TestRun(t *testing.T) {
	m := load(t, filepath.Join("..", "models", "unet.vn"), workbench.Options{
		Set: map[string]string{"width": "2", "image": "1, 16, 16, 8"}, Batch: 3, Training: true,
	})
	r, err := Run(context.Background(), m, options(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.Model != "UNet" || r.Threads != 2 || r.Forward.Batch != 1 || r.Step.Batch != 3 {
		t.Errorf("%s on %d threads, batches %d and %d", r.Model, r.Threads, r.Forward.Batch, r.Step.Batch)
	}
	for name, p := range map[string]*Pass{"forward": &r.Forward, "step": r.Step} {
		flops, sum := int64(0), 0.0
		for _, l := range p.Layers {
			flops += l.FLOPs
			sum += l.Seconds
		}
		if flops != p.FLOPs || p.FLOPs == 0 {
			t.Errorf("%s: the layers have %d FLOPs, the pass %d", name, flops, p.FLOPs)
		}
		if len(p.Seconds) != 2 || p.Seconds[0] > p.Seconds[1] || sum <= 0 || sum > 2*p.Seconds[1] {
			t.Errorf("%s: runs of %v s, whose kernels take %v s", name, p.Seconds, sum)
		}
	}
	if n, want := len(r.Step.Layers), len(m.Training.Kernels); n != want {
		t.Errorf("%d layers of a step of %d kernels", n, want)
	}
	if r.Planned <= 0 || r.Machine.FLOPS <= 0 || r.Machine.Bytes <= 0 {
		t.Errorf("planned %d bytes, machine %+v", r.Planned, r.Machine)
	}
	checkKeys(t, r, true)
}

// Without a recipe there is no step, and no key of one.
func TestRunWithoutRecipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tiny.vn")
	if err := os.WriteFile(path, []byte(tiny), 0o666); err != nil {
		t.Fatal(err)
	}
	m := load(t, path, workbench.Options{Training: true})
	r, err := Run(context.Background(), m, options(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.Step != nil {
		t.Error("a step was made up")
	}
	if got, want := r.Forward.Layers[0].Shape, "1 → 3, 5×3×1 at 8×6×4"; got != want {
		t.Errorf("the convolution is %q, want %q", got, want)
	}
	// A multiply-add for every tap at every voxel of every channel; the bias and the relu beside it.
	const products = 2 * 5 * 3 * 1 * 8 * 6 * 4 * 3
	if f := r.Forward.FLOPs; f < products || f > products+4*8*6*4*3 {
		t.Errorf("%d FLOPs, of which the products are %d", f, products)
	}
	checkKeys(t, r, false)
}

// checkKeys checks the keys that docs/json.md promises.
func checkKeys(t *testing.T, r *Result, step bool) {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		ForwardMS   float64 `json:"forward_ms"`
		TrainStepMS float64 `json:"train_step_ms"`
		Layers      []struct{ Pass string }
	}
	var keys map[string]any
	if err := errors.Join(json.Unmarshal(text, &got), json.Unmarshal(text, &keys)); err != nil {
		t.Fatal(err)
	}
	want := []string{"model", "cpu", "threads", "forward_ms", "forward_runs_ms", "forward_flops", "forward_true_flops",
		"planned_bytes", "peak_gflops", "copy_gbs", "layers"}
	passes := map[string]int{"forward": len(r.Forward.Layers)}
	if step {
		want = append(want, "batch", "train_step_ms", "train_step_runs_ms", "train_step_flops", "train_step_true_flops")
		passes["train_step"] = len(r.Step.Layers)
	}
	expected := map[string]bool{}
	for _, key := range want {
		expected[key] = true
	}
	present := map[string]bool{}
	for key := range maps.Keys(keys) {
		present[key] = key != "peak_bytes" // which not every system has
	}
	delete(present, "peak_bytes")
	if d := cmp.Diff(expected, present); d != "" {
		t.Errorf("keys (-want +got):\n%s", d)
	}
	if got.ForwardMS != r.Forward.Median()*1e3 || (got.TrainStepMS > 0) != step {
		t.Errorf("forward_ms %v, train_step_ms %v", got.ForwardMS, got.TrainStepMS)
	}
	for _, l := range got.Layers {
		passes[l.Pass]--
	}
	for name, left := range passes {
		if left != 0 {
			t.Errorf("layers of %q: %d too few", name, left)
		}
	}
}

// Every contraction is tried by every algorithm, and one of them is the one that the model is run with.
func TestTrials(t *testing.T) {
	m := load(t, filepath.Join("..", "models", "unet.vn"), workbench.Options{Set: map[string]string{"width": "2", "image": "1, 8, 8, 8"}})
	o := options(t)
	o.Layers = true
	r, err := Run(context.Background(), m, o)
	if err != nil {
		t.Fatal(err)
	}
	type contraction struct {
		op, shape string
		batch     int
	}
	kernels, chosen, algorithms := map[contraction]int{}, map[contraction]string{}, map[contraction]int{}
	for _, l := range r.Forward.Layers {
		if l.Algorithm != "" {
			c := contraction{l.Op, l.Shape, 1}
			kernels[c]++
			chosen[c] = l.Algorithm
		}
	}
	seen := map[Trial]bool{}
	for _, x := range r.Trials {
		c := contraction{x.Op, x.Shape, x.Batch}
		algorithms[c]++
		if x.Kernels != kernels[c] || x.Seconds <= 0 || x.Predicted <= 0 || x.FLOPs <= 0 {
			t.Errorf("%+v; the pass has %d such kernels", x, kernels[c])
		}
		if x.Chosen != (x.Algorithm == chosen[c]) {
			t.Errorf("%+v; %s was chosen", x, chosen[c])
		}
		if name := (Trial{Op: x.Op, Shape: x.Shape, Algorithm: x.Algorithm}); seen[name] {
			t.Errorf("%+v was tried before", x)
		} else {
			seen[name] = true
		}
	}
	if len(algorithms) != len(kernels) {
		t.Errorf("%d contractions were tried, of %d", len(algorithms), len(kernels))
	}
	if n := algorithms[contraction{"convolve", "2 → 2, 3×3×3 at 8×8×8", 1}]; n < 2 {
		t.Errorf("%d ways to convolve with 3^3: %+v", n, algorithms)
	}
}

func TestInterrupted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tiny.vn")
	if err := os.WriteFile(path, []byte(tiny), 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Run(ctx, load(t, path, workbench.Options{}), options(t)); !errors.Is(err, train.ErrInterrupted) {
		t.Errorf("the error of a measurement that was stopped is %v", err)
	}
}

func TestPassMedian(t *testing.T) {
	p := Pass{Seconds: []float64{1, 2, 4, 9}}
	if p.Median() != 3 {
		t.Errorf("the median of %v is %v", p.Seconds, p.Median())
	}
	if share := p.Share(Layer{KernelTime: cpu.KernelTime{Seconds: 1.5}}); share != 0.5 {
		t.Errorf("1.5 s of 3 s are %v", share)
	}
}
