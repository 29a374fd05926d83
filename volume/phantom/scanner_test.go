package phantom

import (
	"math"
	"testing"

	"github.com/vnlang/vn/internal/rng"
)

func TestDrawGrid(t *testing.T) {
	pixels, slices := map[float64]bool{}, map[float64]bool{}
	oblique, reversed := 0, 0
	for number := range uint64(300) {
		g := drawGrid(rng.New(1, number))
		if err := g.Validate(); err != nil {
			t.Fatal(err)
		}
		if g.Spacing[0] != g.Spacing[1] || g.Spacing[0] < 0.3 || g.Spacing[0] > 0.75 {
			t.Errorf("case %d: pixels of %v mm, want squares of 0.3 to 0.75", number, g.Spacing)
		}
		if g.Spacing[2] < 2.2 || g.Spacing[2] > 4 {
			t.Errorf("case %d: slices %v mm apart, want 2.2 to 4", number, g.Spacing[2])
		}
		if across := float64(g.Size[0]) * g.Spacing[0]; g.Size[0] < 160 || g.Size[0] > 320 || across < 95 || across > 165 {
			t.Errorf("case %d: %d pixels over %.0f mm, want 160 to 320 over 95 to 165", number, g.Size[0], across)
		}
		if height := float64(g.Size[2]) * g.Spacing[2]; height < 60 || height > 96 {
			t.Errorf("case %d: %.0f mm of slices, want 60 to 96", number, height)
		}
		pixels[g.Spacing[0]], slices[g.Spacing[2]] = true, true
		if math.Abs(g.Direction[2][1]) > 0.01 {
			oblique++
		}
		if g.Direction[2][2] < 0 || g.Direction[1][1] < 0 {
			reversed++
		}
	}
	if len(pixels) < 150 || len(slices) < 15 {
		t.Errorf("%d different pixel sizes and %d slice distances among 300 cases", len(pixels), len(slices))
	}
	if oblique < 100 || oblique > 200 || reversed < 40 || reversed > 110 {
		t.Errorf("of 300 cases %d are oblique and %d stored in another order, want about 140 and 75", oblique, reversed)
	}
}

// TestNoise measures a body that gives no signal: what is left is the noise of two channels, whose magnitude has a
// Rayleigh distribution.
func TestNoise(t *testing.T) {
	grid := testGrid(40, 1)
	s := &scanner{gain: 1000, gamma: 1, noise: 0.1, offset: 50}
	body := &anatomy{texture: newTexture(rng.New(1)), gas: far}
	values := make([]float32, 40*40)
	var sum, squares float64
	for z := range 10 {
		s.acquire(grid, z, body, rng.New(2, uint64(z)), values)
		for _, value := range values {
			d := float64(value) - 50
			sum += d
			squares += d * d
		}
	}
	n := float64(10 * len(values))
	if mean, want := sum/n, 100*math.Sqrt(math.Pi/2); math.Abs(mean-want) > 3 {
		t.Errorf("mean %.1f, want %.1f", mean, want)
	}
	if square, want := squares/n, 2*100.0*100; math.Abs(square-want) > 0.03*want {
		t.Errorf("mean square %.0f, want %.0f", square, want)
	}
}

func TestBias(t *testing.T) {
	s := drawScanner(rng.New(3), testGrid(100, 1))
	s.close = 0
	if got := s.bias(s.middle); math.Abs(got-1) > 1e-12 {
		t.Errorf("the bias in the middle is %v, want 1", got)
	}
	p := s.middle
	p[1] += 50
	if got, want := math.Log(s.bias(p)), 0.5*s.linear[1]+0.25*s.square[1]; math.Abs(got-want) > 1e-12 {
		t.Errorf("the logarithm of the bias 50 mm behind is %v, want %v", got, want)
	}
}
