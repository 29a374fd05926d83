package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/vnlang/vn/runtime/cpu/cooktoom"
)

var transformAlgorithms = [][2]int{{4, 5}, {2, 5}, {4, 3}, {2, 3}, {1, 1}, {3, 1}}

// sideMatrices returns the matrices of an algorithm by side.
func sideMatrices(m, r int) [sides][][]*big.Rat {
	a := cooktoom.New(m, r)
	return [sides][][]*big.Rat{
		SideInput: a.Input, SideOutput: a.Output, SideGradient: cooktoom.Transpose(a.Output),
		SideWeight: a.Weight, SideWeightGradient: cooktoom.Transpose(a.Weight),
	}
}

// transformed adds the products of the matrix with the columns of src to what is expected.
func transformed(want expectation, matrix [][]*big.Rat, dst []int, dstStride int, src []float32, from []int, srcStride int) {
	for i, column := range from {
		for j, row := range matrix {
			for k, exact := range row {
				factor, _ := exact.Float64()
				for lane := range Lanes {
					want.add(dst[i]+j*dstStride+lane, factor*float64(src[column+k*srcStride+lane]))
				}
			}
		}
	}
}

func TestTransform(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	onPaths(t, func(t *testing.T) {
		for _, mr := range transformAlgorithms {
			for side, matrix := range sideMatrices(mr[0], mr[1]) {
				transform := Transform(mr[0], mr[1], Side(side))
				rows, columns := len(matrix), len(matrix[0])
				for _, count := range [][2]int{{1, 1}, {2, 1}, {1, 3}, {9, 5}, {4, 2}} {
					inner, outer := count[0], count[1]
					for name, d := range map[string]struct{ dstStride, srcStride, dstInner, srcInner, dstOuter, srcOuter int }{
						"elements first": {16, 16, rows * 16, columns * 16, inner * rows * 16, inner * columns * 16},
						"elements last":  {outer * inner * 16, outer*inner*16 + 32, 16, 16, inner * 16, inner * 16},
						"overlapping":    {16 + 1, 16, (16 + 1) * rows, 32, (16+1)*rows*inner + 3, 32*inner + 1},
					} {
						t.Run(fmt.Sprintf("F(%d,%d)/%d/%dx%d/%s", mr[0], mr[1], side, inner, outer, name), func(t *testing.T) {
							from := offsets([]int{outer, inner}, []int{d.srcOuter, d.srcInner})
							to := offsets([]int{outer, inner}, []int{d.dstOuter, d.dstInner})
							src := guarded(from[len(from)-1] + (columns-1)*d.srcStride + Lanes)
							dst := guarded(to[len(to)-1] + (rows-1)*d.dstStride + Lanes)
							fillRuns(random, src, Lanes, offsets([]int{outer, inner, columns}, []int{d.srcOuter, d.srcInner, d.srcStride}))
							want := newExpectation()
							transformed(want, matrix, to, d.dstStride, src, from, d.srcStride)
							call := func(dst, src []float32) {
								transform(dst, src, d.dstStride, d.srcStride, inner, d.dstInner, d.srcInner, outer, d.dstOuter, d.srcOuter)
							}
							call(dst, src)
							want.check(t, dst)
							if !panics(func() { call(dst[:len(dst)-1], src) }) || !panics(func() { call(dst, src[:len(src)-1]) }) {
								t.Error("a column beyond the end of its slice does not panic")
							}
						})
					}
				}
			}
		}
	})
}

// A transform of as many elements as it has may be done in place.
func TestTransformInPlace(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	onPaths(t, func(t *testing.T) {
		matrix := sideMatrices(4, 5)[SideInput]
		data := guarded(5 * 8 * Lanes)
		fillRuns(random, data, len(data), []int{0})
		columns := offsets([]int{5}, []int{Lanes})
		want := newExpectation()
		transformed(want, matrix, columns, 5*Lanes, data, columns, 5*Lanes)
		Transform(4, 5, SideInput)(data, data, 5*Lanes, 5*Lanes, 5, Lanes, Lanes, 1, 0, 0)
		want.check(t, data)
	})
}

func TestRowTransform(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	onPaths(t, func(t *testing.T) {
		for _, mr := range transformAlgorithms {
			for side, matrix := range sideMatrices(mr[0], mr[1]) {
				transform := RowTransform(mr[0], mr[1], Side(side))
				if Side(side) != SideInput && Side(side) != SideGradient {
					if transform != nil {
						t.Errorf("F(%d,%d) has a row transform of side %d", mr[0], mr[1], side)
					}
					continue
				}
				for _, inner := range []int{1, 2, 7} {
					dstInner, srcInner, length := Lanes+2, Lanes*2, inner*2*Lanes
					dstStride := dstInner*inner + 5
					src := guarded(len(matrix[0]) * length)
					rows := make([]*float32, len(matrix[0]))
					for k := range rows {
						rows[k] = &src[(len(rows)-1-k)*length] // in an order that no stride gives
						fillRuns(random, src[(len(rows)-1-k)*length:], Lanes, offsets([]int{inner}, []int{srcInner}))
					}
					to := offsets([]int{inner}, []int{dstInner})
					dst := guarded(to[inner-1] + (len(matrix)-1)*dstStride + Lanes)
					want := newExpectation()
					last := (len(rows) - 1) * length
					from := offsets([]int{inner}, []int{srcInner})
					for i := range from {
						from[i] += last
					}
					transformed(want, matrix, to, dstStride, src, from, -length)
					transform(dst, dstStride, rows, inner, dstInner, srcInner)
					want.check(t, dst)
					if !panics(func() { transform(dst[:len(dst)-1], dstStride, rows, inner, dstInner, srcInner) }) {
						t.Error("a column beyond the end of its slice does not panic")
					}
				}
			}
		}
	})
}

func TestTransformNone(t *testing.T) {
	if Transform(6, 5, SideInput) != nil || RowTransform(6, 5, SideInput) != nil {
		t.Error("there is a transform of no algorithm")
	}
	f := Transform(4, 5, SideInput)
	f(nil, nil, 16, 16, 0, 16, 16, 3, 16, 16)
	if !panics(func() { f(make([]float32, 4096), make([]float32, 4096), -16, 16, 1, 16, 16, 1, 16, 16) }) {
		t.Error("a negative distance does not panic")
	}
}

// The blocked primitives take subnormal numbers for 0 on the vector paths, and leave the processor's mode as it was.
func TestBlockedSubnormals(t *testing.T) {
	tiny, one := filled(4096, 1e-40), filled(4096, 1)
	run := map[string]func(c []float32){
		"transform": func(c []float32) { Transform(4, 5, SideInput)(c, tiny, 16, 16, 2, 128, 128, 1, 0, 0) },
		"rows": func(c []float32) {
			p := &tiny[0]
			RowTransform(2, 3, SideInput)(c, 16, []*float32{p, p, p, p}, 2, 64, 16)
		},
		"multiply": func(c []float32) { Multiply(3, 2, 16, one, 16, 16, tiny, c, 32, 16, true) },
		"steps":    func(c []float32) { MultiplySteps(3, 1, []int32{0, 5}, tiny, 16, one, c, 32, 16, true) },
		"outer":    func(c []float32) { Outer(2, 9, tiny, 16, one, 16, 16, c, 32, 16, true) },
		"sums": func(c []float32) {
			var sums [Lanes]float64
			LaneSums(&sums, tiny)
			for lane, sum := range sums {
				c[lane] = float32(sum)
			}
		},
	}
	onPaths(t, func(t *testing.T) {
		for name, f := range run {
			c := make([]float32, 4096)
			f(c)
			for _, v := range c {
				if v != 0 && active != &portable {
					t.Fatalf("%s: a sum of subnormal numbers is %g, want 0", name, v)
				}
			}
			if small := math.Float32frombits(1); small*2 == 0 || small+small == 0 {
				t.Fatalf("%s: the processor still takes subnormal numbers for 0", name)
			}
		}
	})
}

func TestBlockedAllocatesNothing(t *testing.T) {
	src, dst, sums := filled(4096, 1), make([]float32, 4096), new([Lanes]float64)
	rows, steps := []*float32{&src[0], &src[16], &src[32], &src[48]}, []int32{0, 5}
	onPaths(t, func(t *testing.T) {
		transform, rowTransform := Transform(2, 3, SideInput), RowTransform(2, 3, SideInput)
		for name, f := range map[string]func(){
			"transform":    func() { transform(dst, src, 16, 16, 2, 64, 64, 2, 128, 128) },
			"rows":         func() { rowTransform(dst, 64, rows, 4, 16, 16) },
			"multiply":     func() { Multiply(9, 2, 16, src, 16, 16, src, dst, 32, 16, true) },
			"steps":        func() { MultiplySteps(9, 1, steps, src, 16, src, dst, 32, 16, true) },
			"outer":        func() { Outer(2, 9, src, 16, src, 16, 16, dst, 32, 16, true) },
			"interleave":   func() { Interleave(dst, src, 100, 9, 50) },
			"deinterleave": func() { Deinterleave(dst, 100, src, 9, 50) },
			"sums":         func() { LaneSums(sums, src) },
		} {
			if n := testing.AllocsPerRun(10, f); n != 0 {
				t.Errorf("%s allocates %g times", name, n)
			}
		}
	})
}
