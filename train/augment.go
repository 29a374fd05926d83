package train

import (
	"fmt"
	"math"

	"github.com/vnlang/vn/internal/rng"
)

// augmentation changes a sample, as the random stream says. The stream belongs to this augmentation of this sample
// alone, so that it may draw as much as it likes.
type augmentation func(r *rng.Stream, s sample, size [3]int)

// augmentations are what a data block may name. Each reads its arguments once.
var augmentations = map[string]func(a *arguments) augmentation{
	// flip turns a sample over along each of the axes with probability one half. axes: a list of x, y, z (all).
	"flip": func(a *arguments) augmentation {
		on := a.axes("axes")
		return func(r *rng.Stream, s sample, size [3]int) { flip(r, s, size, on) }
	},
	// shift moves a sample by a whole number of voxels along each axis, uniform in ±voxels: one number, or a list for x,
	// y, z. The voxels that come in from outside repeat the border, in image and label alike.
	"shift": func(a *arguments) augmentation {
		most := a.triple("voxels", 0)
		return func(r *rng.Stream, s sample, size [3]int) { shift(r, s, size, most) }
	},
	// intensity scales the image by a factor uniform in 1 ± scale and adds a number uniform in ± shift; after normalize
	// the unit is one standard deviation.
	"intensity": func(a *arguments) augmentation {
		scale, offset := a.number("scale", 0), a.number("shift", 0)
		return func(r *rng.Stream, s sample, _ [3]int) {
			factor, add := float32(r.Uniform(1-scale, 1+scale)), float32(r.Uniform(-offset, offset))
			for i, value := range s.image {
				s.image[i] = float32(value*factor) + add // rounded twice on every machine: no fused multiply-add
			}
		}
	},
}

func newAugmentations(list []Transform) ([]augmentation, error) {
	out := make([]augmentation, len(list))
	for i, t := range list {
		build, known := augmentations[t.Name]
		if !known {
			return nil, fmt.Errorf("there is no %s: choose from flip, intensity and shift", t.Name)
		}
		a := arguments{transform: t}
		out[i] = build(&a)
		if err := a.done(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func flip(r *rng.Stream, s sample, size [3]int, on [3]bool) {
	from := unmoved(size)
	for axis := range 3 {
		// Drawn for every axis, so that the choice of axes does not change what happens along the others.
		if turned := r.Uint64()&1 == 1; !turned || !on[axis] {
			continue
		}
		for i := range from[axis] {
			from[axis][i] = size[axis] - 1 - i
		}
	}
	gather(s, size, from)
}

func shift(r *rng.Stream, s sample, size [3]int, most [3]float64) {
	from := unmoved(size)
	for axis := range 3 {
		limit := int(math.Min(most[axis], float64(size[axis])))
		by := r.Intn(2*limit+1) - limit
		for i := range from[axis] {
			from[axis][i] = min(max(i+by, 0), size[axis]-1)
		}
	}
	gather(s, size, from)
}

// unmoved returns the indices along x, y, z.
func unmoved(size [3]int) (from [3][]int) {
	for axis := range 3 {
		from[axis] = make([]int, size[axis])
		for i := range from[axis] {
			from[axis][i] = i
		}
	}
	return from
}

// gather replaces each voxel by that at index (from[0][x], from[1][y], from[2][z]).
func gather(s sample, size [3]int, from [3][]int) {
	for _, data := range [][]float32{s.image, s.label} {
		old := append([]float32(nil), data...)
		for z := range size[2] {
			for y := range size[1] {
				source := old[(from[2][z]*size[1]+from[1][y])*size[0]:][:size[0]]
				row := data[(z*size[1]+y)*size[0]:][:size[0]]
				for x := range row {
					row[x] = source[from[0][x]]
				}
			}
		}
	}
}
