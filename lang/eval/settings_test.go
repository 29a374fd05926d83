package eval_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/stdlib"
)

const recipe = `
margin = 2
model M(image: tensor[1, 32, 32, 16]) {
    return image |> conv(2) |> softmax
}
/// Two scanners.
data D {
    image   = "*.mhd"
    label   = "*_seg.mhd"
    spacing = [1mm, 1mm, 1.5mm]
    size    = [32, 32voxel, 8 * margin]
    prepare = [normalize]
    augment = [flip(), flip([x, y]), shift(voxels: 3voxel), shift(2), intensity(scale: 0.2)]
}
train M on D {
    loss = mean(image)
    optimizer = adam
    batch = margin
    iterations = 300
    validation = 0.25
    seed = 7
    checkpoint_every = 50
    validate_every = 0
}
`

// TestRecipe evaluates a data and a train declaration.
func TestRecipe(t *testing.T) {
	p, found := load(t, recipe)
	got, errs := p.Train("M")
	if found = append(append(found, errs...), p.Check(eval.Options{})...); len(found) > 0 {
		t.Fatal(render(found))
	}
	want := &eval.Train{
		Model: "M", Batch: 2, Iterations: 300, Validation: 0.25, Seed: 7, CheckpointEvery: 50,
		Data: &eval.Data{
			Name: "D", Doc: "Two scanners.", Image: "*.mhd", Label: "*_seg.mhd",
			Spacing: [3]float64{1, 1, 1.5}, Size: [3]int{32, 32, 16},
			Prepare: []eval.DataStep{{Name: "normalize", Settings: map[string]any{}}},
			Augment: []eval.DataStep{
				{Name: "flip", Settings: map[string]any{"axes": []string{"x"}}},
				{Name: "flip", Settings: map[string]any{"axes": []string{"x", "y"}}},
				{Name: "shift", Settings: map[string]any{"voxels": 3.0}},
				{Name: "shift", Settings: map[string]any{"voxels": 2.0}},
				{Name: "intensity", Settings: map[string]any{"scale": 0.2, "shift": 0.1}},
			},
		},
	}
	options := []cmp.Option{cmpopts.IgnoreUnexported(eval.Train{}), cmpopts.IgnoreFields(eval.Train{}, "Optimizer"),
		cmpopts.IgnoreTypes(source.Span{})}
	if d := cmp.Diff(want, got, options...); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if got.Optimizer == nil || got.Optimizer.Name() != "adam" {
		t.Errorf("the optimizer is %v", got.Optimizer)
	}
}

// TestDataSuggestion asks for data of which two names are equally near: the first declared is offered every time.
func TestDataSuggestion(t *testing.T) {
	const settings = " {\n image = \"*.mhd\"\n label = \"*_seg.mhd\"\n spacing = [1mm, 1mm, 1mm]\n}\n"
	p, found := load(t, "data ScanB"+settings+"data ScanA"+settings+"data ScanC"+settings)
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	for range 50 {
		d, errs := p.Data("ScanX")
		if d != nil || len(errs) != 1 || errs[0].Help != "did you mean `ScanB`?" {
			t.Fatal(render(errs))
		}
	}
}

// TestImports reads a program of three files.
func TestImports(t *testing.T) {
	f := files{
		"nets/main.vn":         "import \"parts/stages.vn\"\nimport \"../common.vn\" as c\nmodel M(image: tensor[1, 32, 32]) {\n return image |> stages.twice(n: c.convs)\n}",
		"nets/parts/stages.vn": "import \"../../common.vn\"\nblock twice(x, n: int) {\n for _i in 1..n * common.convs { x = conv(x, width) }\n return x\n}\nwidth = 3",
		"common.vn":            "convs = 2",
	}
	p, found := eval.Load("nets/main.vn", f.read, stdlib.FS, nil)
	found = append(found, p.Check(eval.Options{})...)
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	m, _ := p.Elaborate("M", eval.Options{})
	if got, want := len(m.Parameters), 8; got != want {
		t.Errorf("%d parameters, want %d", got, want)
	}
	if got, want := m.Parameters[6].Name, "twice.conv4.weight"; got != want {
		t.Errorf("a parameter is called %s, want %s", got, want)
	}
	if n := len(p.Sources()); n != 3 {
		t.Errorf("%d files", n)
	}
	for text, code := range map[string]diag.Code{
		"block f(x) { return stages.twice(x, 2) }":                                 "name/unused", // the import of common
		"block f(x) { return stages.twise(x, c.convs) }":                           "name/unknown",
		"model M(image: tensor[1, 8, 8]) { return stages.twise(image) + c.convs }": "name/unknown",
	} {
		f["nets/main.vn"] = "import \"parts/stages.vn\"\nimport \"../common.vn\" as c\n" + text
		p, found := eval.Load("nets/main.vn", f.read, stdlib.FS, nil)
		found = append(found, p.Check(eval.Options{})...)
		if len(found) != 1 || found[0].Code != code {
			t.Errorf("%s\n%s", text, render(found))
		}
	}
}

// TestMessage compares a whole message with the one that the design of the language asks for.
func TestMessage(t *testing.T) {
	text, err := os.ReadFile("testdata/message.txt")
	if err != nil {
		t.Fatal(err)
	}
	program := `model VNet(image: tensor[1, 128, 128, 100], width: int = 16) {
    stage left1  = image |> residual(convs: 1, channels: width)
    stage left2  = left1 |> down |> residual(convs: 2)
    stage left3  = left2 |> down |> residual(convs: 3)
    stage left4  = left3 |> down |> residual(convs: 3)
    stage bottom = left4 |> down |> residual(convs: 3)
    stage right4 = bottom |> up(channels: 128) |> forward(left4) |> residual(convs: 3)
    stage right3 = right4 |> up(channels: 64) |> forward(left3) |> residual(convs: 2)
    stage right2 = right3 |> up(channels: 32) |> forward(left2) |> residual(convs: 2)
    return right2 |> up(channels: 16) |> forward(left1)
}
`
	p, found := eval.Load("models/vnet.vn", files{"models/vnet.vn": program}.read, stdlib.FS, steps)
	found = append(found, p.Check(eval.Options{})...)
	got := regexp.MustCompile(`(stdlib/\w+\.vn):\d+:\d+`).ReplaceAllString(render(found), "$1")
	if d := cmp.Diff(string(text), got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
