package picture

import (
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestOutlineOfCircle(t *testing.T) {
	const size, radius = 64, 20.0
	field := make([]float32, size*size)
	for i := range field {
		field[i] = float32(0.5 + (radius-math.Hypot(float64(i%size)-31.3, float64(i/size)-30.8))/10)
	}
	var length float64
	for _, s := range outline(field, size, size) {
		for _, p := range [][2]float64{{s.x0, s.y0}, {s.x1, s.y1}} {
			if r := math.Hypot(p[0]-31.3, p[1]-30.8); math.Abs(r-radius) > 0.02 {
				t.Fatalf("the outline passes (%.2f, %.2f), %.3f from the centre, want %v", p[0], p[1], r, radius)
			}
		}
		length += math.Hypot(s.x1-s.x0, s.y1-s.y0)
	}
	if want := 2 * math.Pi * radius; math.Abs(length-want) > 0.01*want {
		t.Errorf("the outline is %.2f long, want %.2f", length, want)
	}
}

// TestOutlineCloses draws outlines of noise: every end of a segment is the end of exactly one other.
func TestOutlineCloses(t *testing.T) {
	field := make([]float32, 15*11)
	for i := range field {
		field[i] = float32((i*i*7+i*3)%101) / 100
	}
	rounded := func(x, y float64) [2]float64 { return [2]float64{math.Round(x * 1e6), math.Round(y * 1e6)} }
	ends := map[[2]float64]int{}
	for _, s := range outline(field, 15, 11) {
		ends[rounded(s.x0, s.y0)]++
		ends[rounded(s.x1, s.y1)]++
	}
	if len(ends) < 20 {
		t.Fatalf("%d ends", len(ends))
	}
	for end, count := range ends {
		if count != 2 {
			t.Errorf("%d segments end at %v, want 2", count, end)
		}
	}
}

func TestOutlineSaddle(t *testing.T) {
	// Two opposite corners are inside. Where the middle is outside each is cut off by itself.
	inside := func(high, low float32) []segment {
		field := []float32{high, low, low, high}
		var crossing []segment
		for _, s := range outline(field, 2, 2) {
			if min(s.x0, s.x1) >= 0 && max(s.x0, s.x1) <= 1 && min(s.y0, s.y1) >= 0 && max(s.y0, s.y1) <= 1 {
				crossing = append(crossing, s)
			}
		}
		return crossing
	}
	near := cmpopts.EquateApprox(0, 1e-6)
	apart := []segment{{0, 1. / 6, 1. / 6, 0}, {1, 5. / 6, 5. / 6, 1}}
	if diff := cmp.Diff(apart, inside(0.6, 0), near, cmp.AllowUnexported(segment{})); diff != "" {
		t.Error(diff)
	}
	joined := []segment{{5. / 6, 0, 1, 1. / 6}, {1. / 6, 1, 0, 5. / 6}}
	if diff := cmp.Diff(joined, inside(1, 0.4), near, cmp.AllowUnexported(segment{})); diff != "" {
		t.Error(diff)
	}
}

func TestStroke(t *testing.T) {
	out := image.NewRGBA(image.Rect(0, 0, 9, 7))
	stroke(out, []segment{{2, 3, 6, 3}}, color.RGBA{R: 200, A: 255})
	for _, test := range []struct {
		x, y int
		want uint8
	}{
		{4, 3, 200}, {4, 4, 60}, {4, 5, 0}, {7, 3, 60}, {8, 3, 0}, {2, 2, 60},
	} {
		if got := out.RGBAAt(test.x, test.y).R; got != test.want {
			t.Errorf("pixel (%d, %d) has red %d, want %d", test.x, test.y, got, test.want)
		}
	}
	stroke(out, []segment{{-5, -5, -2, -2}, {20, 20, 30, 30}}, color.RGBA{R: 1, A: 255}) // beyond the picture
}
