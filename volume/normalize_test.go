package volume

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func values(data ...float32) *Volume {
	g := Geometry{Size: [3]int{len(data), 1, 1}, Spacing: [3]float64{1, 1, 1}, Direction: identity}
	return &Volume{Geometry: g, Type: Int16, Data: data}
}

func TestCheckFinite(t *testing.T) {
	v := patterned(grid())
	if err := CheckFinite(v); err != nil {
		t.Error(err)
	}
	v.Data[5*4*2+5*3+1] = float32(math.NaN())
	v.Data[59] = float32(math.Inf(-1))
	checkError(t, CheckFinite(v), "2 of 60 voxels are NaN or infinite, the first at index (1, 3, 2)")
}

func TestRescale(t *testing.T) {
	v := values(-5, 15, 0)
	if err := Rescale(v); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{0, 1, 0.25}, v.Data); diff != "" || v.Type != Float32 {
		t.Error(v.Type, diff)
	}
	checkError(t, Rescale(values(7, 7)), "every voxel is 7")
	checkError(t, Rescale(values(7, float32(math.Inf(1)))), "1 of 2 voxels")
}

func TestNormalize(t *testing.T) {
	// The voxels above 0 are 2, 4, 6: mean 4, population deviation √(8/3).
	v := values(-1, 2, 0, 4, 6)
	if err := Normalize(v); err != nil {
		t.Fatal(err)
	}
	s := float32(math.Sqrt(8.0 / 3))
	if diff := cmp.Diff([]float32{-5 / s, -2 / s, -4 / s, 0, 2 / s}, v.Data, approximate(1e-6)); diff != "" || v.Type != Float32 {
		t.Error(v.Type, diff)
	}
	checkError(t, Normalize(values(0, -3)), "no voxel is above 0")
	checkError(t, Normalize(values(0, 3, 3)), "every voxel above 0 is 3")
	checkError(t, Normalize(values(1, 2, float32(math.NaN()))), "1 of 3 voxels are NaN or infinite, the first at index (2, 0, 0)")
}
