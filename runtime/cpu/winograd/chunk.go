package winograd

import "github.com/vnlang/vn/runtime/cpu/kernel"

// chunkOf says which tiles chunk computes: of some rows of tiles, which are strips side by side, the chunk's number.
type chunkOf struct {
	point      int       // of z
	z, result  []float32 // planes of a slab
	first      int       // row of tiles along y, in a slab
	rows       int       // rows of tiles of the slab or, one layer after another, of the wave
	number     int
	begin, end int // blocks of output channels
}

// strip is some tiles side by side along x.
type strip struct {
	z, result          []float32 // planes of one point
	row, firstX, count int       // the row of tiles, the first tile in it, and how many
	tile               int       // tiles of the chunk before it
}

// strips lists the strips of a chunk and returns the number of their tiles.
func (f *Forward) strips(worker int, c *chunkOf) (strips []strip, tiles int) {
	perRow := ceilDiv(f.g.axes[2].tiles, f.plan.strip)
	first := c.number * f.plan.strips
	strips = f.workers[worker].strips[:min(f.plan.strips, c.rows*perRow-first)]
	for i := range strips {
		row, firstX := (first+i)/perRow, (first+i)%perRow*f.plan.strip
		s := strip{z: c.z, result: c.result, row: c.first + row, firstX: firstX, count: min(f.plan.strip, f.g.axes[2].tiles-firstX), tile: tiles}
		if f.plan.shared {
			layer := row / f.g.axes[1].tiles
			s.row = row % f.g.axes[1].tiles
			s.z = f.waveZ(layer)[c.point*f.zLayout.plane:][:f.zLayout.plane]
			s.result = f.waveResults(layer)[c.point*f.resultLayout.plane:][:f.resultLayout.plane]
		}
		strips[i] = s
		tiles += s.count
	}
	return strips, tiles
}

// chunk transforms a chunk of tiles along y and x, multiplies, and transforms the products back to rows. After the y
// transform it takes one point of y at a time, so that the operands of only n_x products exist at once, which a
// first-level cache can nearly hold; what comes back through the x transform lies where the point's rows were.
//
// The tiles come in order, so that in a slab, where the results lie over Z, only what no later tile reads is
// overwritten.
func (f *Forward) chunk(worker int, c chunkOf) {
	const lanes = kernel.Lanes
	v, work, _ := f.mine(worker)
	strips, tiles := f.strips(worker, &c)
	y, x := f.g.axes[1], f.g.axes[2]
	blockFloats := f.plan.chunk() * lanes
	ends := c.end - c.begin

	for i := range strips {
		s := &strips[i]
		for block := range f.source.blocks {
			f.source.stripRows(&f.workers[worker].arms, s.z, &f.zLayout, block, s.row, s.firstX, s.count, work[block*f.stripBlock+i*f.stripFloats:], f.stripPlane)
		}
	}
	for point := range y.points {
		plane := work[point*f.stripPlane:]
		for i := range strips {
			s := &strips[i]
			f.source.x(v[f.distance+s.tile*lanes:], plane[i*f.stripFloats:], f.distance, lanes,
				s.count, lanes, x.tile*lanes, f.source.blocks, blockFloats, f.stripBlock)
		}
		f.multiply(v, (c.point*y.points+point)*x.points, tiles, c.begin, c.end)
		for i := range strips {
			s := &strips[i]
			f.xOutput(plane[c.begin*f.stripBlock+i*f.stripFloats:], v[c.begin*blockFloats+s.tile*lanes:], lanes, f.distance,
				s.count, x.tile*lanes, lanes, ends, f.stripBlock, blockFloats)
		}
	}
	for i := range strips {
		s := &strips[i]
		f.yOutput(s.result[f.resultLayout.row(c.begin, s.row*y.tile)+s.firstX*x.tile*lanes:], work[c.begin*f.stripBlock+i*f.stripFloats:],
			f.resultLayout.pitch, f.stripPlane, s.count*x.tile, lanes, lanes, ends, f.resultLayout.rows*f.resultLayout.pitch, f.stripBlock)
	}
}

// multiply forms the n_x products of tiles from the given product on, for output blocks from begin to end. The operands
// of product i lie in slot i+1 of v, [block][tile][16], and its results in slot i, whose operands are not needed any
// more: that way both take the room of one, and results are written where the cache has just been.
func (f *Forward) multiply(v []float32, product, tiles, begin, end int) {
	blockFloats := f.plan.chunk() * kernel.Lanes
	for i := range f.g.axes[2].points {
		u := f.u[(product+i)*f.productWeights:][:f.productWeights]
		operands, results := v[(i+1)*f.distance:], v[i*f.distance:]
		for block := begin; block < end; block += 2 {
			kernel.Multiply(tiles, min(2, f.g.outBlocks()-block), f.source.blocks*kernel.Lanes, operands, kernel.Lanes, blockFloats,
				u[block/2*f.panel:], results[block*blockFloats:], kernel.Lanes, blockFloats, false)
		}
	}
}
