package cpu

import (
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// cost is what an algorithm does for one contraction.
type cost struct {
	multiplies float64 // FLOPs of matrix products
	additions  float64 // FLOPs of transforms
	bytes      float64 // that have to come from or go to memory
	rate       float64 // share of a core's peak that the matrix products reach
}

// The machine that the model has in mind: what a core of a server with AVX-512 does in a second. Only ratios matter for
// the choice, and they are much the same with shorter vectors, where products and transforms slow down alike; the choice
// has to be the same on every machine and for any number of threads, because it decides the last bits of the results.
const (
	peakFLOPs    = 235e9 // multiply-adds of float32, a core
	transformPer = 60e9  // additions of the transforms, a core: they are bound by loads and stores
	memoryBytes  = 12e9  // a core's share
)

// seconds returns the time on one core.
func (c cost) seconds() float64 {
	return c.multiplies/(c.rate*peakFLOPs) + c.additions/transformPer + c.bytes/memoryBytes
}

// flops returns the operations that are really done.
func (c cost) flops() float64 { return c.multiplies + c.additions }

// cost returns what the algorithm does for a contraction.
func (a algorithm) cost(c kernel.Convolution, d kernel.Direction) cost {
	switch a.family {
	case minimal:
		return a.minimalCost(c, d)
	case product, narrow:
		return cost{multiplies: c.FLOPs() * idle(made(c, d)), bytes: mapBytes(c), rate: 0.5}
	case taps:
		return tapsCost(c, d)
	}
	// Rows of voxels that are no whole number of vectors, of 8 or 16 and up to three of them, leave part of a tile idle.
	wide := float64(c.Output[2]) / float64(roundTo(c.Output[2], 3*kernel.Lanes/2))
	return cost{multiplies: c.FLOPs(), bytes: 2 * mapBytes(c), rate: 0.6 * wide}
}

// tapsCost counts the products of whole blocks of channels, where lanes without a channel count as well, and the packed
// weights, written once and read once.
func tapsCost(c kernel.Convolution, d kernel.Direction) cost {
	multiplies, weights := c.FLOPs()*idle(made(c, d)), float64(c.In*c.Out)
	if d == kernel.DirectionWeightGradient {
		multiplies *= idle(c.In)
	}
	for _, size := range c.Kernel {
		weights *= float64(size)
	}
	return cost{multiplies: multiplies, bytes: mapBytes(c) + 2*4*weights, rate: 0.65}
}

// minimalCost counts Winograd's algorithm: the products of all points of all tiles, the transforms of what goes in and
// out, a pass over a line of points for each axis, and the transformed weights, written once and read once.
func (a algorithm) minimalCost(c kernel.Convolution, d kernel.Direction) cost {
	in, out := float64(roundTo(c.In, kernel.Lanes)), float64(roundTo(c.Out, kernel.Lanes))
	tiles, points := float64(c.Batch), 1.0
	size := c.Output
	if d == kernel.DirectionInputGradient {
		size = c.Input
	}
	for i := range 3 {
		tiles *= float64((size[i] + a.tile[i] - 1) / a.tile[i])
		points *= float64(a.tile[i] + c.Kernel[i] - 1)
	}
	// Three passes over the points, about 3 operations a point each, on both sides of the products.
	additions := 3 * 3 * points * tiles * (in + out)
	weights := points * in * out
	const around = 3 * 3 // as many to transform the weights, or their gradient back
	return cost{
		multiplies: 2 * points * tiles * in * out,
		additions:  additions + around*weights,
		bytes:      mapBytes(c) + 2*4*weights,
		rate:       0.6,
	}
}

// idle returns how many times as many products are formed as there are of these channels, because they come in whole
// blocks.
func idle(channels int) float64 {
	return float64(roundTo(channels, kernel.Lanes)) / float64(channels)
}

// made returns the channels whose products fill the vectors: those of the result or, for the weights' gradient, of the
// output's.
func made(c kernel.Convolution, d kernel.Direction) int {
	if d == kernel.DirectionInputGradient {
		return c.In
	}
	return c.Out
}

// mapBytes counts the feature maps of both sides.
func mapBytes(c kernel.Convolution) float64 {
	in, out := 4*float64(c.Batch*c.In), 4*float64(c.Batch*c.Out)
	for i := range 3 {
		in *= float64(c.Input[i])
		out *= float64(c.Output[i])
	}
	return in + out
}

// roundTo returns the least multiple of unit that is not below n.
func roundTo(n, unit int) int { return (n + unit - 1) / unit * unit }
