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

// maxTerms bounds the terms of a sum, for each of which there is an offset: 8 bytes. Copies of a map for so many terms
// are small enough for offsets of 32 bits.
const maxTerms = 1 << 20

// FamilyOf returns the family that computes a direction of a convolution, or an error for an impossible geometry, for one
// with groups, and for one whose sums have too many terms.
func FamilyOf(c kernel.Convolution, d kernel.Direction) (Family, error) {
	if err := c.Validate(); err != nil {
		return 0, err
	}
	if c.Groups != 1 {
		return 0, fmt.Errorf("blocked: the convolution has %d groups, want 1", c.Groups)
	}
	f := Taps
	if dilation(c) == [3]int{1, 1, 1} {
		switch {
		case isProduct(c):
			f = Product
		case c.In <= narrowChannels && c.Stride == [3]int{1, 1, 1} && d != kernel.DirectionInputGradient:
			f = Narrow
		}
	}
	if n := f.terms(c, d); n > maxTerms {
		return 0, fmt.Errorf("blocked: %d terms of a sum exceed %d", n, maxTerms)
	}
	return f, nil
}

// terms counts the terms of the sums that a direction forms over channels and taps; of taps, over those of one kz.
func (f Family) terms(c kernel.Convolution, d kernel.Direction) int {
	n := c.Kernel[1] * c.Kernel[2]
	if f != Taps {
		n *= c.Kernel[0]
	}
	switch {
	case d == kernel.DirectionForward:
		return c.In * n
	case d == kernel.DirectionInputGradient && f == Product:
		return c.Out
	case d == kernel.DirectionInputGradient:
		return c.Out * n
	}
	return n
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

// New prepares a direction of a convolution, forward or input gradient, for pools of at most threads workers.
func New(c kernel.Convolution, d kernel.Direction, threads int) (kernel.Convolver, error) {
	if d != kernel.DirectionForward && d != kernel.DirectionInputGradient {
		return nil, fmt.Errorf("blocked: direction %d is not forward or the input gradient", d)
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
func NewWeightGradient(c kernel.Convolution, threads int) (kernel.Correlator, error) {
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
