package winograd

import "github.com/vnlang/vn/runtime/cpu/kernel"

// inverseFloats is the scratch of invertPlane and store for one tile of dU: the taps of y of one point of z; the taps
// of y and x of all points of z; all taps, and weights in the order of the result.
func (g *WeightGradient) inverseFloats() int {
	y, x := g.axes[1], g.axes[2]
	return (y.taps*x.points+g.axes[0].points*y.taps*x.taps+roundUp(g.taps(), kernel.Lanes))*tileFloats + kernel.Lanes*g.runDistance()
}

// runDistance is the distance of two runs of weights, each of one output channel and a group of input channels.
func (g *WeightGradient) runDistance() int { return oddLines(outerRows*g.taps() + kernel.Lanes) }

// invertPlane transforms a tile of dU, [point of y, x][width of a tile], for one point of z back along y and x. The
// points lie a distance apart; dst receives [tap of y, x][width of a tile]. scratch holds taps of y times points of x.
func (g *WeightGradient) invertPlane(dst, src []float32, distance, width int, scratch []float32) {
	const lanes = kernel.Lanes
	y, x := g.axes[1], g.axes[2]
	g.inverse[1](scratch, src, x.points*width, x.points*distance, width/lanes, lanes, lanes, x.points, width, distance)
	g.inverse[2](dst, scratch, width, width, width/lanes, lanes, lanes, y.taps, x.taps*width, x.points*width)
}

// store transforms a tile of dU, [point of z][tap of y, x][width of a tile], back along z and stores the weights that
// exist. scratch holds all taps of a tile, in whole vectors, and runs of weights for a vector of output channels.
func (g *WeightGradient) store(pair, group int, src, scratch []float32) {
	const lanes = kernel.Lanes
	vectors := g.vectors(pair)
	width, taps := outerRows*vectors*lanes, g.taps()
	plane := g.axes[1].taps * g.axes[2].taps
	g.inverse[0](scratch, src, plane*lanes, plane*width, plane, lanes, width, width/lanes, taps*lanes, lanes)
	runs, distance := scratch[roundUp(taps, lanes)*width:], g.runDistance()
	channels := min(outerRows, g.in-group*outerRows)
	for v := range vectors {
		for i := range channels {
			// Whole vectors: what follows the taps is overwritten by the next channel's, or lies behind the run.
			kernel.Deinterleave(runs[i*taps:], distance, scratch[(i*vectors+v)*taps*lanes:], lanes, roundUp(taps, lanes))
		}
		first := (2*pair + v) * lanes
		for o := range min(g.out-first, lanes) {
			copy(g.dWeight[((first+o)*g.in+group*outerRows)*taps:], runs[o*distance:][:channels*taps])
		}
	}
}

// invertSums transforms one tile of dU back, summed over its parts.
func (g *WeightGradient) invertSums(worker, task int) {
	pair, group := task/g.rowGroups(), task%g.rowGroups()
	width := outerRows * g.vectors(pair) * kernel.Lanes
	points, plane := g.planePoints(), g.axes[1].taps*g.axes[2].taps
	distance := g.sumPoint()
	scratch := g.workers[worker].scratch
	sum := scratch[:points*width]
	inverted := scratch[len(sum):][:g.axes[0].points*plane*width]
	rest := scratch[len(sum)+len(inverted):]
	for z := range g.axes[0].points {
		src, apart := g.sums[z*points*distance+g.sumOffset(pair, group):], distance
		if g.cut.parts > 1 {
			g.addParts(sum, src, width)
			src, apart = sum, width
		}
		g.invertPlane(inverted[z*plane*width:], src, apart, width, rest)
	}
	g.store(pair, group, inverted, rest)
}

// addParts sets sum, [point of y, x][width of a tile], to the sum of a tile over the parts of dU.
func (g *WeightGradient) addParts(sum, first []float32, width int) {
	distance := g.sumPoint()
	for p := range g.planePoints() {
		to := sum[p*width:][:width]
		copy(to, first[p*distance:])
		for part := 1; part < g.cut.parts; part++ {
			for i, value := range first[(part*g.points()+p)*distance:][:width] {
				to[i] += value
			}
		}
	}
}

// blockFloats is the scratch of contractBlock.
func (g *WeightGradient) blockFloats() int {
	plane := g.axes[1].taps * g.axes[2].taps
	return g.cut.blockGroups*(g.planePoints()+g.axes[0].points*plane)*tileFloats + g.inverseFloats()
}

// contractBlock forms the products of all tiles for a pair of blocks of output channels and some groups of input
// channels, and transforms them back.
func (g *WeightGradient) contractBlock(worker, task int) {
	blocks := ceilDiv(g.rowGroups(), g.cut.blockGroups)
	pair, first := task/blocks, task%blocks*g.cut.blockGroups
	groups := min(g.cut.blockGroups, g.rowGroups()-first)
	vectors := g.vectors(pair)
	width := outerRows * vectors * kernel.Lanes
	points, plane := g.planePoints(), g.axes[1].taps*g.axes[2].taps
	scratch := g.workers[worker].scratch
	sums := scratch[:groups*points*width]
	inverted := scratch[len(sums):][:groups*g.axes[0].points*plane*width]
	rest := scratch[len(sums)+len(inverted):]
	distance := tileDistance(g.cut.keptTiles)
	for z := range g.axes[0].points {
		v := g.transformed[0][z*g.sides[0].blocks*points*distance:]
		y := g.transformed[1][z*g.sides[1].blocks*points*distance:]
		for p := range points {
			for i := range groups {
				g.multiply(vectors, g.cut.keptTiles, v, y, distance, p, pair, first+i, sums[(i*points+p)*width:], false)
			}
		}
		for i := range groups {
			g.invertPlane(inverted[(i*g.axes[0].points+z)*plane*width:], sums[i*points*width:], width, width, rest)
		}
	}
	for i := range groups {
		g.store(pair, first+i, inverted[i*g.axes[0].points*plane*width:], rest)
	}
}
