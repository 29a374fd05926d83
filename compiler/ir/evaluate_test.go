package ir_test

import (
	"math"
	"math/bits"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vnlang/vn/compiler/ir"
)

func tensor(data []float64, axes ...ir.Axis) *ir.Tensor {
	return &ir.Tensor{Type: ir.NewType(axes...), Data: data}
}

func TestEvaluate(t *testing.T) {
	g := verified(t, soundText)
	x := tensor([]float64{1, 2, 3, 4, 5, 6}, axis("batch", 2), axis("x", 3))
	r, err := ir.Evaluate(g, ir.Context{}, map[string]*ir.Tensor{"x": x, "w": tensor([]float64{1, 10, 100}, axis("x", 3))})
	if err != nil {
		t.Fatal(err)
	}
	want := &ir.Result{
		Outputs: map[string]*ir.Tensor{"loss": tensor([]float64{975})},
		Updates: map[string]*ir.Tensor{"w": tensor([]float64{5, 7, 9}, axis("x", 3))},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Without a value, the parameter has the one of before the first step: ones.
	r, err = ir.Evaluate(g, ir.Context{}, map[string]*ir.Tensor{"x": x})
	if err != nil || r.Outputs["loss"].Data[0] != 21 {
		t.Errorf("with the initial parameter: %v, %v", r, err)
	}
	for _, c := range []struct {
		leaves map[string]*ir.Tensor
		want   string
	}{
		{nil, `evaluate: the input "x" is not given`},
		{
			map[string]*ir.Tensor{"x": tensor([]float64{1, 2}, axis("x", 2))},
			`evaluate: the input "x" is f32[batch 2, x 3]; it was given as f32[x 2] with 2 elements`,
		},
		{
			map[string]*ir.Tensor{"x": tensor([]float64{1, 2}, axis("batch", 2), axis("x", 3))},
			`evaluate: the input "x" is f32[batch 2, x 3]; it was given as f32[batch 2, x 3] with 2 elements`,
		},
	} {
		if _, err := ir.Evaluate(g, ir.Context{}, c.leaves); err == nil || err.Error() != c.want {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
	g.Batch = 0
	if _, err := ir.Evaluate(g, ir.Context{}, nil); err == nil {
		t.Error("a graph that breaks a rule is evaluated")
	}
}

// TestEvaluateRounds checks that the results of half types are rounded after every op.
func TestEvaluateRounds(t *testing.T) {
	g := verified(t, `
graph net inference batch 1
  a = constant value 1                 f32[]
  b = constant value 0.00048828125     f32[]
  c = cast(a) to f16                   f16[]
  d = cast(b) to f16                   f16[]
  e = add(c, d)                        f16[]
  f = add(e, d)                        f16[]
  output sum = f
`)
	r, err := ir.Evaluate(g, ir.Context{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	// d is half a unit of 1 in f16, a tie, so each addition rounds back to 1; without rounding in between, the sum would
	// be 1.0009765625, which f16 holds.
	if got := r.Outputs["sum"].Data[0]; got != 1 {
		t.Errorf("the sum is %v", got)
	}
}

// TestRound compares rounding with the definitions of the formats.
func TestRound(t *testing.T) {
	for _, c := range []struct {
		d       ir.DType
		x, want float64
	}{
		{ir.F32, 0.1, 0.1},
		{ir.F16, 1. / 3, 0.333251953125},
		{ir.F16, 2049, 2048}, {ir.F16, 2051, 2052}, // ties to even
		{ir.F16, -65519, -65504}, {ir.F16, 65520, math.Inf(1)}, {ir.F16, math.Inf(-1), math.Inf(-1)},
		{ir.F16, 0x1p-24, 0x1p-24}, {ir.F16, 0x1p-25, 0}, {ir.F16, 0x1.8p-25, 0x1p-24}, {ir.F16, 0x3p-25, 0x1p-23},
		{ir.BF16, 0x1.fefp127, 0x1.fep127}, {ir.BF16, -0x1.ffp127, math.Inf(-1)},
		{ir.BF16, 0x1p-133, 0x1p-133}, {ir.BF16, 0x1p-134, 0},
	} {
		if got := c.d.Round(c.x); got != c.want {
			t.Errorf("%s: %v rounds to %v, want %v", c.d, c.x, got, c.want)
		}
	}
	if !math.IsNaN(ir.F16.Round(math.NaN())) || !math.Signbit(ir.BF16.Round(math.Copysign(0, -1))) {
		t.Error("NaN or the sign of zero is lost")
	}
	// bf16 is the upper half of float32's bits, so integers round as the number does.
	for i := range uint32(100000) {
		b := bits.Reverse32(i) &^ (1 << 31)
		x := math.Float32frombits(b)
		if math.IsNaN(float64(x)) {
			continue
		}
		upper := math.Float32frombits((b + 0x7fff + b>>16&1) &^ 0xffff)
		if got := ir.BF16.Round(float64(x)); got != float64(upper) {
			t.Fatalf("%v rounds to %v, by its bits to %v", x, got, upper)
		}
	}
}
