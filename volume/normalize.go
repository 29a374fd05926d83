package volume

import (
	"fmt"
	"math"
)

// CheckFinite reports voxels that are NaN or infinite: how many, and the index of the first.
func CheckFinite(v *Volume) error {
	count, first := 0, 0
	for i, value := range v.Data {
		if value-value != 0 {
			if count == 0 {
				first = i
			}
			count++
		}
	}
	if count == 0 {
		return nil
	}
	plane := v.Size[0] * v.Size[1]
	return fmt.Errorf("%d of %d voxels are NaN or infinite, the first at index (%d, %d, %d): replace them before use",
		count, len(v.Data), first%v.Size[0], first%plane/v.Size[0], first/plane)
}

// Rescale maps the volume's values in place so that its smallest is 0 and its largest 1, as the released V-Net code
// does with a whole volume before resampling it. The volume becomes of Type Float32. A voxel that is not finite, and
// a volume of one value only, are errors.
func Rescale(v *Volume) error {
	if err := CheckFinite(v); err != nil {
		return fmt.Errorf("rescale a volume: %w", err)
	}
	low, high := float32(math.Inf(1)), float32(math.Inf(-1))
	for _, value := range v.Data { // none is NaN, of which min and max would have to think
		if value < low {
			low = value
		}
		if value > high {
			high = value
		}
	}
	if !(high > low) {
		return fmt.Errorf("rescale a volume: every voxel is %v, so there is nothing to see in it", low)
	}
	scale := 1 / (float64(high) - float64(low))
	for i, value := range v.Data {
		v.Data[i] = float32((float64(value) - float64(low)) * scale)
	}
	v.Type = Float32
	return nil
}

// Normalize gives the volume's voxels zero mean and unit deviation in place, by the rule of the released V-Net code:
// mean and (population) standard deviation are those of the voxels above 0, and all voxels are shifted and scaled by
// them. In that code 0 is the darkest voxel of the scan and what lies outside it: Rescale, then Resample onto
// CentreGrid with 0 outside, then Normalize, gives its numbers. The volume becomes of Type Float32. Sums are kept in
// float64. A voxel that is not finite, no voxel above 0, and a zero deviation are errors.
func Normalize(v *Volume) error {
	if err := CheckFinite(v); err != nil {
		return fmt.Errorf("normalize a volume: %w", err)
	}
	var sum float64
	count := 0
	for _, value := range v.Data {
		if value > 0 {
			sum += float64(value)
			count++
		}
	}
	if count == 0 {
		return fmt.Errorf("normalize a volume: no voxel is above 0, so it has no mean to subtract")
	}
	mean := sum / float64(count)
	var squares float64
	for _, value := range v.Data {
		if value > 0 {
			d := float64(value) - mean
			squares += d * d
		}
	}
	deviation := math.Sqrt(squares / float64(count))
	if deviation <= 1e-12*mean {
		return fmt.Errorf("normalize a volume: every voxel above 0 is %v, so it has no deviation to divide by", mean)
	}
	for i, value := range v.Data {
		v.Data[i] = float32((float64(value) - mean) / deviation)
	}
	v.Type = Float32
	return nil
}
