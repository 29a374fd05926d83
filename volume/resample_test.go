package volume

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestResampleAgainstITK compares with values of SimpleITK 2.5 (ITK 5.4):
// Resample(image, size, Transform(), interpolator, origin, spacing, direction, -5, sitkFloat32).
func TestResampleAgainstITK(t *testing.T) {
	oblique := Geometry{
		Size: [3]int{4, 3, 3}, Spacing: [3]float64{0.7, 0.9, 1.6}, Origin: [3]float64{-10.2, 3.5, 19.6},
		Direction: [3][3]float64{{0.8, -0.6, 0}, {0.6, 0.8, 0}, {0, 0, 1}},
	}
	parallel := Geometry{
		Size: [3]int{4, 3, 4}, Spacing: [3]float64{0.625, 0.5, 1.25}, Origin: [3]float64{-10.25, 4.1, 19.5},
		Direction: tilted,
	}
	permuted := Geometry{
		Size: [3]int{4, 3, 3}, Spacing: [3]float64{1.7, 0.6, 0.8}, Origin: [3]float64{-9.9, -0.02, 24.86},
		Direction: [3][3]float64{{0, 1, 0}, {0.6, 0, 0.8}, {-0.8, 0, 0.6}},
	}
	for _, test := range []struct {
		name          string
		to            Geometry
		interpolation Interpolation
		want          []float32
	}{
		{"oblique, linear", oblique, Linear, []float32{
			-5, 7.2, 31.52363, 69.12576, -5, 32.27733, 60.65003, 55.81824, -5, -5, 50.808, -5,
			30.80533, 58.28503, 54.63993, 26.82758, -5, 41.3831, 55.77729, 45.97559, -5, -5, 6.685333, 18.4,
			24.13973, 52.57252, 77.8385, 54.13088, -5, 57.60561, 56.98869, -5, -5, -5, -5, -5,
		}},
		{"oblique, nearest", oblique, Nearest, []float32{
			-5, 10, 34, 72, -5, 0, 68, 61, -5, -5, 23, -5, 0, 68, 61, 10, -5, 23, 72, 54, -5, -5, 4, 22,
			27, 53, 99, 21, -5, 95, 90, -5, -5, -5, -5, -5,
		}},
		{"parallel, linear", parallel, Linear, []float32{
			0, 7.5, 34, 59.75, 33.22667, 32.04667, 44.08, 64.79, 86.36, 72.71, 59.92, 70.62,
			8.426666, 11.38417, 30.31333, 55.14167, 30.34756, 32.07212, 39.01698, 56.32296, 65.41973, 66.37683, 53.46307, 56.59223,
			21.76, 17.53, 24.48, 47.85, 25.792, 32.1124, 31.00587, 42.92573, 32.2864, 56.356, 43.2464, 34.3964,
			29.68, 25.585, 22.99667, 42.4675, 23.11307, 33.1506, 27.34476, 33.26017, 12.87587, 45.99877, 36.9892, 18.60087,
		}},
		{"parallel, nearest", parallel, Nearest, []float32{
			0, 10, 34, 72, 0, 10, 34, 72, 89, 68, 61, 68, 0, 10, 34, 72, 0, 10, 34, 72, 89, 68, 61, 68,
			32, 19, 20, 35, 32, 19, 20, 35, 6, 63, 33, 17, 32, 19, 20, 35, 32, 19, 20, 35, 6, 63, 33, 17,
		}},
		{"permuted, linear", permuted, Linear, []float32{
			21, 24.92, 28.48667, 12.96, 64.2, 43.29333, 19.40667, 19.52, 46.2, 38.17333, 29.92667, 45.68,
			44.06667, 33.48889, 22.59333, 42.88, 35.53333, 37.83556, 40.78444, 46.18667, 33.13334, 29.46222, 26.50444, 47.54667,
			71, 51.05156, 28.86711, 39.30133, 68.57333, 66.53245, 64.028, 61.104, 46.69333, 49.99111, 53.02667, 40.56,
		}},
		{"permuted, nearest", permuted, Nearest, []float32{
			8, 8, 32, 0, 73, 73, 19, 10, 43, 43, 35, 72, 69, 69, 6, 89, 2, 2, 63, 68, 11, 11, 17, 68,
			76, 76, 27, 23, 79, 79, 53, 72, 26, 26, 46, 10,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Resample(patterned(grid()), test.to, test.interpolation, -5)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got.Data, approximate(2e-6)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.to, got.Geometry); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestResamplePathsAgree runs the general path where the separable one would do, on grids large enough to be shared
// among processors.
func TestResamplePathsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	from := Geometry{
		Size: [3]int{40, 31, 17}, Spacing: [3]float64{0.6, 0.7, 3.3}, Origin: [3]float64{-30, 12, 5}, Direction: tilted,
	}
	v := patterned(from)
	for range 6 {
		to := from.Canonical()
		order := r.Perm(3)
		for a := range 3 {
			to.Size[a] = 40 + r.IntN(10)
			to.Spacing[a] = 0.4 + 0.5*r.Float64()
			to.Origin[a] += 3 * r.NormFloat64()
			sign := float64(1 - 2*r.IntN(2))
			for row := range 3 {
				to.Direction[row][a] = sign * from.Direction[row][order[a]]
			}
		}
		for _, interpolation := range []Interpolation{Linear, Nearest} {
			s := sampler{v: v, interpolation: interpolation, outside: -1}
			m := mapIndices(to, from)
			if _, ok := m.separable(to.Size); !ok {
				t.Fatalf("the grid %v is not recognised as parallel to %v", to, from)
			}
			want := New(to, Float32)
			for z := range to.Size[2] {
				m.generalRows(&s, want, z)
			}
			got, err := Resample(v, to, interpolation, -1)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.Data, got.Data, approximate(1e-5)); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

func TestResampleOntoItself(t *testing.T) {
	g := Geometry{
		Size: [3]int{50, 41, 33}, Spacing: [3]float64{0.3, 0.7, 2.9}, Origin: [3]float64{-31.7, 12.3, 5.9},
		Direction: [3][3]float64{{0.36, 0.48, -0.8}, {-0.8, 0.6, 0}, {0.48, 0.64, 0.6}},
	}
	v := patterned(g)
	v.Data[7] = 0.1
	for _, interpolation := range []Interpolation{Linear, Nearest} {
		got, err := Resample(v, g, interpolation, -1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v.Data, got.Data); diff != "" {
			t.Errorf("interpolation %d: %s", interpolation, diff)
		}
	}
}

// TestResampleLinearField uses that linear interpolation is exact on a linear function of position.
func TestResampleLinearField(t *testing.T) {
	field := func(p [3]float64) float64 { return 3 + 0.5*p[0] - 0.25*p[1] + 2*p[2] }
	v := New(Geometry{
		Size: [3]int{20, 20, 20}, Spacing: [3]float64{1, 1.5, 2}, Direction: identity,
	}, Float32)
	fill := func(v *Volume) {
		for i := range v.Data {
			x, y, z := i%v.Size[0], i/v.Size[0]%v.Size[1], i/(v.Size[0]*v.Size[1])
			v.Data[i] = float32(field(v.Point([3]float64{float64(x), float64(y), float64(z)})))
		}
	}
	fill(v)
	to := Geometry{
		Size: [3]int{9, 8, 7}, Spacing: [3]float64{0.7, 0.8, 0.9}, Origin: [3]float64{8, 8, 12},
		Direction: [3][3]float64{{0.36, 0.48, -0.8}, {-0.8, 0.6, 0}, {0.48, 0.64, 0.6}},
	}
	got, err := Resample(v, to, Linear, float32(math.NaN()))
	if err != nil {
		t.Fatal(err)
	}
	want := New(to, Float32)
	fill(want)
	if diff := cmp.Diff(want, got, approximate(1e-5)); diff != "" {
		t.Error(diff)
	}
}

func TestResampleErrors(t *testing.T) {
	v := patterned(grid())
	bad := grid()
	bad.Size[0] = 0
	_, err := Resample(v, bad, Linear, 0)
	checkError(t, err, "resample onto a grid: the grid has 0 voxels along x")

	v.Data = v.Data[1:]
	_, err = Resample(v, grid(), Linear, 0)
	checkError(t, err, "resample a volume: the volume holds 59 values, and its grid has 5×4×3 voxels")
}
