package compiler_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/compiler/report"
	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/stdlib"
)

// load reads a program of the repository's models.
func load(t *testing.T, model string) *eval.Program {
	t.Helper()
	path := filepath.Join("..", "models", model)
	p, found := eval.Load(path, func(path string) (string, error) {
		text, err := os.ReadFile(path)
		return string(text), err
	}, stdlib.FS, []eval.StepKind{{Name: "normalize", For: "prepare"}})
	noErrors(t, found)
	return p
}

func noErrors(t *testing.T, found diag.List) {
	t.Helper()
	for _, d := range found {
		t.Log(d)
	}
	if found.HasErrors() {
		t.FailNow()
	}
}

func inference(t *testing.T, p *eval.Program, model string, set map[string]string) *compiler.Compiled {
	t.Helper()
	c, found, err := compiler.Inference(p, model, compiler.Options{Set: set, Verify: true})
	noErrors(t, found)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func training(t *testing.T, p *eval.Program, model string, set map[string]string) *compiler.Compiled {
	t.Helper()
	c, found, err := compiler.Training(p, model, compiler.Options{Set: set, Verify: true})
	noErrors(t, found)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The paper's Table 1: the receptive fields of L-Stage 2 to 5, R-Stage 4 to 1, and the output.
func TestReceptiveFieldsOfThePaper(t *testing.T) {
	c := inference(t, load(t, "vnet.vn"), "VNet", nil)
	r := report.New(c.Model, c.Graph)
	var got []int
	for _, s := range r.Stages {
		got = append(got, s.ReceptiveField[0])
		if s.ReceptiveField[1] != s.ReceptiveField[0] || s.ReceptiveField[2] != s.ReceptiveField[0] {
			t.Errorf("stage %s: the field %v is no cube", s.Name, s.ReceptiveField)
		}
	}
	want := []int{5, 22, 72, 172, 372, 476, 528, 546, 551, 551}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Counted in PyTorch for the network as the paper draws it and for the U-Net, and for the released prototxt in Caffe's
// blobs.
func TestParameters(t *testing.T) {
	for _, x := range []struct {
		file string
		want int
	}{{"vnet.vn", 65_175_314}, {"vnet_caffe.vn", 61_982_682}, {"unet.vn", 5_600_930}} {
		p := load(t, x.file)
		name := p.Models()[0]
		c := inference(t, p, name, nil)
		if r := report.New(c.Model, c.Graph); r.Parameters != x.want {
			t.Errorf("%s has %d parameters, want %d", name, r.Parameters, x.want)
		}
	}
}

// Bias, residual and activation ride on their convolution, and concatenation costs nothing: one kernel for each of the
// 30 convolutions, and three for the softmax.
func TestInferenceKernels(t *testing.T) {
	c := inference(t, load(t, "vnet.vn"), "VNet", nil)
	if n := len(c.Plan.Kernels); n != 33 {
		t.Errorf("%d kernels, want 33", n)
	}
}

// The same source gives the same bytes, and a plan reads back as it was written.
func TestPlanBytes(t *testing.T) {
	small := map[string]string{"width": "2", "image": "1, 32, 32, 16"}
	for mode, compile := range map[ir.Mode]func(*testing.T, *eval.Program, string, map[string]string) *compiler.Compiled{
		ir.Inference: inference, ir.Training: training,
	} {
		var first []byte
		for range 2 {
			data, err := compile(t, load(t, "vnet.vn"), "VNet", small).Plan.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if first != nil && string(first) != string(data) {
				t.Errorf("%s: two compilations differ", mode)
			}
			first = data
		}
		p, err := plan.Decode("plan.json", first)
		if err != nil {
			t.Fatal(err)
		}
		again, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(first), string(again)); d != "" {
			t.Errorf("%s: the plan changed on the way through a file: %s", mode, d)
		}
	}
}
