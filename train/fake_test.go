package train

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/internal/rng"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/volume"
)

// fakeDevice runs one network, whatever the plan says: logistic regression on single voxels, p = sigmoid(scale·x +
// bias), trained by gradient descent with momentum on the squared error, and a vector that walks at random. Everything
// is float32 in a fixed order, so that equal runs have equal bits.
type fakeDevice struct {
	before func(step int) error // called before each training step, if set
	rate   float32
	scale  func(step int) float32 // the output loss_scale, where it is asked for

	stages bool              // its sessions are runtime.Stagers
	staged atomic.Int64      // how many inputs were
	stage  func(n int) error // called as the inputs of step n, from 1, are staged, if set
}

func (d *fakeDevice) Name() string            { return "fake" }
func (d *fakeDevice) Memory(*plan.Plan) int64 { return 0 }
func (d *fakeDevice) Close() error            { return nil }

func (d *fakeDevice) Variables(plans ...*plan.Plan) (runtime.Variables, error) {
	v := &fakeVariables{values: map[string][]float32{}}
	for name, shape := range Shapes(plans...) {
		n := 1
		for _, size := range shape {
			n *= size
		}
		v.values[name] = make([]float32, n)
	}
	return v, nil
}

func (d *fakeDevice) Open(p *plan.Plan, v runtime.Variables) (runtime.Session, error) {
	s := &fakeSession{d, p, v.(*fakeVariables)}
	if d.stages {
		return &fakeStager{s, make(chan map[string][]float32, 1), make(chan struct{})}, nil
	}
	return s, nil
}

// fakeStager is a fakeSession that takes its inputs ahead.
type fakeStager struct {
	*fakeSession
	staged chan map[string][]float32
	end    chan struct{}
}

func (s *fakeStager) Stage(inputs map[string][]float32) error {
	if n := int(s.device.staged.Add(1)); s.device.stage != nil {
		if err := s.device.stage(n); err != nil {
			return err
		}
	}
	own := map[string][]float32{}
	for name, values := range inputs {
		own[name] = slices.Clone(values)
	}
	select {
	case s.staged <- own:
		return nil
	case <-s.end:
		return errors.New("the session is closed")
	}
}

func (s *fakeStager) RunStaged(step runtime.Step) error {
	step.Inputs = <-s.staged
	return s.fakeSession.Run(step)
}

func (s *fakeStager) Close() error {
	close(s.end)
	return nil
}

type fakeVariables struct {
	values map[string][]float32
	fail   error // of Store, if set
}

func (v *fakeVariables) Names() []string { return slices.Sorted(maps.Keys(v.values)) }

func (v *fakeVariables) Load(name string, values []float32) error {
	if copy(v.values[name], values) != len(values) {
		return fmt.Errorf("%s has %d elements, not %d", name, len(v.values[name]), len(values))
	}
	return nil
}

func (v *fakeVariables) Adopt(name string, values []float32) error { return v.Load(name, values) }

func (v *fakeVariables) Store(name string, dst []float32) error {
	copy(dst, v.values[name])
	return v.fail
}

func (v *fakeVariables) Size(name string) int {
	if values, found := v.values[name]; found {
		return len(values)
	}
	return -1
}

type fakeSession struct {
	device *fakeDevice
	plan   *plan.Plan
	v      *fakeVariables
}

func (s *fakeSession) Close() error { return nil }

func (s *fakeSession) Run(step runtime.Step) error {
	image := step.Inputs["image"]
	weight := s.v.values["head.weight"]
	if output, wanted := step.Outputs["output"]; wanted {
		for i, x := range image {
			p := sigmoid(float32(weight[0]*x) + weight[1])
			output[i], output[len(image)+i] = 1-p, p
		}
		return nil
	}
	if s.device.before != nil {
		if err := s.device.before(int(step.Step)); err != nil {
			return err
		}
	}
	label := step.Inputs["label"]
	var loss, gradient, gradientBias float32
	for i, x := range image {
		p := sigmoid(float32(weight[0]*x) + weight[1])
		d := p - label[i]
		loss += float32(d * d)
		slope := float32(2 * d * p * (1 - p))
		gradient += float32(slope * x)
		gradientBias += slope
	}
	n := float32(len(image))
	velocity := s.v.values["head.weight.velocity"]
	for i, g := range []float32{gradient / n, gradientBias / n} {
		velocity[i] = float32(0.9*velocity[i]) + float32(s.device.rate*g)
		weight[i] -= velocity[i]
	}
	random := rng.New(step.Seed, step.Step)
	for i := range s.v.values["walk"] {
		s.v.values["walk"][i] += float32(random.Normal())
	}
	step.Outputs["loss"][0] = loss / n
	if scale, wanted := step.Outputs["loss_scale"]; wanted {
		scale[0] = s.device.scale(int(step.Step))
	}
	return nil
}

func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

func axes(sizes ...int) (list []ir.Axis) {
	names := []string{ir.Batch, ir.Channel, ir.Z, ir.Y, ir.X}
	if len(sizes) == 4 {
		names = []string{ir.Batch, ir.Z, ir.Y, ir.X}
	}
	for i, size := range sizes {
		list = append(list, ir.Axis{Name: names[i], Size: size})
	}
	return list
}

func fakePlans(batch int, size [3]int) (training, inference *plan.Plan) {
	x, y, z := size[0], size[1], size[2]
	buffer := func(class plan.Class, name string, axes ...ir.Axis) plan.Buffer {
		return plan.Buffer{Name: name, Class: class, Type: ir.NewType(axes...)}
	}
	weight := buffer(plan.Variable, "head.weight", ir.Axis{Name: ir.Channel, Size: 2})
	training = &plan.Plan{Name: "fake training", Mode: ir.Training, Batch: batch, Buffers: []plan.Buffer{
		buffer(plan.Input, "image", axes(batch, 1, z, y, x)...),
		buffer(plan.Input, "label", axes(batch, z, y, x)...),
		buffer(plan.Input, "step"),
		buffer(plan.Output, "loss"),
		weight,
		buffer(plan.Variable, "head.weight.velocity", weight.Type.Axes...),
		buffer(plan.Variable, "walk", ir.Axis{Name: ir.Out, Size: 20}, ir.Axis{Name: ir.In, Size: 50}),
	}}
	inference = &plan.Plan{Name: "fake inference", Mode: ir.Inference, Batch: 1, Buffers: []plan.Buffer{
		buffer(plan.Input, "image", axes(1, 1, z, y, x)...),
		buffer(plan.Output, "output", axes(1, 2, z, y, x)...),
		weight,
	}}
	return training, inference
}

// fakeConfig returns a run on small cases, which it writes beside the run's directory.
func fakeConfig(t testing.TB, directory string) Config {
	t.Helper()
	d := Data{
		Image: "*.mha", Label: "*_segmentation.mha", Spacing: [3]float64{1, 1, 2}, Size: [3]int{8, 6, 4},
		Prepare: []Transform{{Name: "normalize"}},
		Augment: []Transform{{Name: "flip"}, {Name: "shift", Args: map[string]any{"voxels": 1.0}}, {Name: "intensity", Args: map[string]any{"scale": 0.1, "shift": 0.1}}},
	}
	data := filepath.Join(directory, "data")
	if cases, err := FindCases(data, d); err != nil || len(cases) == 0 {
		writeCases(t, data, 5)
	}
	cases, err := FindCases(data, d)
	if err != nil {
		t.Fatal(err)
	}
	device := &fakeDevice{rate: 1}
	training, inference := fakePlans(2, d.Size)
	variables, err := device.Variables(training, inference)
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Device: device, Variables: variables, Training: training, Inference: inference, Output: "output", Model: "Fake",
		Data: d, Cases: cases, Directory: filepath.Join(directory, "run"), Cache: 1 << 20,
		Recipe: Recipe{Batch: 2, Iterations: 60, Seed: 7, Validation: 0.3, ValidateEvery: 20, CheckpointEvery: 10},
	}
}

// writeCases writes images of a bright ellipsoid in noise, each on a grid of its own, with labels.
func writeCases(t testing.TB, directory string, count int) {
	t.Helper()
	mkdir(t, directory)
	for c := range count {
		r := rng.New(1, uint64(c))
		g := volume.Geometry{
			Size: [3]int{12 + c, 10, 6}, Spacing: [3]float64{0.8, 0.7, 1.5}, Origin: [3]float64{float64(c), -3, 10},
			Direction: [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		}
		image, label := volume.New(g, volume.Float32), volume.New(g, volume.Uint8)
		i := 0
		for z := range g.Size[2] {
			for y := range g.Size[1] {
				for x := range g.Size[0] {
					dx, dy, dz := (float64(x)-6)/4, (float64(y)-5)/3, (float64(z)-3)/2
					image.Data[i] = float32(100 + 5*r.Normal())
					if dx*dx+dy*dy+dz*dz < 1 {
						image.Data[i] += 60
						label.Data[i] = 1
					}
					i++
				}
			}
		}
		name := filepath.Join(directory, fmt.Sprintf("Case%02d", c))
		for path, v := range map[string]*volume.Volume{name + ".mha": image, name + "_segmentation.mha": label} {
			if err := volume.Write(path, v); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// variables returns the bits of all variables.
func bits(c Config) map[string][]uint32 {
	all := map[string][]uint32{}
	for name, values := range c.Variables.(*fakeVariables).values {
		for _, value := range values {
			all[name] = append(all[name], math.Float32bits(value))
		}
	}
	return all
}

func mustRun(t *testing.T, c Config) *Result {
	t.Helper()
	result, err := Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// wantError checks that an error holds every one of the texts.
func wantError(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q does not say %q", err, text)
		}
	}
}

var errFake = errors.New("fake failure")
