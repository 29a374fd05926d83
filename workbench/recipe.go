package workbench

import (
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
// first input, and the list says so where the declaration has another.
func data(d *eval.Data, m *eval.Model) (*train.Data, diag.List) {
	out := &train.Data{Image: d.Image, Label: d.Label, Spacing: d.Spacing, Size: m.Size()}
	out.Prepare, out.Augment = transforms(d.Prepare), transforms(d.Augment)
	return out, m.CheckData(d)
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
