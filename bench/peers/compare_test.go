package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/workbench"
)

// The programs take turns, and what one measures in several rounds is put together.
func TestRounds(t *testing.T) {
	var order []string
	fake := func(name string, of float64, can func(task) bool) *program {
		return &program{name: name, key: name, can: can, measure: func(t task) (measurement, error) {
			order = append(order, name+" "+t.name)
			return measurement{[]float64{of}, int64(len(order))}, nil
		}}
	}
	all := func(task) bool { return true }
	c := &comparison{ctx: context.Background(), o: options{rounds: 2}}
	c.programs = []*program{fake("vn", 1, all), fake("torch", 2, all), fake("onnx", 3, func(t task) bool { return !t.step })}
	if err := c.measure(); err != nil {
		t.Fatal(err)
	}
	round := []string{"vn forward, batch 1", "torch forward, batch 1", "onnx forward, batch 1",
		"vn training step, batch 1", "torch training step, batch 1", "vn training step, batch 2", "torch training step, batch 2"}
	if d := cmp.Diff(append(round, round...), order); d != "" {
		t.Errorf("the order (-want +got):\n%s", d)
	}
	want := &measurement{[]float64{2, 2}, 9} // the second program's first task comes ninth in the second round
	if d := cmp.Diff(want, c.programs[1].results["forward, batch 1"]); d != "" {
		t.Errorf("what is kept (-want +got):\n%s", d)
	}
}

// A peer that fails is left out of the table, and Vn is not.
func TestFailures(t *testing.T) {
	fails := errors.New("no memory")
	calls := 0
	c := &comparison{ctx: context.Background(), o: options{rounds: 2}, programs: []*program{
		{name: "PyTorch", key: "torch", can: func(t task) bool { return !t.step }, measure: func(task) (measurement, error) {
			calls++
			return measurement{}, fails
		}},
	}}
	if err := c.measure(); err != nil {
		t.Fatal(err)
	}
	want := []string{"PyTorch failed at forward, batch 1: no memory"}
	if d := cmp.Diff(want, c.missing); d != "" || calls != 1 || len(c.programs[0].results) > 0 {
		t.Errorf("%d calls, results %v, missing (-want +got):\n%s", calls, c.programs[0].results, d)
	}
	c.programs[0].key = "vn"
	if err := c.measure(); !errors.Is(err, fails) {
		t.Errorf("Vn failed, and the error is %v", err)
	}
}

// What the programs are given is of the model's shape and settings.
func TestPrepare(t *testing.T) {
	directory := t.TempDir()
	c := &comparison{o: options{set: list{"width=2", "image=1,16,32,8"}}}
	if err := c.prepare(filepath.Join("..", "..", "models", "unet.vn"), directory); err != nil {
		t.Fatal(err)
	}
	image, err := artifact.ReadNPY(c.file.image)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int{1, 8, 32, 16}, image.Shape); d != "" {
		t.Errorf("the image (-want +got):\n%s", d)
	}
	infos, err := workbench.ListWeights(c.file.weights, workbench.Options{})
	if err != nil {
		t.Fatal(err)
	}
	shapes := map[string][]int{}
	for _, info := range infos {
		shapes[info.Name] = info.Shape
	}
	if d := cmp.Diff([]int{4, 2, 3, 3, 3}, shapes["left2.level.conv.weight"]); d != "" || len(infos) != 47 {
		t.Errorf("%d weights; one of them (-want +got):\n%s", len(infos), d)
	}
	m, err := workbench.Load(c.file.artifact, workbench.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Weights() == nil || c.model != "UNet" {
		t.Errorf("the artifact of %s has no weights", c.model)
	}
	if err := (&comparison{o: options{set: list{"width"}}}).prepare("x.vn", directory); err == nil {
		t.Error("-set without a value is taken")
	}
}

// A Python that is not there, and one that lacks packages, is told of with the remedy.
func TestMissingPeers(t *testing.T) {
	directory := t.TempDir()
	p, err := findPeers(context.Background(), directory, filepath.Join(directory, "no-python"))
	if err != nil {
		t.Fatal(err)
	}
	if p.torch() || p.onnx() || len(p.missing) != 1 || !strings.Contains(p.missing[0], "name a Python that has them with -python") {
		t.Errorf("without Python: %q", p.missing)
	}
	for _, name := range []string{"measure.py", "networks.py"} {
		if _, err := os.Stat(filepath.Join(directory, name)); err != nil {
			t.Error(err)
		}
	}
	for want, versions := range map[string]map[string]string{
		"PyTorch and onnxruntime are left out: python has no torch; install with python -m pip install torch, ": {"numpy": "2", "onnxruntime": "1", "onnx": "1", "onnxscript": "0"},
		"onnxruntime is left out: python has no onnxruntime, onnx; install":                                     {"numpy": "2", "torch": "2", "onnxscript": "0"},
		"": {"numpy": "2", "torch": "2", "onnxruntime": "1", "onnx": "1", "onnxscript": "0"},
	} {
		p := &peers{python: "python", versions: versions}
		got := strings.Join(p.lacks(), "")
		if !strings.HasPrefix(got, want) || (got == "") != (want == "") {
			t.Errorf("with %v: %q, want %q", versions, got, want)
		}
	}
}
