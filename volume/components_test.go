package volume

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// flood is the definition: the components by flood fill, and the first of the largest.
func flood(v *Volume) []float32 {
	best := make([]float32, len(v.Data))
	bestCount := 0
	seen := make([]bool, len(v.Data))
	steps := [6][3]int{{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}}
	for start := range v.Data {
		if seen[start] || v.Data[start] == 0 {
			continue
		}
		component := make([]float32, len(v.Data))
		count := 0
		stack := []int{start}
		seen[start] = true
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			component[i] = 1
			count++
			for _, d := range steps {
				x, y, z := i%v.Size[0]+d[0], i/v.Size[0]%v.Size[1]+d[1], i/(v.Size[0]*v.Size[1])+d[2]
				if x < 0 || y < 0 || z < 0 || x >= v.Size[0] || y >= v.Size[1] || z >= v.Size[2] {
					continue
				}
				j := (z*v.Size[1]+y)*v.Size[0] + x
				if v.Data[j] != 0 && !seen[j] {
					seen[j] = true
					stack = append(stack, j)
				}
			}
		}
		if count > bestCount {
			best, bestCount = component, count
		}
	}
	return best
}

func TestLargestComponentAgainstFloodFill(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, density := range []float64{0, 0.05, 0.2, 0.31, 0.5, 0.8, 1} {
		for range 20 {
			g := Geometry{
				Size:    [3]int{1 + r.IntN(12), 1 + r.IntN(12), 1 + r.IntN(12)},
				Spacing: [3]float64{1, 1, 1}, Direction: identity,
			}
			v := New(g, Uint8)
			for i := range v.Data {
				if r.Float64() < density {
					v.Data[i] = float32(1 + r.IntN(3))
				}
			}
			if diff := cmp.Diff(flood(v), LargestComponent(v).Data); diff != "" {
				t.Fatalf("density %v, size %v: %s", density, g.Size, diff)
			}
		}
	}
}

func TestLargestComponentTie(t *testing.T) {
	if diff := cmp.Diff([]float32{0, 1, 1, 0, 0, 0, 0}, LargestComponent(values(0, 1, 1, 0, 1, 1, 0)).Data); diff != "" {
		t.Error(diff)
	}
}
