package winograd

import "github.com/vnlang/vn/runtime/cpu/kernel"

// Voxels that are finished together, so that they stay in the first-level cache until the sink has them. A run of a
// plain output has no lanes beside it, so it is longer.
const (
	blockedRun   = 128
	plainRun     = 256
	maxTile      = 4
	finishPlanes = maxTile * (plainRun + 1) * kernel.Lanes
	finishFloats = finishPlanes + plainRun*kernel.Lanes
)

// finish makes the output of one row of tiles and one block of channels from the planes of results, and hands it over.
func (f *Forward) finish(worker, layer, row, block int, results []float32) {
	z, y, x := f.g.axes[0], f.g.axes[1], f.g.axes[2]
	_, work, _ := f.mine(worker)
	task := (layer*y.tiles+row)*f.g.outBlocks() + block
	sample, firstZ := layer/z.tiles, layer%z.tiles*z.tile
	depth := min(z.tile, z.result-firstZ)
	run := blockedRun
	if !f.outBlocked {
		run = plainRun
	}
	channels := min(f.g.out-block*kernel.Lanes, kernel.Lanes)
	columns := min(x.result, run)
	together := max(run/x.result, 1) // whole rows are neighbours in the output
	for firstY := row * y.tile; firstY < min((row+1)*y.tile, y.result); firstY += together {
		rows := min(together, (row+1)*y.tile-firstY, y.result-firstY)
		for firstX := 0; firstX < x.result; firstX += columns {
			width := min(columns, x.result-firstX)
			stride := oddLines(rows * width * kernel.Lanes)
			f.zOutput(work, results[f.resultLayout.row(block, firstY)+firstX*kernel.Lanes:], stride, f.resultLayout.plane,
				width, kernel.Lanes, kernel.Lanes, rows, width*kernel.Lanes, f.resultLayout.pitch)
			for k := range depth {
				start := ((firstZ+k)*y.result+firstY)*x.result + firstX
				values := work[k*stride:][:rows*width*kernel.Lanes]
				f.sink.HandOver(worker, task, sample, block, start, values, f.outBlocked, channels, work[finishPlanes:])
			}
		}
	}
}
