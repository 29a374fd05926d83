package winograd

// slab computes a run of rows of tiles of one layer, which is a row of tiles along z of a sample, in the memory of one
// worker. Z keeps a window of rows that moves along y, so that no row is transformed twice.
func (f *Forward) slab(worker, task int) {
	y := f.g.axes[1]
	runs := ceilDiv(y.tiles, f.plan.taskRows)
	layer, begin := task/runs, task%runs*f.plan.taskRows
	end := min(begin+f.plan.taskRows, y.tiles)
	_, _, z := f.mine(worker)
	next := begin * y.tile // the first row that Z lacks
	for first := begin; first < end; first += f.plan.rows {
		last := min(first+f.plan.rows, end)
		for ; next < last*y.tile+y.taps-1; next++ {
			f.zRow(worker, layer, next, z)
		}
		for point := range f.g.axes[0].points {
			plane := z[point*f.zLayout.plane:][:f.zLayout.plane]
			for chunk := range f.plan.chunks(&f.g, last-first) {
				f.chunk(worker, chunkOf{point: point, z: plane, result: plane, first: first, rows: last - first, number: chunk, end: f.g.outBlocks()})
			}
		}
		for row := first; row < last; row++ {
			for block := range f.g.outBlocks() {
				f.finish(worker, layer, row, block, z)
			}
		}
	}
}

// zRow transforms row y of a layer along z, all channels.
func (f *Forward) zRow(worker, layer, y int, z []float32) {
	if !f.source.inside(y) {
		return
	}
	_, work, _ := f.mine(worker)
	tiles := f.g.axes[0].tiles
	for block := range f.source.blocks {
		f.source.zRow(&f.workers[worker].arms, f.in, layer/tiles, block, layer%tiles, y, z[f.zLayout.row(block, y):], f.zLayout.plane, work)
	}
}

// The tasks of a wave: a number of layers that all workers share, in three phases.

// inputRow transforms one row of one layer along z.
func (f *Forward) inputRow(worker, task int) {
	span := f.g.axes[1].span()
	layer := task / span
	f.zRow(worker, f.firstLayer+layer, task%span, f.waveZ(layer))
}

// chunkOfWave computes a chunk of tiles of one point of z, for a part of the output channels.
func (f *Forward) chunkOfWave(worker, task int) {
	rows := f.layers * f.g.axes[1].tiles
	chunks := f.plan.chunks(&f.g, rows)
	split := task % f.plan.splits
	chunk := task / f.plan.splits % chunks
	blocks := f.g.outBlocks()
	f.chunk(worker, chunkOf{
		point: task / f.plan.splits / chunks, rows: rows, number: chunk,
		begin: roundUp(blocks*split/f.plan.splits, 2), end: min(roundUp(blocks*(split+1)/f.plan.splits, 2), blocks),
	})
}

// resultRow finishes one row of tiles of one block of channels.
func (f *Forward) resultRow(worker, task int) {
	blocks, tiles := f.g.outBlocks(), f.g.axes[1].tiles
	layer := task / blocks / tiles
	f.finish(worker, f.firstLayer+layer, task/blocks%tiles, task%blocks, f.waveResults(layer))
}

// waveZ and waveResults return the buffers of one layer of a wave, which lie behind the memory of the workers.
func (f *Forward) waveZ(layer int) []float32 {
	return f.scratch[len(f.workers)*f.private+layer*f.zLayout.size:][:f.zLayout.size]
}

func (f *Forward) waveResults(layer int) []float32 {
	return f.scratch[len(f.workers)*f.private+f.plan.layers*f.zLayout.size+layer*f.resultLayout.size:][:f.resultLayout.size]
}
