package cuda

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
)

// convolution is a convolution, or the transpose of one, as an implicit product of matrices on tensor cores: voxels by
// input channels and taps times input channels and taps by output channels. The matrix of voxels is never made; a tap is
// a shift within the voxels that a block has in shared memory.
//
// Where results of a transposed convolution fall into phases with different numbers of taps there are several, each with
// the axes of its own.
type convolution struct {
	*unit
	kernel  *plan.Kernel
	input   operand // the feature map
	weight  operand
	kinds   weightAxes
	numbers numbers
	layer
	tile    tile
	rowBase int // of the first block among those of all parts
}

// weightAxes says which axis of a weight meets the channels of the feature map, and which makes those of the result.
type weightAxes struct{ sum, result int }

// convolution writes a kernel whose anchor is a convolution, or reports that it is not of a kind that tensor cores do here:
// the precision has to be one of theirs, the feature map blocked, its channels as many as products are deep, and the
// weight neither in groups nor enormous.
func (u *unit) convolution(k *plan.Kernel) bool {
	parts, ok := u.convolutions(k)
	if !ok {
		return false
	}
	b := &body{layout: u.layout, wide: u.layout.isWide(k)}
	perSample := 0
	for _, c := range parts {
		c.rowBase = perSample
		perSample += c.rows()
	}
	sums := u.newEpilogue(b, k, parts[0].tile.width(), 1, perSample)
	sums.reserve(u)
	cost := u.cost(k)
	for _, c := range parts {
		c.emit(sums.row, cost)
		cost = plan.KernelCost{} // counted
	}
	u.sumRows(sums)
	return true
}

// convolutions returns the parts of a kernel that is a convolution for tensor cores, with a tile for each.
func (u *unit) convolutions(k *plan.Kernel) ([]*convolution, bool) {
	a := k.Anchor
	numbers, ok := u.options.Precision.tensorCores()
	if !ok || len(a.Args) != 2 || slices.ContainsFunc(k.Reduces, func(r plan.Reduce) bool { return !u.ridesOnConvolution(k, r) }) {
		return nil, false
	}
	args := u.layout.operands(a)
	input, weight := args[0], args[1]
	if !isFeatureMap(a.Types[0]) || !isFeatureMap(a.Type) || weight.form.blocked || !slices.Equal(names(k.Domain), names(a.Type.Axes)) {
		return nil, false
	}
	sets, ok := alongSpace(a.Op, a.Types[0], a.Type, sizes(weight.axes[2:]))
	in := a.Types[0].Axes[channelAxis].Size
	w := input.walk
	if !ok || !input.form.blocked || w.channel%blockWidth != 0 || w.alongChannel != channelAxis || in%numbers.depth() != 0 || w.voxels >= manyVoxels {
		return nil, false
	}
	if packShared(numbers, weight) > packWords {
		return nil, false
	}
	kinds := weightAxes{sum: 1, result: 0}
	if sets[0][2].transposed {
		kinds = weightAxes{sum: 0, result: 1}
	}
	l := layer{
		batch: k.Domain[0].Size, depth: in / numbers.depth(), channels: k.Domain[channelAxis].Size,
		reduces: len(k.Reduces), sms: u.options.Arch.multiprocessors(),
	}
	var parts []*convolution
	for _, axes := range sets {
		c := &convolution{unit: u, kernel: k, input: input, weight: weight, kinds: kinds, numbers: numbers, layer: l}
		c.axes = axes
		if len(parts) > 0 && c.reduces > 0 {
			c.fixedWidth = parts[0].tile.width() // rows of sums are equally wide
		}
		if c.tile, ok = c.chooseTile(); !ok {
			return nil, false
		}
		parts = append(parts, c)
	}
	return parts, true
}

// ridesOnConvolution reports whether a reduction is one that an epilogue can do: a sum over all of space.
func (u *unit) ridesOnConvolution(k *plan.Kernel, r plan.Reduce) bool {
	for i := channelAxis + 1; i < len(k.Domain); i++ {
		if !slices.Contains(r.Axes, i) {
			return false
		}
	}
	return r.Op == "sum"
}

// names returns the names of axes.
func names(axes []ir.Axis) []string {
	list := make([]string, len(axes))
	for i, a := range axes {
		list[i] = a.Name
	}
	return list
}

// multiprocessors returns how many of them a large device of an architecture has: A100 and H100.
func (a Arch) multiprocessors() int {
	if a == SM90a {
		return 132
	}
	return 108
}

// blocks returns how many blocks lie along an axis, for each of its phases.
func (c *convolution) blocks(axis int) int {
	return ceil(c.axes[axis].places(), c.tile.size(axis))
}

// grid returns the blocks in space and phases, along the channels, and of samples and splits.
func (c *convolution) grid() [3]int {
	g := [3]int{1, ceil(c.channels, c.tile.width()), c.batch * c.tile.splits}
	for i, a := range c.axes {
		g[0] *= c.blocks(i) * a.phases
	}
	return g
}

// rows returns the blocks of a sample that each have a row of sums.
func (c *convolution) rows() int {
	if c.tile.splits > 1 {
		return c.grid()[0] * c.tile.stack // those of the launch that adds up the splits
	}
	return c.grid()[0]
}

// note says what the kernel is, for a profile.
func (c *convolution) note() string {
	t := c.tile
	s := fmt.Sprintf("mma %s %dx%d", c.options.Precision, t.warpsInSpace()*t.stack*fragment, t.width())
	s += fmt.Sprintf(" k%d", taps(c.axes))
	if t.splits > 1 {
		s += fmt.Sprintf(" split %d", t.splits)
	}
	return s
}
