package blocked

import (
	"fmt"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// Family is a way to compute a convolution or one of its gradients on blocked maps.
type Family int

// The families, the first that applies being the one that is taken.
const (
	Product Family = iota // kernel and stride are equal, nothing is padded
	Narrow                // stride 1, few input channels; no input gradient
	Taps                  // everything else
)

// String returns the name of the family: "product", "narrow" or "taps".
func (f Family) String() string { return [...]string{"product", "narrow", "taps"}[f] }

// narrowChannels is the most input channels of a narrow convolution: with more, vectors of input channels pay.
const narrowChannels = 4

// FamilyOf returns the family that computes a direction of a convolution, or an error for an impossible geometry and for
// one with groups.
func FamilyOf(c kernel.Convolution, d kernel.Direction) (Family, error) {
	dense := dilation(c) == [3]int{1, 1, 1}
	switch err := c.Validate(); {
	case err != nil:
		return 0, err
	case c.Groups != 1:
		return 0, fmt.Errorf("blocked: the convolution has %d groups, want 1", c.Groups)
	case dense && isProduct(c):
		return Product, nil
	case c.In <= narrowChannels && dense && c.Stride == [3]int{1, 1, 1} && d != kernel.DirectionInputGradient:
		return Narrow, nil
	}
	return Taps, nil
}

// dilation is the distance of the taps: 1 on an axis where there is only one.
func dilation(c kernel.Convolution) [3]int {
	for axis := range 3 {
		if c.Kernel[axis] == 1 {
			c.Dilation[axis] = 1
		}
	}
	return c.Dilation
}

// Supports reports why this package cannot compute a direction of a convolution, or nil when it can.
func Supports(c kernel.Convolution, d kernel.Direction) error {
	_, err := FamilyOf(c, d)
	return err
}

// Contraction is the forward convolution or the input gradient of one geometry. It may be run by one goroutine at a
// time.
type Contraction interface {
	// Workspace returns how many float32 values of scratch a run needs. It is fastest when it begins on a cache line.
	Workspace() int
	// Tasks returns the number of tasks whose numbers the sink gets.
	Tasks() int
	// Run computes the contraction and hands its values to sink, every voxel of every channel once. in is the input of the
	// convolution or, for the input gradient, the gradient of its output; weight is [Out][In][kz][ky][kx]. outBlocked says
	// what the sink gets: blocks of channels, of which there must then be a multiple of 16, or single channels. scratch
	// holds at least Workspace values of any content.
	Run(p *kernel.Pool, in kernel.Map, weight []float32, outBlocked bool, scratch []float32, sink kernel.Sink)
}

// WeightGradient is the gradient of the weights of one geometry. It may be run by one goroutine at a time.
type WeightGradient interface {
	// Workspace returns how many float32 values of scratch a run needs. It is fastest when it begins on a cache line.
	Workspace() int
	// Run computes dWeight, [Out][In][kz][ky][kx], summed over the batch, from the input of the convolution and the
	// gradient of its output. scratch holds at least Workspace values of any content.
	Run(p *kernel.Pool, in, dOut kernel.Map, dWeight, scratch []float32)
}

// New prepares a direction of a convolution, forward or input gradient, for pools of at most threads workers.
func New(c kernel.Convolution, d kernel.Direction, threads int) (Contraction, error) {
	if d != kernel.DirectionForward && d != kernel.DirectionInputGradient {
		return nil, fmt.Errorf("blocked: a Contraction is forward or an input gradient; weight gradients have a type of their own")
	}
	f, err := FamilyOf(c, d)
	if err != nil {
		return nil, err
	}
	threads = max(threads, 1)
	if f == Taps {
		return newTapSum(c, d, threads), nil
	}
	return newMatrix(c, d, threads), nil
}

// NewWeightGradient prepares the gradient of the weights for pools of at most threads workers.
func NewWeightGradient(c kernel.Convolution, threads int) (WeightGradient, error) {
	f, err := FamilyOf(c, kernel.DirectionWeightGradient)
	if err != nil {
		return nil, fmt.Errorf("weight gradient: %w", err)
	}
	threads = max(threads, 1)
	if f == Taps {
		return newTapGradient(c, threads), nil
	}
	return newOuterGradient(c, threads), nil
}
