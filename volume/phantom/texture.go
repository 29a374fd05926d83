package phantom

import (
	"math"

	"github.com/vnlang/vn/internal/rng"
)

// latticeSize is the period of a texture, a power of two.
const latticeSize = 32

// texture is smooth noise in space (Perlin's value noise): random numbers on a periodic lattice and cubic blending
// between them.
type texture struct {
	lattice []float32 // latticeSize³, uniform on -1..1
}

func newTexture(r *rng.Stream) *texture {
	t := &texture{lattice: make([]float32, latticeSize*latticeSize*latticeSize)}
	for i := range t.lattice {
		t.lattice[i] = float32(r.Uniform(-1, 1))
	}
	return t
}

// at returns the noise at a position, about -1 to 1, whose blobs are a scale in mm apart. Different shifts of whole
// numbers give unrelated noise.
func (t *texture) at(p point, scale float64, shift int) float64 {
	var low, high [3]int
	var weight [3]float64
	// The lattice is turned against the axes of slices, so that its squares do not show.
	turned := point{0.80*p[0] - 0.48*p[1] + 0.36*p[2], 0.60*p[0] + 0.64*p[1] - 0.48*p[2], 0.60*p[1] + 0.80*p[2]}
	for a := range 3 {
		u := turned[a] / scale
		floor := math.Floor(u)
		f := u - floor
		weight[a] = f * f * (3 - 2*f)
		i := int(floor) + shift*(7+4*a)
		low[a], high[a] = i&(latticeSize-1), (i+1)&(latticeSize-1)
	}
	line := func(y, z int) float64 {
		row := (z*latticeSize + y) * latticeSize
		a, b := float64(t.lattice[row+low[0]]), float64(t.lattice[row+high[0]])
		return a + weight[0]*(b-a)
	}
	a := paint(line(low[1], low[2]), line(high[1], low[2]), weight[1])
	b := paint(line(low[1], high[2]), line(high[1], high[2]), weight[1])
	return paint(a, b, weight[2])
}
