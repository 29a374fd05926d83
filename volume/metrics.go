package volume

import (
	"fmt"
	"math"
	"slices"
)

// Threshold returns a mask (Type Uint8) that is 1 where the volume is above t and 0 elsewhere.
func Threshold(v *Volume, t float32) *Volume {
	mask := New(v.Geometry, Uint8)
	for i, value := range v.Data {
		if value > t {
			mask.Data[i] = 1
		}
	}
	return mask
}

// Dice returns the Dice coefficient 2|A∩B|/(|A|+|B|) of the non-zero voxels of two masks on one grid, and an error
// where the grids differ (SameGrid).
//
// Two empty masks agree, and have Dice 1. Other programs answer this case otherwise: nnU-Net gives NaN, and leaves it
// out of the mean; MONAI's DiceMetric gives NaN whenever the reference is empty, or 1 with ignore_empty=False.
func Dice(a, b *Volume) (float64, error) {
	if err := SameGrid(a.Geometry, b.Geometry); err != nil {
		return 0, fmt.Errorf("compare two masks: %w", err)
	}
	return DiceOfVoxels(a.Data, b.Data), nil
}

// DiceOfVoxels is Dice for the voxels alone, of which a and b have the same number in the same order.
func DiceOfVoxels(a, b []float32) float64 {
	var inA, inB, inBoth int
	for i := range a {
		if a[i] != 0 {
			inA++
			if b[i] != 0 {
				inBoth++
			}
		}
		if b[i] != 0 {
			inB++
		}
	}
	if inA+inB == 0 {
		return 1
	}
	return overlap(inBoth, inA, inB)
}

// Millilitres returns the volume in ml (1000 mm³) that a mask's non-zero voxels fill.
func Millilitres(mask *Volume) float64 {
	count := 0
	for _, value := range mask.Data {
		if value != 0 {
			count++
		}
	}
	return float64(count) * mask.Spacing[0] * mask.Spacing[1] * mask.Spacing[2] / 1000
}

// BestThresholdDice returns the highest Dice coefficient with the label that any one threshold of the image reaches,
// over all its values t and both image >= t and image <= t: how well the task is solved without looking at anything
// but the brightness of single voxels. The two must stand on one grid.
func BestThresholdDice(image, label *Volume) (float64, error) {
	if err := SameGrid(image.Geometry, label.Geometry); err != nil {
		return 0, fmt.Errorf("threshold an image: %w", err)
	}
	// A voxel becomes one number that sorts by brightness and carries its label in the lowest bit.
	keys := make([]uint64, len(image.Data))
	foreground := 0
	for i, value := range image.Data {
		bits := math.Float32bits(value + 0) // + 0 makes -0 and 0 one value
		if bits>>31 == 1 {
			bits = ^bits
		} else {
			bits |= 1 << 31
		}
		keys[i] = uint64(bits) << 1
		if label.Data[i] != 0 {
			keys[i] |= 1
			foreground++
		}
	}
	slices.Sort(keys)

	best := 0.0
	below, belowInside := 0, 0 // voxels so far, and those of them inside the label
	for i := 0; i < len(keys); {
		above, aboveInside := len(keys)-below, foreground-belowInside
		best = max(best, overlap(aboveInside, above, foreground))
		for value := keys[i] >> 1; i < len(keys) && keys[i]>>1 == value; i++ {
			below++
			belowInside += int(keys[i] & 1)
		}
		best = max(best, overlap(belowInside, below, foreground))
	}
	return best, nil
}

// overlap is the Dice coefficient of sets of a and b voxels that share inBoth, and 0 for two empty sets.
func overlap(inBoth, a, b int) float64 {
	if a+b == 0 {
		return 0
	}
	return 2 * float64(inBoth) / float64(a+b)
}
