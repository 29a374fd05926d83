package workbench

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/reference"
)

// packedSmall returns an artifact of the small model with initial weights.
func packedSmall(t *testing.T) string {
	t.Helper()
	m := load(t, write(t, "net.vn", small), Options{Training: true})
	w := open(t, m)
	if err := w.Initialise(1); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "net.vnc")
	if err := m.Save(path, w); err != nil {
		t.Fatal(err)
	}
	return path
}

// infer runs the model on a sample.
func infer(t *testing.T, w *Workspace) []float32 {
	t.Helper()
	s, err := w.Device.Open(w.Inference, w.Variables)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	image, out := make([]float32, 8*8*4), make([]float32, 2*8*8*4)
	for i := range image {
		image[i] = float32(math.Sin(float64(i)))
	}
	step := runtime.Step{Inputs: map[string][]float32{"image": image}, Outputs: map[string][]float32{"output": out}}
	if err := s.Run(step); err != nil {
		t.Fatal(err)
	}
	return out
}

// Weights that are used where they are mapped give the same bits as those that are read or copied.
func TestAdoptedWeightsGiveTheSameBits(t *testing.T) {
	path := packedSmall(t)
	exported := filepath.Join(t.TempDir(), "net.safetensors")
	if err := load(t, path, Options{}).ExportWeights(exported); err != nil {
		t.Fatal(err)
	}
	outputs := map[string][]float32{}
	for name, load := range map[string]func() *Workspace{
		"mapped": func() *Workspace {
			w := open(t, load(t, path, Options{}))
			if _, err := w.LoadOwn(); err != nil {
				t.Fatal(err)
			}
			return w
		},
		"read": func() *Workspace {
			w := open(t, load(t, path, Options{Training: true}))
			if _, err := w.LoadOwn(); err != nil {
				t.Fatal(err)
			}
			return w
		},
		"copied": func() *Workspace {
			w := open(t, load(t, path, Options{}))
			for _, info := range w.Weights().Infos() {
				values := make([]float32, info.Elements())
				if err := w.Weights().Read(info.Name, values); err != nil {
					t.Fatal(err)
				}
				if err := w.Variables.Load(info.Name, values); err != nil {
					t.Fatal(err)
				}
			}
			return w
		},
		"from a file": func() *Workspace {
			w := open(t, load(t, path, Options{}))
			if _, err := w.LoadFile(exported); err != nil {
				t.Fatal(err)
			}
			return w
		},
	} {
		outputs[name] = infer(t, load())
	}
	for name, out := range outputs {
		if diff := cmp.Diff(outputs["copied"], out); diff != "" {
			t.Errorf("%s (-copied +%s):\n%s", name, name, diff)
		}
	}
	// Against another device, so that equal outputs are not equally wrong.
	m := load(t, path, Options{})
	w, err := m.Open(reference.New())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.LoadOwn(); err != nil {
		t.Fatal(err)
	}
	for i, want := range infer(t, w) {
		if got := outputs["mapped"][i]; math.Abs(float64(got-want)) > 1e-5 {
			t.Fatalf("output[%d] is %v, and on the reference device %v", i, got, want)
		}
	}
}

// A model that can be trained holds no mapped memory, and writes none: the artifact keeps its bytes.
func TestTrainingAdoptsNoMapping(t *testing.T) {
	w := open(t, load(t, packedSmall(t), Options{Training: true}))
	if _, err := w.LoadOwn(); err != nil {
		t.Fatal(err)
	}
	const name = "a.conv.weight"
	before := slices.Clone(values(t, w, name))
	if mapped := w.Weights().Mapped(name); mapped != nil {
		mapped[0]++
	}
	if diff := cmp.Diff(before, values(t, w, name)); diff != "" {
		t.Errorf("the variable follows the mapping (-before +after):\n%s", diff)
	}
}

// The first tensor that is not finite is named, whichever is found first, and where the manifest does not say so too.
func TestLoadRefusesWhatIsNotFinite(t *testing.T) {
	path := packedSmall(t)
	m := load(t, path, Options{})
	tensors := m.Weights().Tensors()
	for i := range tensors {
		tensors[i].Fill = artifact.Values(slices.Repeat([]float32{float32(math.Inf(-1))}, artifact.TensorInfo{Shape: tensors[i].Shape}.Elements()))
	}
	bad := filepath.Join(t.TempDir(), "bad.vnc")
	a, err := artifact.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := artifact.WriteWeights(bad, a, artifact.Weights{Tensors: tensors}); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		_, err := open(t, load(t, bad, Options{})).LoadOwn()
		if want := tensors[0].Name + "[0] is -Inf"; err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("error %v does not say %q", err, want)
		}
	}
}

// A model lets go of the files of weights when it is closed.
func TestCloseLetsGoOfWeights(t *testing.T) {
	path := packedSmall(t)
	exported := filepath.Join(t.TempDir(), "net.safetensors")
	if err := load(t, path, Options{}).ExportWeights(exported); err != nil {
		t.Fatal(err)
	}
	m, err := Load(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := open(t, m)
	if _, err := w.LoadFile(exported); err != nil {
		t.Fatal(err)
	}
	file := m.files[0]
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Read("a.conv.weight", make([]float32, w.Variables.Size("a.conv.weight"))); err == nil {
		t.Error("the file is still open")
	}
	if err := m.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
}

// A file that is written while its weights are in use is noticed before a result is.
func TestWeightsChangedInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.vnc")
	m := load(t, write(t, "net.vn", small), Options{})
	w := open(t, m)
	if err := w.Initialise(1); err != nil {
		t.Fatal(err)
	}
	if err := w.Save(path, w); err != nil {
		t.Fatal(err)
	}
	packed := load(t, path, Options{})
	if err := packed.unchanged(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := packed.unchanged(); err == nil || !strings.Contains(err.Error(), "changed while it was in use") {
		t.Errorf("the error is %v", err)
	}
}
