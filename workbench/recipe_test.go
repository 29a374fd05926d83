package workbench

import (
	"errors"
	"strings"
	"testing"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/train"
)

// The steps that the language knows are those that train carries out, with all their settings.
func TestStepKinds(t *testing.T) {
	for _, k := range StepKinds {
		step := train.Transform{Name: k.Name, Args: map[string]any{}}
		for _, p := range k.Params {
			v := plain(p.Default)
			if p.Default == nil {
				v = 1.0
			}
			step.Args[p.Name] = v
		}
		d := train.Data{Spacing: [3]float64{1, 1, 1}, Size: [3]int{1, 1, 1}}
		switch k.For {
		case "prepare":
			d.Prepare = []train.Transform{step}
		case "augment":
			d.Augment = []train.Transform{step}
		default:
			t.Errorf("%s is for %q", k.Name, k.For)
		}
		if err := d.Check(); err != nil {
			t.Errorf("train does not take the step: %v", err)
		}
		if k.Doc == "" {
			t.Errorf("%s is not explained", k.Name)
		}
	}
	err := train.Data{
		Spacing: [3]float64{1, 1, 1}, Size: [3]int{1, 1, 1}, Augment: []train.Transform{{Name: "no such step"}},
	}.Check()
	for _, k := range StepKinds {
		if k.For == "augment" && !strings.Contains(err.Error(), k.Name) {
			t.Errorf("train lists its steps as %q", err)
		}
	}
}

func TestDataMistakes(t *testing.T) {
	for _, c := range []struct {
		old, new string
		set      map[string]string
		want     string
	}{
		{"    spacing = [1mm, 1mm, 2mm]\n", "", nil, "does not say its `spacing`"},
		{"prepare =", "size = [8, 8, 8]\n    prepare =", nil, "has the size [8, 8, 8], but `Net` takes [8, 8, 4]"},
		{"prepare =", "size = [8, 8, 4]\n    prepare =", map[string]string{"width": "1"}, ""},
		{"prepare =", "size = [8, 8, 4]\n    prepare =", map[string]string{"image": "1, 16, 8, 8"}, ""},
	} {
		m, err := Load(write(t, "net.vn", strings.Replace(small, c.old, c.new, 1)), Options{Set: c.set})
		if c.want == "" {
			if err != nil || m.Data.Size != inputSizes(m) {
				t.Errorf("%q: %v", c.new, err)
			}
			continue
		}
		var found diag.List
		if !errors.As(err, &found) || len(found) != 1 || !strings.Contains(found[0].Summary, c.want) || found[0].Help == "" {
			t.Errorf("%q gives %v, not %q", c.new, err, c.want)
		}
	}
}

// inputSizes are the sizes of the plan's first input along x, y, z.
func inputSizes(m *Model) [3]int {
	t := m.Inference.Buffers[0].Type
	return [3]int{t.Size("x"), t.Size("y"), t.Size("z")}
}
