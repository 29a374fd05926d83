package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestMatMul(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		pool := NewPool(2)
		defer pool.Close()
		random := rand.New(rand.NewPCG(3, 4))
		sizes := []int{1, 2, 3, 5, 8, 15, 16, 17, 33, 48, 49, 70}
		for range 60 {
			batch := 1 + random.IntN(3)
			m, n, k := sizes[random.IntN(len(sizes))], sizes[random.IntN(len(sizes))], sizes[random.IntN(len(sizes))]
			checkMatMul(t, pool, random, batch, m, n, k)
		}
		checkMatMul(t, pool, random, 1, 3, 2500, 2)
		checkMatMul(t, pool, random, 1, 90, 3, 1100)
	})
}

func checkMatMul(t *testing.T, pool *Pool, random *rand.Rand, batch, m, n, k int) {
	t.Helper()
	for variant := range 4 {
		transposeA, transposeB := variant&1 != 0, variant&2 != 0
		a, b := randomValues(random, batch*m*k), randomValues(random, batch*k*n)
		want := make([]float64, batch*m*n)
		for i := range want {
			s, row, column := i/n/m, i/n%m, i%n
			for j := range k {
				x, y := a[(s*m+row)*k+j], b[(s*k+j)*n+column]
				if transposeA {
					x = a[(s*k+j)*m+row]
				}
				if transposeB {
					y = b[(s*n+column)*k+j]
				}
				want[i] += float64(x) * float64(y)
			}
		}
		name := fmt.Sprintf("%d of %dx%dx%d, transposed %v %v", batch, m, n, k, transposeA, transposeB)
		nan := float32(math.NaN())
		scratch, c := newGuard(MatMulWorkspace(m, n, k), nan), newGuard(len(want), nan)
		MatMul(pool, batch, m, n, k, a, b, c.values, transposeA, transposeB, scratch.values)
		compare(t, name, c.values, want)
		scratch.check(t, name)
		c.check(t, name)
	}
}
