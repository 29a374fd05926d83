package volume

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWithSpacing(t *testing.T) {
	g := Geometry{
		Size: [3]int{320, 320, 24}, Spacing: [3]float64{0.59999998, 0.4, 3.6}, Origin: [3]float64{1, 2, 3}, Direction: tilted,
	}
	got := WithSpacing(g, [3]float64{1, 1.7, 100})
	want := g
	want.Spacing = [3]float64{1, 1.7, 100}
	want.Size = [3]int{192, 75, 1} // 191.999994, 75.29, 0.864
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCentreGrid(t *testing.T) {
	base := Geometry{Size: [3]int{20, 16, 9}, Spacing: [3]float64{0.6, 0.75, 3}, Origin: [3]float64{-10, 4, 20}, Direction: identity}
	turned := base // the same voxels stored from head to foot
	turned.Origin[2] = 44
	turned.Direction[2][2] = -1
	for _, test := range []struct {
		name   string
		g      Geometry
		size   [3]int
		origin [3]float64
	}{
		// Resampled to 1×1×1.5 mm the volume has 12×12×18 voxels.
		{"cropped", base, [3]int{8, 7, 12}, [3]float64{-8, 6, 24.5}},
		{"padded", base, [3]int{16, 17, 24}, [3]float64{-12, 2, 15.5}},
		{"turned over", turned, [3]int{8, 7, 12}, [3]float64{-8, 6, 24.5}},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := Geometry{Size: test.size, Spacing: [3]float64{1, 1, 1.5}, Origin: test.origin, Direction: identity}
			if diff := cmp.Diff(want, CentreGrid(test.g, want.Spacing, test.size), approximate(1e-12)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPrepareAsReleased compares with the released code's steps done by SimpleITK 2.5 and NumPy: RescaleIntensity,
// Resample to 1×1×1.5 mm, RegionOfInterest from int(new/2 - size/2), z-score of the voxels above 0.
func TestPrepareAsReleased(t *testing.T) {
	g := Geometry{
		Size: [3]int{20, 16, 9}, Spacing: [3]float64{0.6, 0.75, 3.1}, Origin: [3]float64{-10, 4, 20}, Direction: identity,
	}
	v := patterned(g)
	for i := range v.Data {
		v.Data[i] += 50
	}
	if err := Rescale(v); err != nil {
		t.Fatal(err)
	}
	prepared, err := Resample(v, CentreGrid(g, [3]float64{1, 1, 1.5}, [3]int{8, 8, 12}), Linear, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := Normalize(prepared); err != nil {
		t.Fatal(err)
	}
	want := []float32{1.0660385, 0.2567749, 0.0809756, 0.6524799, 1.4974500, -0.1950101, 0.7039385, -1.8244597}
	var got []float32
	for i := 0; i < len(prepared.Data); i += 97 {
		got = append(got, prepared.Data[i])
	}
	if diff := cmp.Diff(want, got, approximate(3e-6)); diff != "" {
		t.Error(diff)
	}
}

// TestRoundTrip brings a mask from the network's grid back onto the input's: what was inside the box returns to where
// it came from.
func TestRoundTrip(t *testing.T) {
	g := Geometry{
		Size: [3]int{60, 50, 20}, Spacing: [3]float64{0.5, 0.5, 3}, Origin: [3]float64{-10, 4, 20},
		Direction: [3][3]float64{{-1, 0, 0}, {0, 0.8, -0.6}, {0, 0.6, 0.8}},
	}
	mask := New(g, Uint8)
	for z := 6; z < 13; z++ {
		for y := 15; y < 35; y++ {
			for x := 18; x < 40; x++ {
				mask.Data[(z*50+y)*60+x] = 1
			}
		}
	}
	onGrid, err := Resample(mask, CentreGrid(g, [3]float64{1, 1, 1.5}, [3]int{24, 24, 32}), Linear, 0)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Resample(onGrid, g, Linear, 0)
	if err != nil {
		t.Fatal(err)
	}
	dice, err := Dice(mask, Threshold(back, 0.5))
	if err != nil {
		t.Fatal(err)
	}
	if dice < 0.93 {
		t.Errorf("Dice of a mask and itself after the round trip is %.3f, want at least 0.93", dice)
	}
}
