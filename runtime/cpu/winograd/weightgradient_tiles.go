package winograd

import "github.com/vnlang/vn/runtime/cpu/kernel"

// rowsPerTask is how many rows of a band a task transforms along z.
func (g *WeightGradient) rowsPerTask(side int) int { return max(rowsVoxels/g.sides[side].columns, 1) }

// rowTasks counts the tasks of transformRows for the slab in progress: by side, band, block and rows.
func (g *WeightGradient) rowTasks() int { return g.sideTasks(0) + g.sideTasks(1) }

func (g *WeightGradient) sideTasks(side int) int {
	_, bands := g.slabBands()
	return bands * g.sides[side].blocks * ceilDiv(g.layouts[side].rows, g.rowsPerTask(side))
}

// transformRows transforms some rows of a block of channels of a band along z.
func (g *WeightGradient) transformRows(worker, task int) {
	i := 0
	if first := g.sideTasks(0); task >= first {
		i, task = 1, task-first
	}
	s, l := g.sides[i], &g.layouts[i]
	perTask := g.rowsPerTask(i)
	groups := ceilDiv(l.rows, perTask)
	group, block, band := task%groups, task/groups%s.blocks, task/groups/s.blocks
	firstBand, _ := g.slabBands()
	firstTile, tiles := g.bandRows(firstBand + band)
	plane := (firstBand + band) / g.cut.bandsPerPlane
	n, tileZ := plane/g.axes[0].tiles, plane%g.axes[0].tiles
	slab := g.rows[i][band*l.size:][:l.size]
	w := &g.workers[worker]
	first := firstTile * s.tile[1]
	end := min(group*perTask+perTask, (tiles-1)*s.tile[1]+s.operands[1])
	for y := first + group*perTask; y < first+end; y++ {
		if s.inside(y) {
			s.zRow(&w.arms, g.maps[i], n, block, tileZ, y, slab[l.row(block, y):], l.plane, w.scratch)
		}
	}
}

// stripPlace returns where a strip of the slab in progress lies: its band in the slab, its row of tiles along y, its
// first tile along x and how many it has.
func (g *WeightGradient) stripPlace(strip int) (band, tileY, firstX, count int) {
	c := &g.cut
	row := strip / c.rowStrips
	firstX = strip % c.rowStrips * c.stripTiles
	band = row / c.bandTiles
	firstBand, _ := g.slabBands()
	firstTile, _ := g.bandRows(firstBand + band)
	return band, firstTile + row%c.bandTiles, firstX, min(c.stripTiles, g.axes[2].tiles-firstX)
}

// transformTiles transforms a strip of one block of a side for one point of z into dst, [point of y, x][tile][16].
func (g *WeightGradient) transformTiles(w *gradientWorker, side, pointZ, block, strip int, dst []float32, distance int, scratch []float32) {
	band, tileY, firstX, count := g.stripPlace(strip)
	l := &g.layouts[side]
	z := g.rows[side][band*l.size+pointZ*l.plane:][:l.plane]
	g.sides[side].strip(&w.arms, z, l, block, tileY, firstX, count, dst, distance, scratch)
}

// transformStrip transforms a strip of all blocks of both sides for one point of z, where the tiles are kept.
func (g *WeightGradient) transformStrip(worker, task int) {
	strips := g.strips()
	pointZ, strip := task/strips, task%strips
	w := &g.workers[worker]
	distance := tileDistance(g.cut.keptTiles)
	row, x := strip/g.cut.rowStrips, strip%g.cut.rowStrips*g.cut.stripTiles
	for i, s := range g.sides {
		for block := range s.blocks {
			at := (pointZ*s.blocks+block)*g.planePoints()*distance + (row*g.axes[2].tiles+x)*kernel.Lanes
			g.transformTiles(w, i, pointZ, block, strip, g.transformed[i][at:], distance, w.scratch)
		}
	}
}

// accumulateChunks adds the products of the slab's chunks that belong to one part to that part of dU for one point of
// z.
func (g *WeightGradient) accumulateChunks(worker, task int) {
	c := &g.cut
	pointZ, part := task/c.parts, task%c.parts
	w := &g.workers[worker]
	distance := tileDistance(c.chunkStrips * c.stripTiles)
	v := w.scratch[:g.sides[0].blocks*g.planePoints()*distance]
	y := w.scratch[len(v):][:g.sides[1].blocks*g.planePoints()*distance]
	scratch := w.scratch[len(v)+len(y):]
	strips := g.strips()
	point := g.sumPoint()
	for chunk := part; chunk*c.chunkStrips < strips; chunk += c.parts {
		first := chunk * c.chunkStrips
		end := min(first+c.chunkStrips, strips)
		tiles := 0
		for i, transformed := range [2][]float32{v, y} {
			for block := range g.sides[i].blocks {
				tiles = 0
				for strip := first; strip < end; strip++ {
					dst := transformed[block*g.planePoints()*distance+tiles*kernel.Lanes:]
					g.transformTiles(w, i, pointZ, block, strip, dst, distance, scratch)
					_, _, _, count := g.stripPlace(strip)
					tiles += count
				}
			}
		}
		add := g.slab > 0 || chunk != part
		for p := range g.planePoints() {
			sums := g.sums[((part*g.axes[0].points+pointZ)*g.planePoints()+p)*point:][:point]
			for pair := range g.vectorPairs() {
				for group := range g.rowGroups() {
					vectors := g.vectors(pair)
					g.multiply(vectors, tiles, v, y, distance, p, pair, group, sums[g.sumOffset(pair, group):], add)
				}
			}
		}
	}
}

// multiply sets, or with add increases, a tile of dU, [input channel][vector][16], by the products of tiles of one
// point of y and x.
func (g *WeightGradient) multiply(vectors, tiles int, v, y []float32, distance, point, pair, group int, sums []float32, add bool) {
	const groups = kernel.Lanes / outerRows // of a block
	block := g.planePoints() * distance
	a := v[group/groups*block+point*distance+group%groups*outerRows:]
	b := y[2*pair*block+point*distance:]
	for first := 0; first < tiles; first += depthMost {
		depth := min(tiles-first, depthMost)
		at := first * kernel.Lanes
		kernel.Outer(vectors, depth, a[at:], kernel.Lanes, b[at:], kernel.Lanes, block, sums, vectors*kernel.Lanes, kernel.Lanes, add || first > 0)
	}
}
