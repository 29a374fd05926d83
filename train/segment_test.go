package train

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/volume"
)

// fakePredictor returns a predictor of logistic regression with the given weights.
func fakePredictor(t *testing.T, size [3]int, scale, bias float32) *Predictor {
	t.Helper()
	device := &fakeDevice{}
	_, inference := fakePlans(1, size)
	variables, err := device.Variables(inference)
	if err != nil {
		t.Fatal(err)
	}
	if err := variables.Load("head.weight", []float32{scale, bias}); err != nil {
		t.Fatal(err)
	}
	p, err := NewPredictor(device, inference, variables, "output")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestSegment segments two bright boxes in an image whose axes are mirrored and permuted, with its own spacing.
func TestSegment(t *testing.T) {
	g := volume.Geometry{
		Size: [3]int{20, 12, 16}, Spacing: [3]float64{1, 2, 1}, Origin: [3]float64{40, -20, 7},
		Direction: [3][3]float64{{0, 0, -1}, {1, 0, 0}, {0, -1, 0}}, // x runs to the back, y to the feet, z to the right
	}
	image, want, small := volume.New(g, volume.Int16), volume.New(g, volume.Uint8), 0
	for z := range g.Size[2] {
		for y := range g.Size[1] {
			for x := range g.Size[0] {
				i := (z*g.Size[1]+y)*g.Size[0] + x
				image.Data[i] = 10
				if x >= 4 && x < 12 && y >= 3 && y < 8 && z >= 5 && z < 13 {
					image.Data[i], want.Data[i] = 200, 1
				}
				if x >= 15 && x < 18 && y >= 8 && y < 10 && z >= 2 && z < 4 {
					image.Data[i] = 200
					small++
				}
			}
		}
	}
	untouched := append([]float32(nil), image.Data...)
	// The network's grid has the patient's axes: 16 voxels to the left, 20 to the back, 24 mm to the head.
	d := Data{Spacing: [3]float64{1, 1, 1}, Size: [3]int{16, 20, 24}, Prepare: []Transform{{Name: "normalize"}}}
	predictor := fakePredictor(t, d.Size, 100, 0)
	defer predictor.Close()

	got, err := Segment(predictor, d, image, SegmentOptions{LargestComponent: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Geometry, got.Mask.Geometry); diff != "" {
		t.Errorf("geometry (-want +got):\n%s", diff)
	}
	if got.Mask.Type != volume.Uint8 || got.Probability.Type != volume.Float32 {
		t.Errorf("types %v and %v", got.Mask.Type, got.Probability.Type)
	}
	// The normalised brightness crosses 0 below the middle of an edge, so that the mask may be a little larger.
	if dice, err := volume.Dice(want, got.Mask); err != nil || dice < 0.93 {
		t.Errorf("Dice %v, %v", dice, err)
	}
	both, err := Segment(predictor, d, image, SegmentOptions{Interpolation: volume.Nearest})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for i, value := range both.Mask.Data {
		if value == 1 && got.Mask.Data[i] == 0 {
			count++
		}
	}
	if count < small {
		t.Errorf("without LargestComponent %d more voxels are foreground, want at least the %d of the small box", count, small)
	}
	if diff := cmp.Diff(untouched, image.Data); diff != "" {
		t.Error("the image was changed")
	}
}

func TestSegmentErrors(t *testing.T) {
	size := [3]int{4, 4, 4}
	d := Data{Spacing: [3]float64{1, 1, 1}, Size: size}
	image := volume.New(volume.Geometry{Size: size, Spacing: [3]float64{1, 1, 1}, Direction: straight}, volume.Float32)

	nan := float32(math.NaN())
	_, err := Segment(fakePredictor(t, size, nan, 0), d, image, SegmentOptions{})
	wantError(t, err, "the network's output", "NaN", "weights are not usable")

	other := d
	other.Size[0] = 8
	_, err = Segment(fakePredictor(t, size, 1, 0), other, image, SegmentOptions{})
	wantError(t, err, "size is [8 4 4]", "input is [4 4 4]")

	image.Data[5] = nan
	_, err = Segment(fakePredictor(t, size, 1, 0), d, image, SegmentOptions{})
	wantError(t, err, "prepare the image", "NaN")
}

func TestNewPredictorErrors(t *testing.T) {
	for name, c := range map[string]struct {
		output string
		change func(p *plan.Plan)
		want   []string
	}{
		"no such output":   {"mask", func(*plan.Plan) {}, []string{`no output "mask", it has output`}},
		"two channels in":  {"output", func(p *plan.Plan) { p.Buffers[0].Type.Axes[1].Size = 2 }, []string{"input image is f32[batch 1, channel 2"}},
		"a smaller output": {"output", func(p *plan.Plan) { p.Buffers[1].Type.Axes[4].Size = 2 }, []string{"output output is", "one probability for each voxel"}},
		"another input": {"output", func(p *plan.Plan) {
			p.Buffers = append(p.Buffers, plan.Buffer{Name: "mask", Class: plan.Input, Type: ir.NewType()})
		}, []string{`wants an input "mask"`}},
	} {
		t.Run(name, func(t *testing.T) {
			device := &fakeDevice{}
			_, p := fakePlans(1, [3]int{4, 4, 4})
			c.change(p)
			_, err := NewPredictor(device, p, nil, c.output)
			wantError(t, err, c.want...)
		})
	}
}
