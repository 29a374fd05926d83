package winograd

import (
	"fmt"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// axis is the algorithm F(tile, taps) along one axis and what it is applied to.
type axis struct {
	taps, tile, points int // r, m and n = m+r-1
	source, result     int // voxels of what the transforms read and of what they produce
	low                int // zeros before the source
	tiles              int // tiles that cover the result
}

// span is the number of source voxels, zeros included, that the tiles read.
func (a axis) span() int { return a.tiles*a.tile + a.taps - 1 }

// geometry is a correlation with stride 1 of feature maps, cut into tiles. It is that of a convolution, of the
// convolution whose weight gradient is wanted, or of the correlation of the output's gradient with the mirrored and
// transposed weights that gives the gradient of the input.
type geometry struct {
	batch, in, out int // samples and channels
	axes           [3]axis
}

// Supports reports nil if the contraction of a convolution can run in output tiles of these sizes along z, y, x. It
// needs stride 1, dilation 1 and one group, and along every axis a kernel of 1, 3 or 5 taps with at most taps-1 zeros
// on either side. Tiles are of 2 or 4; along an axis with one tap any size will do and stands for 1.
func Supports(c kernel.Convolution, d kernel.Direction, tile [3]int) error {
	if err := c.Validate(); err != nil {
		return err
	}
	if c.Groups != 1 {
		return fmt.Errorf("winograd: %d groups, not 1", c.Groups)
	}
	for i, name := range [3]string{"z", "y", "x"} {
		taps := c.Kernel[i]
		high := c.Output[i] + taps - 1 - c.PadLow[i] - c.Input[i]
		switch {
		case c.Stride[i] != 1 || c.Dilation[i] != 1:
			return fmt.Errorf("winograd: along %s, stride %d and dilation %d, not 1 and 1", name, c.Stride[i], c.Dilation[i])
		case taps != 1 && taps != 3 && taps != 5:
			return fmt.Errorf("winograd: along %s, a kernel of %d, not 1, 3 or 5", name, taps)
		case taps > 1 && tile[i] != 2 && tile[i] != 4:
			return fmt.Errorf("winograd: along %s, tiles of %d, not 2 or 4", name, tile[i])
		case c.PadLow[i] >= taps || high < 0 || high >= taps:
			return fmt.Errorf("winograd: along %s, padding %d and %d for a kernel of %d, not 0 to %d", name, c.PadLow[i], high, taps, taps-1)
		}
	}
	if d < kernel.DirectionForward || d > kernel.DirectionWeightGradient {
		return fmt.Errorf("winograd: unknown direction %d", d)
	}
	return nil
}

// newGeometry returns the geometry of a contraction that Supports allows.
func newGeometry(c kernel.Convolution, d kernel.Direction, tile [3]int) geometry {
	g := geometry{batch: c.Batch, in: c.In, out: c.Out}
	source, result := c.Input, c.Output
	if d == kernel.DirectionInputGradient {
		g.in, g.out = c.Out, c.In
		source, result = result, source
	}
	for i := range g.axes {
		a := axis{taps: c.Kernel[i], tile: tile[i], source: source[i], result: result[i], low: c.PadLow[i]}
		if a.taps == 1 {
			a.tile = 1
		}
		if d == kernel.DirectionInputGradient {
			a.low = a.taps - 1 - a.low
		}
		a.points = a.tile + a.taps - 1
		a.tiles = ceilDiv(a.result, a.tile)
		g.axes[i] = a
	}
	return g
}

// points counts the points of all axes, and with them the matrix products of a layer.
func (g *geometry) points() int { return g.axes[0].points * g.axes[1].points * g.axes[2].points }

// tiles counts the tiles of a sample.
func (g *geometry) tiles() int { return g.axes[0].tiles * g.axes[1].tiles * g.axes[2].tiles }

// inBlocks and outBlocks count blocks of 16 channels.
func (g *geometry) inBlocks() int  { return ceilDiv(g.in, kernel.Lanes) }
func (g *geometry) outBlocks() int { return ceilDiv(g.out, kernel.Lanes) }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// roundUp returns the least multiple of unit that is not below n.
func roundUp(n, unit int) int { return ceilDiv(n, unit) * unit }

// oddLines returns the least number of floats that is not below n and fills an odd number of cache lines. Rows at such
// a distance, and planes, fall into different sets of every cache, where powers of two would fall into the same few.
func oddLines(n int) int {
	const line = 16
	return (ceilDiv(n, line) | 1) * line
}
