package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// product is the operands of a product of rows by vectors blocks of lanes, at the given offsets: the scalar of a term
// and a row, and the vector of a term and a block.
type product struct {
	rows, vectors, terms int
	scalar               func(term, row int) int
	vector               func(term, block int) int
	cRow, cVector        int
}

// operands returns guarded operands, which end where the last value is, and the result before the product.
func (p product) operands(random *rand.Rand, add bool) (a, b, c []float32) {
	sized := func(count int, last []int) []float32 {
		end := 0
		for _, offset := range last {
			end = max(end, offset+count)
		}
		return guarded(end)
	}
	var scalars, vectors []int
	for d := range p.terms {
		for i := range p.rows {
			scalars = append(scalars, p.scalar(d, i))
		}
		for v := range p.vectors {
			vectors = append(vectors, p.vector(d, v))
		}
	}
	results := offsets([]int{p.rows, p.vectors}, []int{p.cRow, p.cVector})
	a, b, c = sized(1, scalars), sized(Lanes, vectors), sized(Lanes, results)
	fillRuns(random, a, 1, scalars)
	fillRuns(random, b, Lanes, vectors)
	if add {
		fillRuns(random, c, Lanes, results)
	}
	return a, b, c
}

// want returns the product's result.
func (p product) want(a, b, c []float32, add bool) expectation {
	want := newExpectation()
	for i := range p.rows {
		for v := range p.vectors {
			for lane := range Lanes {
				at := i*p.cRow + v*p.cVector + lane
				if add {
					want.add(at, float64(c[at]))
				}
				for d := range p.terms {
					want.add(at, float64(a[p.scalar(d, i)])*float64(b[p.vector(d, v)+lane]))
				}
			}
		}
	}
	return want
}

// check runs a product and compares its result.
func (p product) check(t *testing.T, random *rand.Rand, add bool, run func(a, b, c []float32)) {
	t.Helper()
	a, b, c := p.operands(random, add)
	want := p.want(a, b, c, add)
	run(a, b, c)
	want.check(t, c)
	if !panics(func() { run(a, b[:len(b)-1], c) }) || !panics(func() { run(a, b, c[:len(c)-1]) }) {
		t.Error("an operand beyond the end of its slice does not panic")
	}
}

func TestMultiply(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	onPaths(t, func(t *testing.T) {
		for rows := 1; rows <= 17; rows++ {
			for vectors := 1; vectors <= 2; vectors++ {
				for _, depth := range []int{16, 32, 64} {
					for _, d := range []struct{ aRow, aBlock, cRow, cVector int }{
						{depth, 16, vectors * 16, 16},
						{16, rows*16 + 8, 16, rows*16 + 4},
						{depth + 3, 16, 40, 19},
					} {
						for _, add := range []bool{false, true} {
							t.Run(fmt.Sprintf("%dx%dx%d/%v/%v", rows, vectors, depth, d, add), func(t *testing.T) {
								p := product{
									rows, vectors, depth,
									func(term, row int) int { return row*d.aRow + term/16*d.aBlock + term%16 },
									func(term, block int) int { return (term*vectors + block) * 16 },
									d.cRow, d.cVector,
								}
								p.check(t, random, add, func(a, b, c []float32) {
									Multiply(rows, vectors, depth, a, d.aRow, d.aBlock, b, c, d.cRow, d.cVector, add)
								})
								a, b, c := p.operands(random, add)
								if !panics(func() { Multiply(rows, vectors, depth, a[:len(a)-1], d.aRow, d.aBlock, b, c, d.cRow, d.cVector, add) }) {
									t.Error("a row beyond the end of its slice does not panic")
								}
							})
						}
					}
				}
			}
		}
	})
}

// The result of a row does not depend on how many are multiplied at once, and a long product is cut into calls.
func TestMultiplyRows(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	rows, depth := 2*callRows(1024*2)+13, 1024
	p := product{
		rows, 2, depth,
		func(term, row int) int { return row*depth + term },
		func(term, block int) int { return (term*2 + block) * 16 },
		32, 16,
	}
	a, b, whole := p.operands(random, false)
	onPaths(t, func(t *testing.T) {
		Multiply(rows, 2, depth, a, depth, 16, b, whole, 32, 16, false)
		for _, group := range []int{1, 3, 50} {
			parts := guarded(len(whole))
			for start := 0; start < rows; start += group {
				Multiply(min(group, rows-start), 2, depth, a[start*depth:], depth, 16, b, parts[start*32:], 32, 16, false)
			}
			if difference := cmp.Diff(whole, parts); difference != "" {
				t.Errorf("groups of %d rows (-whole +parts):\n%.500s", group, difference)
			}
		}
	})
}

func TestMultiplySteps(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	onPaths(t, func(t *testing.T) {
		for rows := 1; rows <= 17; rows++ {
			for vectors := 1; vectors <= 2; vectors++ {
				for _, steps := range [][]int32{{0}, {7, 3, 0, 3, 21}, {0, 1, 2, 30, 31, 32, 60, 61, 62, 90, 91, 92, 5, 6, 7, 8, 9}} {
					for _, aRow := range []int{1, 100} {
						for _, add := range []bool{false, true} {
							t.Run(fmt.Sprintf("%dx%dx%d/%d/%v", rows, vectors, len(steps), aRow, add), func(t *testing.T) {
								p := product{
									rows, vectors, len(steps),
									func(term, row int) int { return row*aRow + int(steps[term]) },
									func(term, block int) int { return (term*vectors + block) * 16 },
									vectors*16 + 4, 16,
								}
								p.check(t, random, add, func(a, b, c []float32) {
									MultiplySteps(rows, vectors, steps, a, aRow, b, c, vectors*16+4, 16, add)
								})
							})
						}
					}
				}
			}
		}
	})
}

func TestOuter(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	onPaths(t, func(t *testing.T) {
		for vectors := 1; vectors <= 2; vectors++ {
			for _, depth := range []int{1, 2, 7, 16, 33} {
				for _, d := range []struct{ aStep, bStep, bVector, cRow, cVector int }{
					{16, vectors * 16, 16, vectors * 16, 16},
					{9, 17, depth*17 + 2, 19, 19*8 + 3},
				} {
					for _, add := range []bool{false, true} {
						t.Run(fmt.Sprintf("%dx%d/%v/%v", vectors, depth, d, add), func(t *testing.T) {
							p := product{
								8, vectors, depth,
								func(term, row int) int { return term*d.aStep + row },
								func(term, block int) int { return term*d.bStep + block*d.bVector },
								d.cRow, d.cVector,
							}
							p.check(t, random, add, func(a, b, c []float32) {
								Outer(vectors, depth, a, d.aStep, b, d.bStep, d.bVector, c, d.cRow, d.cVector, add)
							})
							a, b, c := p.operands(random, add)
							if !panics(func() { Outer(vectors, depth, a[:len(a)-1], d.aStep, b, d.bStep, d.bVector, c, d.cRow, d.cVector, add) }) {
								t.Error("a row beyond the end of its slice does not panic")
							}
						})
					}
				}
			}
		}
	})
}

// What no product has is refused before anything is touched.
func TestMultiplyRefuses(t *testing.T) {
	s := make([]float32, 4096)
	for name, f := range map[string]func(){
		"depth 8":           func() { Multiply(1, 1, 8, s, 16, 16, s, s, 16, 16, false) },
		"depth 0":           func() { Multiply(1, 1, 0, s, 16, 16, s, s, 16, 16, false) },
		"three vectors":     func() { Multiply(1, 3, 16, s, 16, 16, s, s, 16, 16, false) },
		"negative distance": func() { Multiply(2, 1, 16, s[2048:], -16, 16, s, s, 16, 16, false) },
		"no steps":          func() { MultiplySteps(1, 1, nil, s, 16, s, s, 16, 16, false) },
		"no depth":          func() { Outer(1, 0, s, 16, s, 16, 16, s, 16, 16, false) },
		"backwards":         func() { Outer(1, 2, s[2048:], -16, s, 16, 16, s, 16, 16, false) },
	} {
		if !panics(f) {
			t.Errorf("%s does not panic", name)
		}
	}
	Multiply(0, 1, 16, nil, 16, 16, nil, nil, 16, 16, false)
}
