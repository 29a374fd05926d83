package train

import (
	"errors"
	"fmt"
	"math"
)

// Data says what the cases of a data set are and how a network sees them: a data block. It travels in the artifact as
// JSON, so that a volume is prepared for inference exactly as for training.
type Data struct {
	Image   string      `json:"image"`             // pattern of the image files, such as "*.mhd"; see FindCases
	Label   string      `json:"label"`             // pattern of the label files, such as "*_segmentation.mhd"
	Spacing [3]float64  `json:"spacing"`           // of the network's grid; mm between voxels along x, y, z
	Size    [3]int      `json:"size"`              // of the network's grid; voxels along x, y, z
	Prepare []Transform `json:"prepare,omitempty"` // what is done to every image, in order: normalize
	Augment []Transform `json:"augment,omitempty"` // what is done to every sample of a batch, in order: flip, shift, intensity
}

// Transform is one step of a Data's Prepare or Augment, by its name in the language. The arguments are numbers
// (float64), strings, and lists of them ([]any).
type Transform struct {
	Name string         `json:"name"`
	Args map[string]any `json:"args,omitempty"`
}

// maxVoxels bounds the network's grid, far above what a network can hold, so that a slip of the keyboard does not
// take all memory.
const maxVoxels = 1 << 31

// Check reports a setting of the data block that cannot be.
func (d Data) Check() error {
	voxels := 1
	for axis, name := range [3]string{"x", "y", "z"} {
		if !(d.Spacing[axis] > 0) || math.IsInf(d.Spacing[axis], 0) {
			return fmt.Errorf("data: the spacing along %s is %g mm: it must be above 0", name, d.Spacing[axis])
		}
		if d.Size[axis] < 1 || d.Size[axis] > maxVoxels/voxels {
			return fmt.Errorf("data: the size along %s is %d voxels: it must be at least 1, and all together at most 2^31", name, d.Size[axis])
		}
		voxels *= d.Size[axis]
	}
	if _, err := newPreparation(d.Prepare); err != nil {
		return fmt.Errorf("data: prepare: %w", err)
	}
	if _, err := newAugmentations(d.Augment); err != nil {
		return fmt.Errorf("data: augment: %w", err)
	}
	return nil
}

// voxels returns the number of voxels of the network's grid.
func (d Data) voxels() int { return d.Size[0] * d.Size[1] * d.Size[2] }

// Recipe says how a network is trained, as far as the plan does not: the settings of a train block.
type Recipe struct {
	Batch           int     `json:"batch"`      // samples in a batch
	Iterations      int     `json:"iterations"` // steps in all
	Seed            uint64  `json:"seed"`
	Validation      float64 `json:"validation"`       // fraction of the cases held out, in [0, 1); 0: none
	ValidateEvery   int     `json:"validate_every"`   // steps between validations
	CheckpointEvery int     `json:"checkpoint_every"` // steps between checkpoints
}

// Check reports a setting of the recipe that cannot be.
func (r Recipe) Check() error {
	switch {
	case r.Batch < 1:
		return fmt.Errorf("train: batch is %d: it must be at least 1", r.Batch)
	case r.Iterations < 1:
		return fmt.Errorf("train: iterations is %d: it must be at least 1", r.Iterations)
	case !(r.Validation >= 0 && r.Validation < 1):
		return fmt.Errorf("train: validation is %g: it is the fraction of the cases held out, at least 0 and below 1", r.Validation)
	case r.Validation > 0 && r.ValidateEvery < 1:
		return errors.New("train: validate_every must be at least 1 step")
	case r.CheckpointEvery < 1:
		return errors.New("train: checkpoint_every must be at least 1 step")
	}
	return nil
}
