package train

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/lang/source"
)

func TestDataCheck(t *testing.T) {
	good := Data{Spacing: [3]float64{1, 1, 1.5}, Size: [3]int{128, 128, 64}}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	prepare := func(name string, args map[string]any) func(*Data) {
		return func(d *Data) { d.Prepare = []Transform{{name, args}} }
	}
	augment := func(name string, args map[string]any) func(*Data) {
		return func(d *Data) { d.Augment = []Transform{{name, args}} }
	}
	for name, c := range map[string]struct {
		change func(d *Data)
		want   string
	}{
		"spacing": {func(d *Data) { d.Spacing[2] = 0 }, "the spacing along z is 0 mm"},
		"NaN":     {func(d *Data) { d.Spacing[0] = math.NaN() }, "the spacing along x is NaN mm"},
		"size":    {func(d *Data) { d.Size[1] = -1 }, "the size along y is -1 voxels"},
		"huge":    {func(d *Data) { d.Size = [3]int{1 << 20, 1 << 20, 1 << 30} }, "at most 2^31"},
		"prepare": {prepare("normalise", nil), "data: prepare: there is no normalise: choose from normalize"},
		"prepare twice": {func(d *Data) { d.Prepare = []Transform{{Name: "normalize"}, {Name: "normalize"}} },
			"data: prepare: normalize stands there twice"},
		"prepare argument": {prepare("normalize", map[string]any{"by": 1.0}), "normalize: it takes no arguments, and got by"},
		"augment":          {augment("rotate", nil), "data: augment: there is no rotate: choose from flip, intensity and shift"},
		"augment argument": {augment("shift", map[string]any{"voxel": 3.0}), "shift: it has no argument voxel: it takes voxels"},
		"no axis":          {augment("flip", map[string]any{"axes": []any{"x", "w"}}), "flip: axes: w is no axis"},
		"negative":         {augment("intensity", map[string]any{"scale": -1.0}), "intensity: scale: -1 is not a number of at least 0"},
		"no number":        {augment("intensity", map[string]any{"shift": "far"}), "intensity: shift: far is not a number"},
		"two numbers":      {augment("shift", map[string]any{"voxels": []any{1.0, 2.0}}), "shift: voxels: the list has 2 entries"},
		"list entry":       {augment("shift", map[string]any{"voxels": []any{1.0, 2.0, true}}), "shift: voxels: true is not a number"},
	} {
		t.Run(name, func(t *testing.T) {
			d := good
			c.change(&d)
			wantError(t, d.Check(), c.want)
		})
	}
}

// TestDataTravelsAsJSON: the artifact keeps the data block as JSON, and it must mean the same afterwards.
func TestDataTravelsAsJSON(t *testing.T) {
	d := fakeConfig(t, t.TempDir()).Data
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back Data
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, back); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
}

func TestRunChecks(t *testing.T) {
	for name, c := range map[string]struct {
		change func(c *Config)
		want   string
	}{
		"batch":       {func(c *Config) { c.Recipe.Batch = 0 }, "batch is 0"},
		"iterations":  {func(c *Config) { c.Recipe.Iterations = 0 }, "iterations is 0"},
		"validation":  {func(c *Config) { c.Recipe.Validation = 1 }, "validation is 1"},
		"every":       {func(c *Config) { c.Recipe.ValidateEvery = 0 }, "validate_every must be"},
		"checkpoints": {func(c *Config) { c.Recipe.CheckpointEvery = 0 }, "checkpoint_every must be"},
		"no cases":    {func(c *Config) { c.Cases = nil }, "no cases"},
		"no plan":     {func(c *Config) { c.Inference = nil }, "needs the inference plan"},
		"plan batch":  {func(c *Config) { c.Recipe.Batch = 3 }, "input image is f32[batch 2"},
		"size":        {func(c *Config) { c.Data.Size[0] = 16 }, "size is [16 6 4], and the model's input is [8 6 4]"},
		"label":       {func(c *Config) { c.Training.Buffers[1].Type.Axes[1].Size = 9 }, "input label is"},
		"loss":        {func(c *Config) { c.Training.Buffers[3].Type.Axes = axes(1, 1) }, "output loss is f32[batch 1, channel 1], and must be a scalar"},
		"no loss":     {func(c *Config) { c.Training.Buffers[3].Name = "lost" }, `no output "loss", it has lost`},
		"more inputs": {func(c *Config) {
			c.Training.Buffers = append(c.Training.Buffers, plan.Buffer{Name: "mask", Class: plan.Input, Type: ir.NewType()})
		}, `wants an input "mask"`},
		"output":  {func(c *Config) { c.Output = "left1" }, `no output "left1"`},
		"missing": {func(c *Config) { c.Cases[1].Image += "x"; c.Cases[2].Label += "x" }, "case Case02: "},
	} {
		t.Run(name, func(t *testing.T) {
			config := fakeConfig(t, t.TempDir())
			c.change(&config)
			_, err := Run(context.Background(), config)
			wantError(t, err, "train Fake: ", c.want)
		})
	}
}

func TestDice(t *testing.T) {
	for _, c := range []struct {
		probability, label []float32
		want               float64
	}{
		{[]float32{0.1, 0.5, 0.2}, []float32{0, 0, 0}, 1}, // exactly one half is background
		{[]float32{0.9, 0.1, 0.2}, []float32{0, 0, 0}, 0},
		{[]float32{0.1, 0.1, 0.2}, []float32{0, 1, 0}, 0},
		{[]float32{0.9, 0.6, 0.2}, []float32{0, 1, 1}, 0.5},
		{[]float32{0.9, 0.6, 0.2}, []float32{0, 1, 0}, 2.0 / 3},
		{[]float32{0.9, float32(math.NaN())}, []float32{1, 0}, 1},
	} {
		if got := dice(slices.Clone(c.probability), c.label); got != c.want {
			t.Errorf("Dice of %v and %v is %v, want %v", c.probability, c.label, got, c.want)
		}
	}
}

// TestPlanDigest: a digest follows what a plan computes, and not where it was written.
func TestPlanDigest(t *testing.T) {
	digest := func(change func(p *plan.Plan)) string {
		p, _ := fakePlans(2, [3]int{4, 4, 4})
		p.Kernels = []plan.Kernel{{Name: "k"}}
		change(p)
		d, err := planDigest(p)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	same := digest(func(*plan.Plan) {})
	if got := digest(func(p *plan.Plan) { p.Kernels[0].At = append(p.Kernels[0].At, source.Position{}) }); got != same {
		t.Error("a source position changes the digest")
	}
	if got := digest(func(p *plan.Plan) { p.Kernels[0].Program = []plan.Instr{{Op: "constant", Value: 2}} }); got == same {
		t.Error("an instruction does not change the digest")
	}
	if got := digest(func(p *plan.Plan) { p.Graph = &ir.Graph{Name: "other"} }); got == same {
		t.Error("the graph does not change the digest")
	}
}
