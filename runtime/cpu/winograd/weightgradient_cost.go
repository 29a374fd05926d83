package winograd

import "github.com/vnlang/vn/runtime/cpu/kernel"

// FLOPs counts the operations that the products of a Run take, two for each multiplication, channels padded to whole
// groups and vectors. The transforms come on top: a few operations for each value that Bytes counts.
func (g *WeightGradient) FLOPs() float64 {
	return 2 * float64(g.batch) * float64(g.tiles()) * float64(g.points()) * float64(g.sumRows()) * float64(g.outBlocks()*kernel.Lanes)
}

// Bytes estimates how many bytes a Run moves in and out of the second-level caches: the maps, the rows that are
// transformed along z, dU or the transformed tiles, and the weights.
func (g *WeightGradient) Bytes() float64 {
	floats := float64(g.out * g.in * g.taps())
	slabs := float64(g.batch*g.axes[0].tiles*g.cut.bandsPerPlane) / float64(g.cut.bands)
	for i, s := range g.sides {
		rows := slabs * float64(g.cut.bands*g.layouts[i].size)
		floats += rows * (2 + float64(s.operands[0])/float64(s.points[0]))
	}
	if g.cut.keepTiles {
		v, y := float64(g.transformedFloats(0)), float64(g.transformedFloats(1))
		floats += v + v*float64(g.vectorPairs()) + y + y*float64(ceilDiv(g.rowGroups(), g.cut.blockGroups))
	} else {
		floats += float64(g.sumFloats()) * (2*float64(g.cut.slabs) + 1)
	}
	return 4 * floats
}
