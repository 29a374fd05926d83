package kernel

const (
	// dotRows is the number of rows of a dot tile on every path.
	dotRows = 4
	// dotVoxels is about how many voxels one call of a dot tile sums: its rows then fill most of a first-level cache.
	dotVoxels = 1536
	// dotColumns is about how many columns of the weight gradient a task holds.
	dotColumns = 504
)

// weightGradientSweep prepares
//
//	dW[row][column] = sum over n, v of dY[n][row][v] * packed[n][v + offset(column)]
//
// where a column is an input channel and a tap, and dY is packed in the rows of the packed input, zeros between.
func weightGradientSweep(c Convolution) sweep {
	s := sweep{
		first: forwardPacking(c), groups: c.Groups, rows: c.Out / c.Groups, depth: c.In / c.Groups,
		kernel: c.Kernel, dilation: c.Dilation, stride: c.Stride, out: c.Output, extent: c.Output,
		columns: c.In / c.Groups * volume(c.Kernel),
	}
	s.second = packing{
		channels: c.Out, source: c.Output, step: [3]int{1, 1, 1}, phases: [3]int{1, 1, 1},
		extent: [3]int{c.Output[0], c.Output[1], s.first.extent[2]},
	}
	s.second.layout(line)
	if s.second.plane <= dotVoxels {
		s.length, s.planesPerCall = s.second.plane, even(c.Output[0], dotVoxels/s.second.plane)
	} else {
		s.length, s.planesPerCall = roundUp(even(s.second.plane, dotVoxels), line), 1
	}
	s.rowChunk, s.columnChunk = min(roundUp(s.rows, dotRows), 64), min(roundUp(s.columns, active.taps), dotColumns)
	for s.dotTasks() < manyTasks && s.columnChunk >= 16*active.taps {
		s.columnChunk = roundUp(s.columnChunk/2, active.taps)
	}
	for s.dotTasks() < manyTasks && s.rowChunk > dotRows {
		s.rowChunk = roundUp(s.rowChunk/2, dotRows)
	}
	return s
}

func (s *sweep) dotTasks() int {
	return s.groups * ceilDiv(s.rows, s.rowChunk) * ceilDiv(s.columns, s.columnChunk)
}

// dotSlack is how far past the last channel of dY the last tile of rows reads.
func (s *sweep) dotSlack() int { return (roundUp(s.rows, dotRows) - s.rows) * s.second.channelStride }

// correlate runs a weight gradient whose geometry is set.
func (p *Pool) correlate(c Convolution, dWeight []float32, in, dOut View, scratch []float32) {
	s := &p.sweep
	scratch = s.takeTable(scratch)
	s.packed, s.packed2 = scratch[:s.first.size()], scratch[s.first.size():][:s.second.size()+s.dotSlack()]
	n := 0
	for channel := range s.depth {
		s.eachTap([3]int{}, func(_, offset int) {
			s.table[n] = int32(channel*s.first.channelStride + offset)
			n++
		})
	}
	for ; n < len(s.table); n++ {
		s.table[n] = s.table[s.columns-1]
	}
	s.target = dWeight
	for n := range c.Batch {
		s.sample = n
		s.source, s.source2 = in.sample(n, c.In*volume(c.Input)), dOut.sample(n, c.Out*volume(c.Output))
		p.Run(s.first.tasks(), p.packTask)
		p.Run(s.second.tasks(), p.packSecondTask)
		p.Run(s.dotTasks(), p.dotTask)
	}
	p.release()
}

// dots is the task that computes a chunk of rows by a chunk of columns of the weight gradient over one sample.
func (p *Pool) dots(worker, task int) {
	s := &p.sweep
	columnChunks, rowChunks := ceilDiv(s.columns, s.columnChunk), ceilDiv(s.rows, s.rowChunk)
	column := task % columnChunks * s.columnChunk
	row := task / columnChunks % rowChunks * s.rowChunk
	group := task / columnChunks / rowChunks
	rows, columns := min(s.rowChunk, s.rows-row), min(s.columnChunk, s.columns-column)
	tilesAcross := ceilDiv(columns, active.taps)
	area := dotRows * active.taps

	acc := p.local[worker][:ceilDiv(rows, dotRows)*tilesAcross*area]
	clear(acc)
	packed := s.packed[group*s.depth*s.first.channelStride:]
	gradient := s.packed2[(group*s.rows+row)*s.second.channelStride:]
	for z := 0; z < s.extent[0]; z += s.planesPerCall {
		planes := min(s.planesPerCall, s.extent[0]-z)
		for v := 0; v < s.second.plane; v += s.length {
			length := min(s.length, s.second.plane-v)
			p := packed[z*s.first.plane+v:]
			tiles := acc
			for r := 0; r < rows; r += dotRows {
				y := gradient[r*s.second.channelStride+z*s.second.plane+v:]
				active.dot(tilesAcross, planes, length, y, s.second.channelStride, s.second.plane, p, s.first.plane, s.table[column:], tiles)
				tiles = tiles[tilesAcross*area:]
			}
		}
	}
	s.storeColumns(acc, group*s.rows+row, rows, column, columns)
}

// storeColumns writes the tiles of a task, [row tile][column tile][tap][row], to its part of the gradient, or adds
// them to it after the first sample.
func (s *sweep) storeColumns(acc []float32, firstRow, rows, column, columns int) {
	for r := range rows {
		to := s.target[(firstRow+r)*s.columns+column:][:columns]
		if r%dotRows == 0 && r > 0 {
			acc = acc[ceilDiv(columns, active.taps)*dotRows*active.taps:]
		}
		// Taps follow one another through a row of tiles, dotRows values apart.
		from := acc[r%dotRows:]
		for i := range to {
			value := from[i*dotRows]
			if s.sample > 0 {
				value += to[i]
			}
			to[i] = value
		}
	}
}
