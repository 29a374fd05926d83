//go:build cuda

package cuda

import (
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	codegen "github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	vnruntime "github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu"
	"github.com/vnlang/vn/runtime/devicetest"
	"github.com/vnlang/vn/workbench"
)

func TestDevice(t *testing.T) { devicetest.RunAll(t, newDevice(t)) }

// The tensor cores' kernels, which multiply in shorter types, stay within a few of their units of rounding: 2^-9 of a
// bfloat16, 2^-12 of a half, 2^-11 of what tf32 keeps.
func TestRounded(t *testing.T) {
	for precision, fraction := range map[codegen.Precision]float64{codegen.BF16: 2e-2, codegen.FP16: 3e-3, codegen.TF32: 3e-3} {
		t.Run(string(precision), func(t *testing.T) {
			d, err := New(Options{Precision: precision})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			devicetest.RunRounded(t, d, fraction)
		})
	}
}

// FuzzNoDiff compares random graphs with the reference.
func FuzzNoDiff(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(uint64(1)<<32 + seed)
	}
	d := newDevice(f)
	f.Fuzz(func(t *testing.T, seed uint64) { devicetest.NoDiff(t, d, seed) })
}

// Training follows the CPU's: twenty steps of a V-Net of a quarter of the paper's width, and twice the same bits.
func TestTraining(t *testing.T) {
	if testing.Short() {
		t.Skip("steps of training")
	}
	const steps = 20
	m, err := workbench.Load("../../models/vnet.vn", workbench.Options{Training: true, Set: map[string]string{"width": "4", "image": "1,16,16,16"}, Batch: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	losses := func(d vnruntime.Device, steps int) (curve []float32) {
		w, err := m.Open(d)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Initialise(1); err != nil {
			t.Fatal(err)
		}
		s, err := d.Open(w.Training, w.Variables)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		image, label := scene(16 * 16 * 16)
		for i := range steps {
			loss := make([]float32, 1)
			step := vnruntime.Step{Seed: 1, Step: uint64(i), Inputs: map[string][]float32{"image": image, "label": label}, Outputs: map[string][]float32{"loss": loss}}
			if err := s.Run(step); err != nil {
				t.Fatal(err)
			}
			curve = append(curve, loss[0])
		}
		return curve
	}
	processor := cpu.New(0)
	defer processor.Close()
	want := losses(processor, steps)
	for precision, within := range map[codegen.Precision]float64{codegen.FP32: 1e-3, codegen.BF16: 0.03} {
		d, err := New(Options{Precision: precision})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		got := losses(d, steps)
		for i := range want {
			if !(math.Abs(float64(got[i]-want[i])) <= within) {
				t.Errorf("%s: step %d: the loss is %g, and %g on the CPU", precision, i, got[i], want[i])
				break
			}
		}
		if again := losses(d, steps/4); !slices.Equal(got[:steps/4], again) {
			t.Errorf("%s: the losses are %v, and then %v", precision, got, again)
		}
	}
}

// scene returns noise, brighter in its first half, and a mask of that.
func scene(voxels int) (image, label []float32) {
	noise := uint32(1)
	for i := range voxels {
		inside := float32(0)
		if i < voxels/2 {
			inside = 1
		}
		noise = noise*1664525 + 1013904223
		image = append(image, inside+float32(noise>>8)/(1<<24)-0.5)
		label = append(label, inside)
	}
	return image, label
}

// A plan that does not fit is refused before memory is taken, with what it needs, what there is, and what to do.
func TestOutOfMemory(t *testing.T) {
	m, err := workbench.Load("../../models/vnet.vn", workbench.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	t.Setenv("VN_STANDIN_MEMORY", "400000000") // the variables fit, and not much else
	d := newDevice(t)
	w, err := m.Open(d)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Open(w.Inference, w.Variables)
	if err == nil {
		t.Skip("this device has more memory than the stand-in is told to have")
	}
	for _, part := range []string{"open VNet: its feature maps take", " free of 381.5 MiB", "smaller, or use --precision bf16"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error is %v, want %q", err, part)
		}
	}
	t.Setenv("VN_STANDIN_MEMORY", "1000000")
	if _, err := d.Variables(w.Inference); err == nil || !strings.Contains(err.Error(), "the variables take") {
		t.Errorf("the error is %v", err)
	}
}

// Memory of variables that nobody has any more is there for others.
func TestDropped(t *testing.T) {
	t.Setenv("VN_STANDIN_MEMORY", "7000000")
	d := newDevice(t)
	b := plan.Buffer{Name: "w", Class: plan.Variable, Type: ir.NewType(ir.Axis{Name: "x", Size: 1 << 20})}
	for i := range 4 {
		vs, err := d.Variables(&plan.Plan{Buffers: []plan.Buffer{b}})
		if err != nil {
			t.Fatalf("variables %d: %v", i, err)
		}
		if err := vs.Load("w", make([]float32, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
}

// A kernel that faults is named, with its line, where launches are waited for; else how to find it is said. The context
// is lost with it, so that another process does it.
func TestFault(t *testing.T) {
	if os.Getenv("VN_TEST_FAULT") != "" {
		fault(t)
		return
	}
	for sync, want := range map[string]string{
		"1": "run hand: kernel update (hand.vn:3:5): CUDA_ERROR_",
		"":  "run again with VN_CUDA_SYNC=1",
	} {
		c := exec.Command(os.Args[0], "-test.run=^TestFault$", "-test.v")
		c.Env = append(os.Environ(), "VN_TEST_FAULT=1", "VN_CUDA_SYNC="+sync)
		out, err := c.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("VN_CUDA_SYNC=%s: %v, without %q:\n%s", sync, err, want, out)
		}
	}
}

// fault has the second kernel of the module write outside its memory: far on a GPU, and on the stand-in where it looks;
// it logs the error.
func fault(t *testing.T) {
	d := newDevice(t)
	m, p := byHand()
	m.Text = strings.Replace(m.Text, "w[i] = 2 * w[i];", "w[i + FAR] = 2;", 1)
	s, _, err := openByHand(t, d, m, p)
	if err != nil {
		t.Fatal(err)
	}
	step := vnruntime.Step{Inputs: map[string][]float32{"x": values(0)}, Outputs: map[string][]float32{"y": values(0)}}
	if err = s.Run(step); err == nil {
		t.Fatal("no error")
	}
	t.Log(err)
	if again := s.Run(step); again == nil {
		t.Error("a run on a lost context: no error")
	}
	if err := s.Close(); err != nil {
		t.Errorf("close a session on a lost context: %v", err)
	}
}
