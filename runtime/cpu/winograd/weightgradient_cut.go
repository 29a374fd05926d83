package winograd

import (
	"math"

	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// cut is how the work of a weight gradient is divided. It depends on the shape alone.
type cut struct {
	// A band is some rows of tiles along y of one row of tiles along z of a sample; a slab is some bands.
	bandTiles     int // rows of tiles of a band; the last of a row of tiles along z may have fewer
	bandsPerPlane int // bands of a row of tiles along z; if there are several, a slab is one band
	bands         int // of a slab; the last slab may have fewer
	slabs         int

	stripTiles, rowStrips int // tiles of a strip along x, and strips of a row of tiles

	keepTiles   bool // all transformed tiles are kept, which are fewer floats than dU, and not dU
	keptTiles   int  // tiles of the batch
	blockGroups int  // groups of 8 input channels that a task contracts at once, if the tiles are kept

	chunkStrips int // strips that are transformed before their products are formed
	parts       int // of dU, each the sum of its own chunks, where there are few points of z to make tasks of
}

// The sizes that a cut aims at, in floats.
const (
	slabLeast    = 4 << 20  // the transformed rows of a slab: at least so many, which a third-level cache holds
	slabMost     = 10 << 20 // and at most
	slabSums     = 2        // and between them, so many times dU, which every slab reads and writes
	chunkFloats  = 1 << 18  // the transformed tiles of a chunk: a second-level cache of 2 MiB also holds some of dU
	stripColumns = 36       // of a strip between the y and x transforms: 8 rows of them fit a first-level cache
	depthMost    = 64       // tiles that are summed from zero, for the accuracy
)

// leastTasks is how many tasks there are at least of a slab's products, if it has chunks enough.
const leastTasks = 8

// rowsVoxels is about how many columns a task transforms along z.
const rowsVoxels = 1024

// outerRows is the rows of dU that kernel.Outer forms at once: input channels.
const outerRows = 8

// divide chooses the cut, for these sizes of a slab, if it is not 0, and of a chunk, and with it the layouts.
func (g *WeightGradient) divide(slab, chunk int) {
	c := &g.cut
	x := g.axes[2]
	c.rowStrips = ceilDiv(x.tiles, max((stripColumns-x.taps+1)/x.tile, 1))
	c.stripTiles = ceilDiv(x.tiles, c.rowStrips)

	in, out := g.sumRows(), g.outBlocks()*kernel.Lanes
	c.keptTiles = g.batch * g.tiles()
	c.keepTiles = c.keptTiles*(in+out) <= in*out
	c.blockGroups = 4

	if c.keepTiles {
		slab = math.MaxInt
	} else if slab == 0 {
		slab = min(max(slabSums*g.points()*g.sumPoint(), slabLeast), slabMost)
	}
	g.divideSlabs(slab)

	// As many tiles as the harmonic mean of the channels: then dU, read and written, is no more than the tiles.
	tiles := max(chunk/(g.planePoints()*(in+out)), 2*in*out/(in+out))
	strips := c.bands * c.bandTiles * c.rowStrips
	chunks := ceilDiv(strips, max(tiles/c.stripTiles, 1))
	c.chunkStrips = ceilDiv(strips, chunks)
	c.parts = min(ceilDiv(leastTasks, g.axes[0].points), ceilDiv(strips, c.chunkStrips))
}

// divideSlabs chooses bands and slabs of about size floats.
func (g *WeightGradient) divideSlabs(size int) {
	c := &g.cut
	rows := g.axes[1].tiles
	c.bandTiles = rows
	for parts := 2; g.layout() > size && c.bandTiles > 1; parts++ {
		c.bandTiles = ceilDiv(rows, parts)
	}
	c.bandsPerPlane = ceilDiv(rows, c.bandTiles)
	total := g.batch * g.axes[0].tiles * c.bandsPerPlane
	c.bands = 1
	if c.bandsPerPlane == 1 {
		c.bands = min(total, max(size/g.layout(), 1))
	}
	c.slabs = ceilDiv(total, c.bands)
	c.bands = ceilDiv(total, c.slabs)
}

// layout sets the layouts for the band in the cut and returns the floats of both.
func (g *WeightGradient) layout() int {
	total := 0
	for i, s := range g.sides {
		rows := (g.cut.bandTiles-1)*s.tile[1] + s.operands[1]
		g.layouts[i] = newZLayout(s.points[0], s.blocks, rows, s.columns)
		total += g.layouts[i].size
	}
	return total
}

// strips counts the strips of the slab in progress.
func (g *WeightGradient) strips() int {
	first, bands := g.slabBands()
	if g.cut.bandsPerPlane == 1 {
		return bands * g.cut.bandTiles * g.cut.rowStrips
	}
	_, rows := g.bandRows(first)
	return rows * g.cut.rowStrips
}

// slabBands returns the first band of the slab in progress and how many it has.
func (g *WeightGradient) slabBands() (first, bands int) {
	first = g.slab * g.cut.bands
	return first, min(g.cut.bands, g.batch*g.axes[0].tiles*g.cut.bandsPerPlane-first)
}

// bandRows returns the first row of tiles along y of a band and how many it has.
func (g *WeightGradient) bandRows(band int) (first, rows int) {
	first = band % g.cut.bandsPerPlane * g.cut.bandTiles
	return first, min(g.cut.bandTiles, g.axes[1].tiles-first)
}

// planePoints counts the points of y and x.
func (g *WeightGradient) planePoints() int { return g.axes[1].points * g.axes[2].points }

// taps counts the weights of a pair of channels.
func (g *WeightGradient) taps() int { return g.axes[0].taps * g.axes[1].taps * g.axes[2].taps }

// rowGroups counts groups of 8 input channels, vectorPairs pairs of blocks of 16 output channels.
func (g *WeightGradient) rowGroups() int   { return ceilDiv(g.in, outerRows) }
func (g *WeightGradient) vectorPairs() int { return ceilDiv(g.outBlocks(), 2) }

// vectors returns the blocks of a pair: 2, or 1 in the last of an odd number.
func (g *WeightGradient) vectors(pair int) int { return min(2, g.outBlocks()-2*pair) }

// sumRows is the rows of dU: the input channels, in whole groups.
func (g *WeightGradient) sumRows() int { return g.rowGroups() * outerRows }

// sumPoint is the floats of one point of dU, [pair][In][1 or 2 vectors of 16].
func (g *WeightGradient) sumPoint() int {
	return oddLines(g.sumRows() * g.outBlocks() * kernel.Lanes)
}

// sumFloats is the floats of dU, where it is kept.
func (g *WeightGradient) sumFloats() int {
	if g.cut.keepTiles {
		return 0
	}
	return g.cut.parts * g.points() * g.sumPoint()
}

// sumOffset returns where in a point of dU the tile of a pair and a group of rows begins.
func (g *WeightGradient) sumOffset(pair, group int) int {
	return (pair*2*g.sumRows() + group*outerRows*g.vectors(pair)) * kernel.Lanes
}

// tileDistance is the distance of two points of transformed tiles, [tile][16], where there are so many.
func tileDistance(tiles int) int { return oddLines(tiles * kernel.Lanes) }

// transformedFloats is the floats of the transformed tiles of a side, where they are kept.
func (g *WeightGradient) transformedFloats(side int) int {
	if !g.cut.keepTiles {
		return 0
	}
	return g.points() * g.sides[side].blocks * tileDistance(g.cut.keptTiles)
}

// tileFloats is the most floats of a tile of dU.
const tileFloats = outerRows * 2 * kernel.Lanes

// workerFloats is the scratch of a worker: the most that one of its tasks needs.
func (g *WeightGradient) workerFloats() int {
	strip := 0
	for _, s := range g.sides {
		strip = max(strip, g.axes[1].points*s.stripPitch(g.cut.stripTiles))
	}
	if g.cut.keepTiles {
		return max(gatherFloats, strip, g.blockFloats())
	}
	chunk := (g.sides[0].blocks + g.sides[1].blocks) * g.planePoints() * tileDistance(g.cut.chunkStrips*g.cut.stripTiles)
	return max(gatherFloats, strip+chunk, g.planePoints()*tileFloats+g.inverseFloats())
}
