package volume

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDice(t *testing.T) {
	for _, test := range []struct {
		name string
		a, b *Volume
		want float64
	}{
		{"half", values(1, 1, 0, 0), values(0, 1, 1, 0), 0.5},
		{"same", values(0, 3, 0), values(0, 1, 0), 1},
		{"apart", values(1, 0), values(0, 1), 0},
		{"one empty", values(0, 0), values(0, 1), 0},
		{"both empty", values(0, 0), values(0, 0), 1},
		{"uneven", values(1, 1, 1, 1, 0), values(1, 0, 0, 0, 0), 0.4},
	} {
		got, err := Dice(test.a, test.b)
		if err != nil || got != test.want {
			t.Errorf("%s: %v, %v, want %v", test.name, got, err, test.want)
		}
	}
	_, err := Dice(values(1), values(1, 0))
	checkError(t, err, "compare two masks: the grids differ in size: 1×1×1 and 2×1×1")
}

func TestMillilitres(t *testing.T) {
	v := New(grid(), Uint8)
	copy(v.Data, []float32{1, 0, 1, 1, 2})
	if got, want := Millilitres(v), 4*0.5*0.75*3/1000; math.Abs(got-want) > 1e-15 {
		t.Errorf("%v ml, want %v", got, want)
	}
}

func TestThreshold(t *testing.T) {
	got := Threshold(values(0.4, 0.5, 0.6, float32(math.NaN())), 0.5)
	if diff := cmp.Diff([]float32{0, 0, 1, 0}, got.Data); diff != "" || got.Type != Uint8 {
		t.Error(got.Type, diff)
	}
}

func TestBestThresholdDice(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 50 {
		image, label := values(make([]float32, 40)...), values(make([]float32, 40)...)
		for i := range image.Data {
			label.Data[i] = float32(r.IntN(2))
			image.Data[i] = float32(r.IntN(12)-6) - float32(r.IntN(2))*label.Data[i]
		}
		want := 0.0
		for _, t := range image.Data { // the definition
			above, below := values(make([]float32, 40)...), values(make([]float32, 40)...)
			for i, value := range image.Data {
				if value >= t {
					above.Data[i] = 1
				}
				if value <= t {
					below.Data[i] = 1
				}
			}
			a, _ := Dice(above, label)
			b, _ := Dice(below, label)
			want = max(want, a, b)
		}
		got, err := BestThresholdDice(image, label)
		if err != nil || math.Abs(got-want) > 1e-12 {
			t.Fatalf("%v, %v, want %v", got, err, want)
		}
	}
	negative, _ := BestThresholdDice(values(-3, -2, float32(math.Copysign(0, -1)), 0, 5), values(0, 0, 1, 1, 0))
	if want := 0.8; negative != want { // {-0, 0, 5} or {-3, -2, -0, 0}
		t.Errorf("%v, want %v", negative, want)
	}
	_, err := BestThresholdDice(values(1), values(1, 0))
	checkError(t, err, "threshold an image: the grids differ in size")
}
