package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// specials are the values at which float32 arithmetic has cases.
func specials() []float32 {
	list := []float32{0, 1, 0.5, 1.5, 2, 3, 1e-3, 88.7, 89, 104, 1e10, math.MaxFloat32, math.SmallestNonzeroFloat32, 1e-40, 1 << 23, 1<<24 - 1, float32(math.Inf(1))}
	for _, value := range list {
		list = append(list, -value)
	}
	return append(list, float32(math.NaN()))
}

// mixed draws n values, special ones among them.
func mixed(random *rand.Rand, n int) []float32 {
	list := specials()
	values := randomValues(random, n)
	for i := range values {
		if random.IntN(3) == 0 {
			values[i] = list[random.IntN(len(list))]
		}
	}
	return values
}

func same(a, b float32) bool {
	return a != a && b != b || math.Float32bits(a) == math.Float32bits(b)
}

// binaries are the exported maps of two operands and what they mean.
var binaries = []struct {
	name string
	f    func(dst, a, b []float32)
	want func(x, y float32) float32
}{
	{"Add", Add, func(x, y float32) float32 { return x + y }},
	{"Sub", Sub, func(x, y float32) float32 { return x - y }},
	{"Mul", Mul, func(x, y float32) float32 { return x * y }},
	{"Div", Div, func(x, y float32) float32 { return x / y }},
	{"Max", Max, func(x, y float32) float32 { return nanOr(x, y, math.Max) }},
	{"Min", Min, func(x, y float32) float32 { return nanOr(x, y, math.Min) }},
	{"Eq", Eq, func(x, y float32) float32 { return map[bool]float32{true: 1}[x == y] }},
	{"Ne", Ne, func(x, y float32) float32 { return map[bool]float32{true: 1}[x != y] }},
	{"Lt", Lt, func(x, y float32) float32 { return map[bool]float32{true: 1}[x < y] }},
	{"Le", Le, func(x, y float32) float32 { return map[bool]float32{true: 1}[x <= y] }},
	{"Gt", Gt, func(x, y float32) float32 { return map[bool]float32{true: 1}[x > y] }},
	{"Ge", Ge, func(x, y float32) float32 { return map[bool]float32{true: 1}[x >= y] }},
	{"Pow", Pow, func(x, y float32) float32 { return float32(math.Pow(float64(x), float64(y))) }},
}

// nanOr is f of x and y, NaN where one is: math.Max prefers infinities.
func nanOr(x, y float32, f func(x, y float64) float64) float32 {
	if x != x || y != y {
		return float32(math.NaN())
	}
	return float32(f(float64(x), float64(y)))
}

var unaries = []struct {
	name string
	f    func(dst, a []float32)
	want func(x float32) float32
}{
	{"Neg", Neg, func(x float32) float32 { return float32(math.Copysign(float64(x), -math.Copysign(1, float64(x)))) }},
	{"Abs", Abs, func(x float32) float32 { return float32(math.Abs(float64(x))) }},
	{"Sqrt", Sqrt, func(x float32) float32 { return float32(math.Sqrt(float64(x))) }},
	{"Floor", Floor, func(x float32) float32 { return float32(math.Floor(float64(x))) }},
	{"Exp", Exp, exp}, // the steps that every path must take; TestExpLogAccuracy holds them to math.Exp
	{"Log", Log, log},
}

func TestMapsOfEverySize(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(5, 6))
		for n := range 70 {
			checkMaps(t, random, n)
		}
		checkMaps(t, random, callValues+37)
	})
}

func checkMaps(t *testing.T, random *rand.Rand, n int) {
	t.Helper()
	// Both operands whole, then either of one value, then the result in the place of an operand.
	for variant := range 5 {
		a, b := mixed(random, n), mixed(random, n)
		if variant == 1 || variant == 3 {
			a = mixed(random, 1)
		}
		if variant == 2 || variant == 3 {
			b = mixed(random, 1)
		}
		for _, m := range binaries {
			want := make([]float32, n)
			for i := range want {
				want[i] = m.want(at(a, i), at(b, i))
			}
			dst, left := newGuard(n, canary), a
			if variant == 4 {
				copy(dst.values, a)
				left = dst.values
			}
			m.f(dst.values, left, b)
			expect(t, fmt.Sprintf("%s of %d, variant %d", m.name, n, variant), dst, want)
		}
		for _, m := range unaries {
			want := make([]float32, n)
			for i := range want {
				want[i] = m.want(at(a, i))
			}
			dst := newGuard(n, canary)
			m.f(dst.values, a)
			expect(t, fmt.Sprintf("%s of %d, variant %d", m.name, n, variant), dst, want)
		}
		condition, dst, want := mixed(random, n), newGuard(n, canary), make([]float32, n)
		for i := range want {
			want[i] = at(b, i)
			if condition[i] != 0 {
				want[i] = at(a, i)
			}
		}
		Select(dst.values, condition, a, b)
		expect(t, fmt.Sprintf("Select of %d, variant %d", n, variant), dst, want)
	}
}

func expect(t *testing.T, name string, got guard, want []float32) {
	t.Helper()
	for i := range want {
		if !same(got.values[i], want[i]) {
			t.Fatalf("%s: value %d is %g, want %g", name, i, got.values[i], want[i])
		}
	}
	got.check(t, name)
}

func TestMapsOfSpecialValues(t *testing.T) {
	list := specials()
	var a, b []float32
	for _, x := range list {
		for _, y := range list {
			a, b = append(a, x), append(b, y)
		}
	}
	eachPath(t, func(t *testing.T) {
		for _, m := range binaries {
			dst := make([]float32, len(a))
			m.f(dst, a, b)
			for i := range dst {
				if want := m.want(a[i], b[i]); !same(dst[i], want) {
					t.Errorf("%s(%g, %g) is %g, want %g", m.name, a[i], b[i], dst[i], want)
				}
			}
		}
		for _, m := range unaries {
			dst := make([]float32, len(a))
			m.f(dst, a)
			for i := range dst {
				if want := m.want(a[i]); !same(dst[i], want) {
					t.Errorf("%s(%g) is %g, want %g", m.name, a[i], dst[i], want)
				}
			}
		}
	})
}

// TestExpLogAccuracy holds a sample of all float32 values to one unit in the last place of the float64 functions.
func TestExpLogAccuracy(t *testing.T) {
	for bits := uint64(0); bits < 1<<32; bits += 7919 {
		x := math.Float32frombits(uint32(bits))
		if got, want := exp(x), math.Exp(float64(x)); !within(got, want) {
			t.Fatalf("exp(%g) is %g, want %g", x, got, want)
		}
		if got, want := log(x), math.Log(float64(x)); !within(got, want) {
			t.Fatalf("log(%g) is %g, want %g", x, got, want)
		}
	}
}

// within reports whether got is at most one float32 away from want.
func within(got float32, want float64) bool {
	nearest := float32(want)
	return same(got, nearest) || got == math.Nextafter32(nearest, got) && math.Abs(float64(got)) <= math.MaxFloat32
}

func TestReductions(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{0, 1, 2, 31, 32, 33, 63, 64, 65, 100, 1000, callValues, 3*callValues + 45} {
		x := randomValues(random, n)
		sum, size, greatest, least := 0.0, 0.0, math.Inf(-1), math.Inf(1)
		for _, value := range x {
			sum += float64(value)
			size += math.Abs(float64(value))
			greatest, least = max(greatest, float64(value)), min(least, float64(value))
		}
		var first float32
		eachPath(t, func(t *testing.T) {
			got := SumOf(x)
			if math.Abs(float64(got)-sum) > 1e-6*size {
				t.Errorf("sum of %d values is %g, want %g", n, got, sum)
			}
			if active == paths[0] {
				first = got
			} else if !same(first, got) {
				t.Errorf("sum of %d values is %b, on %s it is %b", n, got, paths[0].name, first)
			}
			if got := MaxOf(x); float64(got) != greatest {
				t.Errorf("greatest of %d values is %g, want %g", n, got, greatest)
			}
			if got := MinOf(x); float64(got) != least {
				t.Errorf("least of %d values is %g, want %g", n, got, least)
			}
			for i := range min(n, 70) {
				kept := x[i]
				x[i] = float32(math.NaN())
				if got := [3]float32{SumOf(x), MaxOf(x), MinOf(x)}; got[0] == got[0] || got[1] == got[1] || got[2] == got[2] {
					t.Fatalf("value %d of %d is NaN, but sum, max and min are %v", i, n, got)
				}
				x[i] = kept
			}
		})
	}
}

func TestGatherScatterFill(t *testing.T) {
	for n := range 20 {
		for step := 1; step < 5; step++ {
			src := make([]float32, n*step)
			for i := range src {
				src[i] = float32(i)
			}
			dst, back := newGuard(n, -1), newGuard(n*step, -1)
			Gather(dst.values, src, step)
			Scatter(back.values, dst.values, step)
			for i := range n {
				if dst.values[i] != float32(i*step) {
					t.Fatalf("Gather %d by %d: value %d is %g", n, step, i, dst.values[i])
				}
			}
			for i, value := range back.values {
				if want := map[bool]float32{true: float32(i), false: -1}[i%step == 0]; value != want {
					t.Fatalf("Scatter %d by %d: value %d is %g, want %g", n, step, i, value, want)
				}
			}
			Fill(dst.values, 3)
			for _, value := range dst.values {
				if value != 3 {
					t.Fatalf("Fill left %g", value)
				}
			}
			dst.check(t, "Gather and Fill")
			back.check(t, "Scatter")
		}
	}
}
