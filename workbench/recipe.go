package workbench

import (
	"fmt"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/train"
)

// recipe returns a train declaration as package train knows it. A batch above 0 replaces the declared one.
func recipe(t *eval.Train, batch int) *train.Recipe {
	if batch < 1 {
		batch = t.Batch
	}
	r := &train.Recipe{
		Batch: batch, Iterations: t.Iterations, Seed: t.Seed, Validation: t.Validation,
		ValidateEvery: t.ValidateEvery, CheckpointEvery: t.CheckpointEvery,
	}
	if r.ValidateEvery == 0 {
		r.Validation = 0
	}
	return r
}

// data returns a data declaration as package train knows it. The size of the network's grid is that of the model's
// first input. Where the declaration says a size too, the two must agree, unless the input's size was set from outside:
// who sets that means both.
func data(d *eval.Data, m *eval.Model, set map[string]string) (*train.Data, diag.List) {
	out := &train.Data{Image: d.Image, Label: d.Label, Spacing: d.Spacing, Size: d.Size}
	out.Prepare, out.Augment = transforms(d.Prepare), transforms(d.Augment)
	var found diag.List
	if d.Spacing == ([3]float64{}) {
		found = append(found, &diag.Diagnostic{
			Code: "data/missing", At: d.At, Summary: fmt.Sprintf("the data `%s` does not say its `spacing`", d.Name),
			Notes: []diag.Note{{Text: "volumes differ in their spacing, and the network sees all of them on one grid"}},
			Help:  "write spacing = [1mm, 1mm, 1.5mm]",
		})
	}
	if len(m.Inputs) == 0 {
		return out, found
	}
	in := m.Inputs[0]
	size := inputSize(in.Tensor)
	if _, changed := set[in.Name]; changed || d.Size == ([3]int{}) {
		out.Size = size
	}
	if out.Size != size {
		found = append(found, &diag.Diagnostic{
			Code: "data/size", At: d.At, Summary: fmt.Sprintf("the data `%s` has the size %v, and the model's input `%s` has %v", d.Name, out.Size, in.Name, size),
			Help: fmt.Sprintf("write size = [%d, %d, %d], or leave it out: it is then that of the input", size[0], size[1], size[2]),
		})
	}
	return out, found
}

// inputSize returns the sizes of a tensor along x, y, z; 1 for an axis that it does not have.
func inputSize(t *eval.Tensor) [3]int {
	size := [3]int{1, 1, 1}
	for _, a := range t.Axes {
		for i, name := range [3]string{"x", "y", "z"} {
			if a.Name == name {
				size[i] = a.Size.Value
			}
		}
	}
	return size
}

// transforms returns the steps of a data declaration as package train knows them: with the types that JSON has.
func transforms(steps []eval.DataStep) []train.Transform {
	var out []train.Transform
	for _, s := range steps {
		t := train.Transform{Name: s.Name}
		for name, v := range s.Settings {
			if t.Args == nil {
				t.Args = map[string]any{}
			}
			t.Args[name] = plain(v)
		}
		out = append(out, t)
	}
	return out
}

// plain returns a setting as JSON would give it back.
func plain(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case []string:
		return anys(v)
	case []float64:
		return anys(v)
	}
	return v
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}
