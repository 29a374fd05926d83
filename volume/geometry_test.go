package volume

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var identity = [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}

// tilted turns y towards z by the angle whose sine is 0.6.
var tilted = [3][3]float64{{1, 0, 0}, {0, 0.8, -0.6}, {0, 0.6, 0.8}}

// grid is the geometry of the reference images that the tests share with ITK.
func grid() Geometry {
	return Geometry{
		Size: [3]int{5, 4, 3}, Spacing: [3]float64{0.5, 0.75, 3}, Origin: [3]float64{-10, 4, 20}, Direction: tilted,
	}
}

// patterned is a volume of whole numbers that look arbitrary: (7i² + 3i) mod 101 at place i in memory.
func patterned(g Geometry) *Volume {
	v := New(g, Int16)
	for i := range v.Data {
		v.Data[i] = float32((i*i*7 + i*3) % 101)
	}
	return v
}

func approximate(fraction float64) cmp.Option { return cmpopts.EquateApprox(fraction, fraction) }

func TestPoint(t *testing.T) {
	// By hand: -10 + 2·0.5; 4 + 0.8·0.75 - 0.6·6; 20 + 0.6·0.75 + 0.8·6.
	want := [3]float64{-9, 1, 25.25}
	if diff := cmp.Diff(want, grid().Point([3]float64{2, 1, 2}), approximate(1e-12)); diff != "" {
		t.Error(diff)
	}
}

func TestIndexInvertsPoint(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	g := grid()
	g.Direction = [3][3]float64{{0, 0.6, -0.8}, {-1, 0, 0}, {0, 0.8, 0.6}} // mirrored and oblique
	for range 100 {
		index := [3]float64{r.NormFloat64() * 50, r.NormFloat64() * 50, r.NormFloat64() * 50}
		if diff := cmp.Diff(index, g.Index(g.Point(index)), approximate(1e-10)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Geometry)
		want   string // part of the error; empty for none
	}{
		{"valid", func(*Geometry) {}, ""},
		{"mirrored", func(g *Geometry) { g.Direction[0][0] = -1 }, ""},
		{"written to three digits", func(g *Geometry) { g.Direction[1][1] = 0.803 }, ""},
		{"no voxels", func(g *Geometry) { g.Size[1] = 0 }, "0 voxels along y"},
		{"too many", func(g *Geometry) { g.Size = [3]int{1 << 31, 1 << 31, 1 << 31} }, "too large"},
		{"zero spacing", func(g *Geometry) { g.Spacing[2] = 0 }, "spacing along z is 0 mm"},
		{"NaN spacing", func(g *Geometry) { g.Spacing[0] = math.NaN() }, "spacing along x is NaN mm"},
		{"infinite origin", func(g *Geometry) { g.Origin[0] = math.Inf(1) }, "origin's x is +Inf mm"},
		{"sheared", func(g *Geometry) { g.Direction[0][1] = 0.3 }, "not orthonormal"},
		{"singular", func(g *Geometry) { g.Direction = [3][3]float64{} }, "not orthonormal"},
		{"NaN direction", func(g *Geometry) { g.Direction[0][1] = math.NaN() }, "not orthonormal"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := grid()
			test.change(&g)
			checkError(t, g.Validate(), test.want)
		})
	}
}

func checkError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("error %q, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want one with %q", err, want)
	}
}

func TestSameGrid(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Geometry)
		want   string
	}{
		{"same", func(*Geometry) {}, ""},
		{"float32 noise", func(g *Geometry) {
			for a := range 3 {
				g.Spacing[a] = float64(float32(g.Spacing[a] * (1 + 3e-8)))
				g.Origin[a] = float64(float32(g.Origin[a])) + 1e-6
				g.Direction[a][a] += 1e-6
			}
		}, ""},
		{"size", func(g *Geometry) { g.Size[2]++ }, "differ in size: 5×4×3 and 5×4×4"},
		{"spacing", func(g *Geometry) { g.Spacing[1] = 0.7502 }, "differ in spacing: [0.5 0.75 3] and [0.5 0.7502 3]"},
		{"origin", func(g *Geometry) { g.Origin[0] = -10.01 }, "differ in origin: [-10 4 20] and [-10.01 4 20]"},
		{"direction", func(g *Geometry) { g.Direction[0][0] = -1 }, "differ in direction"},
		{"NaN", func(g *Geometry) { g.Origin[0] = math.NaN() }, "differ in origin"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := grid()
			test.change(&g)
			checkError(t, SameGrid(grid(), g), test.want)
		})
	}
}

func TestCanonical(t *testing.T) {
	// A sagittal acquisition: x runs to the back, y to the feet, z to the left.
	g := Geometry{
		Size: [3]int{7, 5, 3}, Spacing: [3]float64{0.5, 0.6, 3}, Origin: [3]float64{1, 2, 3},
		Direction: [3][3]float64{{0, 0, 1}, {1, 0, 0}, {0, -1, 0}},
	}
	want := Geometry{
		Size: [3]int{3, 7, 5}, Spacing: [3]float64{3, 0.5, 0.6}, Origin: [3]float64{1, 2, 3 - 4*0.6}, Direction: identity,
	}
	if diff := cmp.Diff(want, g.Canonical(), approximate(1e-12)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(grid(), grid().Canonical()); diff != "" {
		t.Errorf("a grid in the patient's order is changed: %s", diff)
	}

	v := patterned(g)
	turned, err := Resample(v, g.Canonical(), Nearest, -1)
	if err != nil {
		t.Fatal(err)
	}
	for z := range 5 {
		for y := range 7 {
			for x := range 3 {
				if got, want := turned.At(x, y, z), v.At(y, 4-z, x); got != want {
					t.Fatalf("voxel (%d, %d, %d) = %v, want %v", x, y, z, got, want)
				}
			}
		}
	}
}
