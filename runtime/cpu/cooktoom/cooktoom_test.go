package cooktoom

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestExact checks every algorithm on its bilinear form: with unit vectors as input and taps, output i must be 1 where
// it takes input i+j times tap j, and 0 elsewhere.
func TestExact(t *testing.T) {
	algorithms := [][2]int{{4, 5}, {2, 5}, {4, 3}, {2, 3}}
	for m := 1; m <= maxIdentity; m++ {
		algorithms = append(algorithms, [2]int{m, 1})
	}
	for _, mr := range algorithms {
		a := New(mr[0], mr[1])
		if a == nil {
			t.Errorf("there is no F(%d, %d)", mr[0], mr[1])
			continue
		}
		for input := range a.N() {
			for tap := range a.R {
				for output := range a.M {
					got := new(big.Rat)
					for p := range a.N() {
						product := new(big.Rat).Mul(a.Weight[p][tap], a.Input[p][input])
						got.Add(got, product.Mul(product, a.Output[output][p]))
					}
					want := new(big.Rat)
					if input == output+tap {
						want.SetInt64(1)
					}
					if got.Cmp(want) != 0 {
						t.Errorf("F(%d, %d): coefficient of input %d and tap %d in output %d is %v, want %v", a.M, a.R, input, tap, output, got, want)
					}
				}
			}
		}
	}
}

func TestNone(t *testing.T) {
	for _, mr := range [][2]int{{0, 1}, {9, 1}, {6, 5}, {3, 3}, {4, 0}, {-1, 5}} {
		if New(mr[0], mr[1]) != nil {
			t.Errorf("F(%d, %d) exists", mr[0], mr[1])
		}
	}
}

// TestError bounds the error of the arithmetic in float32 in three dimensions, relative to the standard deviation of the
// output, on normally distributed input and weights of variance 2/(channels*taps).
func TestError(t *testing.T) {
	for _, test := range []struct {
		m     [3]int // z, y, x
		r     int
		bound float64
	}{
		{[3]int{4, 4, 4}, 5, 1.2e-5},
		{[3]int{2, 4, 4}, 5, 9e-6},
		{[3]int{2, 2, 2}, 5, 3e-6},
		{[3]int{4, 4, 4}, 3, 2.5e-6},
		{[3]int{2, 2, 2}, 3, 4e-7},
	} {
		var squares float64
		tiles := 256 / (test.m[0] * test.m[1] * test.m[2])
		random := rand.New(rand.NewPCG(1, 2))
		for range tiles {
			squares += relativeError(random, test.m, test.r)
		}
		got := math.Sqrt(squares / float64(tiles))
		t.Logf("F(%v, %d^3): %.2e", test.m, test.r, got)
		if !(got < test.bound) {
			t.Errorf("F(%v, %d^3): relative error %.2e, want below %.2e", test.m, test.r, got, test.bound)
		}
	}
}

// relativeError returns the square of the relative error of one tile.
func relativeError(random *rand.Rand, m [3]int, r int) float64 {
	const channels = 16
	normal := func(n int, deviation float64) []float32 {
		list := make([]float32, n)
		for i := range list {
			list[i] = float32(random.NormFloat64() * deviation)
		}
		return list
	}
	var axes [3]*Algorithm
	n := [3]int{}
	for axis := range axes {
		axes[axis] = New(m[axis], r)
		n[axis] = axes[axis].N()
	}
	taps := [3]int{r, r, r}
	var sum []float32 // at the points
	want := make([]float64, m[0]*m[1]*m[2])
	for range channels {
		in := normal(n[0]*n[1]*n[2], 1)
		weight := normal(r*r*r, math.Sqrt(2/float64(channels*r*r*r)))
		for z := range m[0] {
			for y := range m[1] {
				for x := range m[2] {
					for k, w := range weight {
						from := ((z+k/(r*r))*n[1]+y+k/r%r)*n[2] + x + k%r
						want[(z*m[1]+y)*m[2]+x] += float64(w) * float64(in[from])
					}
				}
			}
		}
		points, exact := in, make([]float64, len(weight))
		for i, w := range weight {
			exact[i] = float64(w)
		}
		size, weightSize := n, taps
		for axis, a := range axes {
			points, size = apply(a.Input, points, size, axis)
			exact, weightSize = apply(a.Weight, exact, weightSize, axis)
		}
		if sum == nil {
			sum = make([]float32, len(points))
		}
		for i, p := range points {
			sum[i] += p * float32(exact[i])
		}
	}
	out, size := sum, n
	for axis, a := range axes {
		out, size = apply(a.Output, out, size, axis)
	}
	var wrong float64
	for i, w := range want {
		wrong += (float64(out[i]) - w) * (float64(out[i]) - w)
	}
	return wrong / float64(2*len(want)) // the outputs' variance is 2
}

// apply multiplies a matrix onto one axis of a dense array.
func apply[T float32 | float64](matrix [][]*big.Rat, data []T, size [3]int, axis int) ([]T, [3]int) {
	inner := 1
	for _, n := range size[axis+1:] {
		inner *= n
	}
	result := size
	result[axis] = len(matrix)
	out := make([]T, result[0]*result[1]*result[2])
	for i := range out {
		before, j, after := i/(inner*len(matrix)), i/inner%len(matrix), i%inner
		for k, c := range matrix[j] {
			value, _ := c.Float64()
			out[i] += T(value) * data[(before*size[axis]+k)*inner+after]
		}
	}
	return out, result
}

func ExampleNew() {
	a := New(2, 3)
	for _, row := range a.Input {
		fmt.Println(row)
	}
	// Output:
	// [-1/1 0/1 1/1 0/1]
	// [0/1 1/1 1/1 0/1]
	// [0/1 -1/1 1/1 0/1]
	// [0/1 -1/1 0/1 1/1]
}
