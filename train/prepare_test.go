package train

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/volume"
)

var straight = [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}

// TestPrepare follows three voxels through the preparation by hand: the image is mapped to [0, 1], resampled onto the
// network's grid (here the same but for one more voxel on the left), and normalised by its voxels above 0.
func TestPrepare(t *testing.T) {
	g := volume.Geometry{Size: [3]int{3, 1, 1}, Spacing: [3]float64{1, 1, 1}, Direction: straight}
	d := Data{Spacing: [3]float64{1, 1, 1}, Size: [3]int{5, 1, 1}, Prepare: []Transform{{Name: "normalize"}}}
	image := &volume.Volume{Geometry: g, Type: volume.Int16, Data: []float32{-100, 0, 100}}
	out, err := prepareImage(image, d)
	if err != nil {
		t.Fatal(err)
	}
	// [0, 1] gives 0, 0.5, 1 with 0 around; the mean of those above 0 is 0.75, their deviation 0.25.
	for i, want := range []float32{-3, -3, -1, 1, -3} {
		if got := out.Data[i]; math.Abs(float64(got-want)) > 1e-6 {
			t.Errorf("voxel %d is %v, want %v", i, got, want)
		}
	}

	d.Prepare = nil
	image = &volume.Volume{Geometry: g, Type: volume.Int16, Data: []float32{-100, 0, 100}}
	if out, err = prepareImage(image, d); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float32{0, -100, 0, 100, 0} {
		if out.Data[i] != want {
			t.Errorf("without normalize voxel %d is %v, want %v", i, out.Data[i], want)
		}
	}
}

// TestPrepareLabel halves the spacing: a linear ramp between 0 and 255 becomes foreground from its middle on.
func TestPrepareLabel(t *testing.T) {
	g := volume.Geometry{Size: [3]int{4, 1, 1}, Spacing: [3]float64{2, 1, 1}, Direction: straight}
	d := Data{Spacing: [3]float64{0.5, 1, 1}, Size: [3]int{16, 1, 1}}
	label := &volume.Volume{Geometry: g, Type: volume.Uint8, Data: []float32{0, 255, 255, 0}}
	out, err := prepareLabel(label, d)
	if err != nil {
		t.Fatal(err)
	}
	// Voxel i of the result is at 0.5·i mm, that is at index i/4 of the label: above one half from 3 to 9.
	for i, value := range out.Data {
		want := float32(0)
		if i > 2 && i < 10 {
			want = 1
		}
		if value != want {
			t.Errorf("voxel %d is %v, want %v", i, value, want)
		}
	}
}

func writePair(t *testing.T, image, label *volume.Volume) Case {
	t.Helper()
	directory := t.TempDir()
	c := Case{"a", filepath.Join(directory, "a.mha"), filepath.Join(directory, "a_label.mha")}
	for path, v := range map[string]*volume.Volume{c.Image: image, c.Label: label} {
		if err := volume.Write(path, v); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestLoadCase(t *testing.T) {
	g := volume.Geometry{Size: [3]int{6, 6, 6}, Spacing: [3]float64{1, 1, 1}, Direction: straight}
	d := Data{Spacing: [3]float64{1, 1, 1}, Size: [3]int{4, 4, 4}, Prepare: []Transform{{Name: "normalize"}}}
	pair := func(change func(image, label *volume.Volume)) Case {
		image, label := volume.New(g, volume.Float32), volume.New(g, volume.Uint8)
		for i := range image.Data {
			image.Data[i] = float32(i)
		}
		label.Data[(3*6+3)*6+3] = 1
		change(image, label)
		return writePair(t, image, label)
	}
	nan := float32(math.NaN())
	for _, c := range []struct {
		name    string
		change  func(image, label *volume.Volume)
		failure []string // in the error
		warning string
	}{
		{"good", func(_, _ *volume.Volume) {}, nil, ""},
		{"NaN", func(image, _ *volume.Volume) { image.Data[7] = nan }, []string{"a.mha", "1 of 216 voxels are NaN or infinite", "(1, 1, 0)"}, ""},
		{"NaN in the label", func(_, label *volume.Volume) { label.Type, label.Data[7] = volume.Float32, nan }, []string{"a_label.mha", "NaN"}, ""},
		{"flat", func(image, _ *volume.Volume) { clear(image.Data) }, []string{"prepare image", "a.mha", "every voxel is 0"}, ""},
		{"another origin", func(_, label *volume.Volume) { label.Origin[1] = 5 }, []string{"a_label.mha is not on the grid of image", "origin", "resample the label"}, ""},
		{"empty", func(_, label *volume.Volume) { clear(label.Data) }, nil, "a_label.mha is empty"},
		{"two values", func(_, label *volume.Volume) { label.Data[(3*6+3)*6+2] = 2 }, nil, "has several values"},
		{"cut off", func(_, label *volume.Volume) { label.Data[0] = 1 }, nil, "has 0.002 ml, and the network's grid shows 0.001 ml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, warnings, err := loadCase(pair(c.change), d)
			switch {
			case c.failure != nil:
				wantError(t, err, c.failure...)
			case err != nil:
				t.Fatal(err)
			case c.warning == "" && len(warnings) > 0:
				t.Errorf("warnings %q", warnings)
			case c.warning != "" && len(warnings) != 1:
				t.Errorf("warnings %q, want one that says %q", warnings, c.warning)
			case c.warning != "":
				wantError(t, errorString(warnings[0]), c.warning)
			}
		})
	}
}

// Image and label stay together where their files differ by the noise of formats, although 40 voxels of 0.99995 mm are
// but 39 whole ones of 1 mm.
func TestLoadCaseOnOneGrid(t *testing.T) {
	g := volume.Geometry{Size: [3]int{40, 1, 1}, Spacing: [3]float64{1, 1, 1}, Direction: straight}
	image, label := volume.New(g, volume.Float32), volume.New(g, volume.Uint8)
	label.Spacing[0] = 0.99995
	for i := 15; i < 25; i++ {
		image.Data[i], label.Data[i] = 1, 1
	}
	s, warnings, err := loadCase(writePair(t, image, label), Data{Spacing: g.Spacing, Size: [3]int{38, 1, 1}})
	if err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	if diff := cmp.Diff(s.image, s.label); diff != "" {
		t.Errorf("(-image +label):\n%s", diff)
	}
}

type errorString string

func (e errorString) Error() string { return string(e) }
