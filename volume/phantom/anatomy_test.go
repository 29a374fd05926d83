package phantom

import (
	"math"
	"testing"

	"github.com/vnlang/vn/internal/rng"
	"github.com/vnlang/vn/volume"
)

func TestEllipsoidDistance(t *testing.T) {
	sphere := newEllipsoid(point{1, 2, 3}, point{10, 10, 10}, point{10, 20, 30}, 8)
	egg := newEllipsoid(point{}, point{20, 10, 5}, point{0, 0, 90}, 8) // its long axis turned from x to y
	for _, test := range []struct {
		name      string
		e         *ellipsoid
		p         point
		want      float64
		tolerance float64
	}{
		{"outside a sphere", &sphere, point{13, 2, 3}, 2, 1e-9},
		{"inside a sphere", &sphere, point{1, -4, 3}, -4, 1e-9},
		{"middle of a sphere", &sphere, point{1, 2, 3}, -10, 1e-9},
		{"end of the long axis", &egg, point{0, 21, 0}, 1, 1e-9},
		{"end of the second axis", &egg, point{-9, 0, 0}, -1, 1e-9},
		{"end of the short axis", &egg, point{0, 0, 5}, 0, 1e-9},
		// The surface at 45° between the second and the long axis, and 0.5 mm along its normal.
		{"oblique", &egg, point{10/math.Sqrt2 + 0.5*2/math.Sqrt(5), 20/math.Sqrt2 + 0.5/math.Sqrt(5), 0}, 0.5, 0.02},
		{"out of sight", &egg, point{0, 40, 0}, far, 0},
	} {
		if got := test.e.distance(test.p); math.Abs(got-test.want) > test.tolerance {
			t.Errorf("%s: distance %v, want %v", test.name, got, test.want)
		}
	}
}

func testGrid(size int, mm float64) volume.Geometry {
	half := mm * float64(size-1) / 2
	return volume.Geometry{
		Size: [3]int{size, size, size}, Spacing: point{mm, mm, mm}, Origin: point{-half, -half, -half},
		Direction: [3][3]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	}
}

// labelled counts the voxels of a grid that belong to a gland about the origin.
func labelled(g gland, grid volume.Geometry) int {
	body := &anatomy{gland: g}
	count := 0
	mask := make([]float32, grid.Size[0]*grid.Size[1])
	for z := range grid.Size[2] {
		clear(mask)
		body.label(grid, z, mask)
		for _, value := range mask {
			count += int(value)
		}
	}
	return count
}

func TestLabelVolume(t *testing.T) {
	plain := gland{ellipsoid: newEllipsoid(point{}, point{20, 15, 17}, point{10, 0, 5}, 8)}
	if got, want := float64(labelled(plain, testGrid(45, 1))), 4*math.Pi/3*20*15*17; math.Abs(got-want) > 0.005*want {
		t.Errorf("an ellipsoid fills %v voxels of 1 mm³, want %v", got, want)
	}
	for seed := range uint64(3) {
		deformed := drawGland(rng.New(seed), math.Inf(1))
		got, want := float64(labelled(deformed, testGrid(90, 1))), deformed.bulk()*deformed.radii[0]*deformed.radii[1]*deformed.radii[2]
		if math.Abs(got-want) > 0.01*want {
			t.Errorf("gland %d fills %v voxels of 1 mm³, want %v", seed, got, want)
		}
	}
}

// TestWithin compares what a tile sees of the anatomy with the whole.
func TestWithin(t *testing.T) {
	r := rng.New(12)
	grid := drawGrid(rng.New(6))
	body := drawAnatomy(rng.New(7), grid, 1, newTexture(rng.New(8)))
	const reach = 12.0
	for range 400 {
		middle := point{r.Uniform(-70, 70), r.Uniform(-70, 70), r.Uniform(-45, 45)}
		part := body.within(middle, reach+math.Sqrt(3)*warp+softness)
		for range 10 {
			p := middle
			for a := range 3 {
				p[a] += r.Uniform(-reach, reach) / math.Sqrt(3)
			}
			w := body.warped(p)
			if got, want := part.signal(p, w), body.signal(p, w); got != want {
				t.Fatalf("at %v the tile about %v shows %v, want %v", p, middle, got, want)
			}
		}
	}
}

func TestTexture(t *testing.T) {
	tx := newTexture(rng.New(1))
	r := rng.New(2)
	var sum, product float64
	const n = 20000
	for range n {
		p := point{r.Uniform(-99, 99), r.Uniform(-99, 99), r.Uniform(-99, 99)}
		a, b := tx.at(p, 5, 1), tx.at(p, 5, 2)
		if math.Abs(a) > 1 {
			t.Fatalf("noise %v at %v", a, p)
		}
		if step := tx.at(point{p[0] + 0.01, p[1], p[2]}, 5, 1) - a; math.Abs(step) > 0.02 {
			t.Fatalf("the noise jumps by %v within 0.01 mm at %v", step, p)
		}
		sum += a
		product += a * b
	}
	if math.Abs(sum/n) > 0.03 || math.Abs(product/n) > 0.02 {
		t.Errorf("mean %v and covariance of two shifts %v, want about 0", sum/n, product/n)
	}
}
