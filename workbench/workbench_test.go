package workbench

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/runtime/cpu"
	"github.com/vnlang/vn/train"
)

// small is a network with a running state, and a recipe.
const small = `model Net(image: tensor[1, 8, 8, 4], width: int = 2) {
    stage a      = image |> conv(channels: width, kernel: 3) |> batch_norm |> relu
    stage output = a |> conv(channels: 2, kernel: 1) |> softmax(over: channel)
    return output
}
data Prostate {
    image   = "*.mhd"
    label   = "*_segmentation.mhd"
    spacing = [1mm, 1mm, 2mm]
    prepare = [normalize()]
    augment = [flip(axes: [x]), shift(voxels: 2voxel), intensity(scale: 0.1)]
}
train Net on Prostate {
    loss       = dice(output[1], label)
    optimizer  = sgd(rate: 0.1)
    batch      = 2
    iterations = 3
    seed       = 9
}
`

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, path string, o Options) *Model {
	t.Helper()
	m, err := Load(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func open(t *testing.T, m *Model) *Workspace {
	t.Helper()
	d := cpu.New(1)
	t.Cleanup(func() { d.Close() })
	w, err := m.Open(d)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// An artifact gives back what the program gave: declarations, report, plans and weights.
func TestArtifactKeepsTheModel(t *testing.T) {
	m := load(t, write(t, "net.vn", small), Options{Training: true, Set: map[string]string{"width": "3"}})
	want := train.Data{
		Image: "*.mhd", Label: "*_segmentation.mhd", Spacing: [3]float64{1, 1, 2}, Size: [3]int{8, 8, 4},
		Prepare: []train.Transform{{Name: "normalize"}},
		Augment: []train.Transform{
			{Name: "flip", Args: map[string]any{"axes": []any{"x"}}},
			{Name: "shift", Args: map[string]any{"voxels": 2.0}},
			{Name: "intensity", Args: map[string]any{"scale": 0.1, "shift": 0.0}},
		},
	}
	if diff := cmp.Diff(want, *m.Data); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	recipe := train.Recipe{Batch: 2, Iterations: 3, Seed: 9, ValidateEvery: 500, CheckpointEvery: 500}
	if diff := cmp.Diff(recipe, *m.Recipe); diff != "" {
		t.Errorf("recipe (-want +got):\n%s", diff)
	}
	w := open(t, m)
	if err := w.Initialise(1); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "net.vnc")
	if err := m.Save(path, w); err != nil {
		t.Fatal(err)
	}

	again := load(t, path, Options{Training: true})
	for _, pair := range [][2]any{
		{m.Data, again.Data}, {m.Recipe, again.Recipe}, {m.Set, again.Set}, {m.Outputs, again.Outputs},
		{m.Inspect(w.Device), again.Inspect(w.Device)},
		{m.Inference.String(), strings.ReplaceAll(again.Inference.String(), "net.vn:", m.Path+":")},
		{m.Training.String(), strings.ReplaceAll(again.Training.String(), "net.vn:", m.Path+":")},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("the artifact differs (-program +artifact):\n%s", diff)
		}
	}
	loaded := open(t, again)
	if unused, err := loaded.LoadOwn(); err != nil || len(unused) > 0 {
		t.Fatal(unused, err)
	}
	for name := range w.required {
		if diff := cmp.Diff(values(t, w, name), values(t, loaded, name)); diff != "" {
			t.Errorf("%s (-saved +loaded):\n%s", name, diff)
		}
	}
}

func values(t *testing.T, w *Workspace, name string) []float32 {
	t.Helper()
	out := make([]float32, w.Variables.Size(name))
	if err := w.Variables.Store(name, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Parameters start from their seed, states from what the model says.
func TestInitialise(t *testing.T) {
	w := open(t, load(t, write(t, "net.vn", small), Options{Training: true}))
	if err := w.Initialise(1); err != nil {
		t.Fatal(err)
	}
	first := values(t, w, "a.conv.weight")
	if slices.Max(first) == 0 || slices.Equal(first[:3], first[3:6]) {
		t.Errorf("a.conv.weight starts as %v", first)
	}
	variances := 0
	for _, name := range w.Variables.Names() {
		v := values(t, w, name)
		if strings.Contains(name, "variance") {
			variances++
			if diff := cmp.Diff([]float32{1, 1}, v); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		if strings.HasSuffix(name, ".velocity") && slices.Max(v) != 0 {
			t.Errorf("%s starts as %v", name, v)
		}
	}
	if variances != 1 {
		t.Errorf("the states are %v", w.Variables.Names())
	}
	if err := w.Initialise(2); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(first, values(t, w, "a.conv.weight")) {
		t.Error("another seed gives the same weights")
	}
}
