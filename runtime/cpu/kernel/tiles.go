package kernel

// contract runs a sweep whose geometry is set over every sample: in and out hold inSize and outSize values per
// sample; A moves by aSample values from sample to sample.
func (p *Pool) contract(batch, inSize, outSize int, out, in View, a []float32, aSample int, scratch []float32, epilogue Epilogue) {
	s := &p.sweep
	s.packed = s.takeTable(scratch)[:s.first.size()]
	s.fillTable()
	s.epilogue = epilogue
	for n := range batch {
		s.sample = n
		s.source = in.sample(n, inSize)
		s.a = a[n*aSample:]
		if epilogue == nil {
			s.target = out.sample(n, outSize)
		}
		p.Run(s.first.tasks(), p.packTask)
		p.Run(s.tileTasks(), p.tileTask)
	}
	p.release()
}

// release drops the operands of a contraction, so that the pool keeps no memory alive.
func (p *Pool) release() { p.sweep = sweep{} }

// tileBlock is one task: rows [row, row+rows) of a group, the voxels of a block, the z and y residues rz and ry.
type tileBlock struct {
	group, row, rows int
	start, size      [3]int // in packed voxels
	rz, ry           int
	acc              []float32 // [x residue][row][z][segment]
}

// stride is the distance between the rows of the accumulators.
func (b *tileBlock) stride(s *sweep) int { return b.size[0] * s.segment }

func (s *sweep) tileBlock(local []float32, task int) (b tileBlock) {
	take := func(n int) int {
		i := task % n
		task /= n
		return i
	}
	b.ry, b.rz = take(s.spread[1]), take(s.spread[0])
	for axis := 2; axis >= 0; axis-- {
		b.start[axis] = take(s.count[axis]) * s.size[axis]
		b.size[axis] = min(s.size[axis], s.extent[axis]-b.start[axis])
	}
	b.row = take(ceilDiv(s.rows, s.rowChunk)) * s.rowChunk
	b.rows = min(s.rowChunk, s.rows-b.row)
	b.group = task
	b.acc = local[:s.spread[2]*b.rows*b.stride(s)]
	return b
}

// tiles is the task that computes one block of the output and stores it.
func (p *Pool) tiles(worker, task int) {
	s, local := &p.sweep, p.local[worker]
	b := s.tileBlock(local, task)
	for rx := range s.spread[2] {
		taps := s.taps([3]int{b.rz, b.ry, rx})
		acc := b.acc[rx*b.rows*b.stride(s):][:b.rows*b.stride(s)]
		if taps == 0 {
			clear(acc)
			continue
		}
		phase := (b.rz*s.spread[1]+b.ry)*s.spread[2] + rx
		table := s.table[2*s.phaseEntries()*phase:]
		for d := 0; d < s.depth; d += s.block {
			products := min(s.block, s.depth-d) * taps
			for k := 0; k < products; k += callDepth {
				s.tilePass(&b, acc, d, table[2*k:2*min(products, k+callDepth)], d+k > 0)
			}
		}
	}
	if s.spread == [3]int{1, 1, 1} {
		s.storeRows(worker, &b)
	} else {
		s.storeResidues(worker, &b, local[len(b.acc):])
	}
}

// tilePass adds the products of one table, from summed channel d on, to every voxel of the block; add says whether
// the accumulators already hold a sum.
func (s *sweep) tilePass(b *tileBlock, acc []float32, d int, table []int32, add bool) {
	k := &s.first
	a := s.a[b.group*s.aGroup+b.row*s.aRow+d*s.aDepth:]
	packed := s.packed[(b.group*s.depth+d)*k.channelStride+b.start[0]*k.plane+b.start[1]*k.extent[2]+b.start[2]:]
	used := (b.size[1]-1)*k.extent[2] + b.size[2]
	vectors := ceilDiv(used, active.lanes)
	for row := 0; row < b.rows; {
		level := active.rowLevel(b.rows - row)
		for z := range b.size[0] {
			from, to := packed[z*k.plane:], acc[row*b.stride(s)+z*s.segment:]
			for v := 0; v < vectors; {
				n := tileVectors(vectors - v)
				active.tiles[level][n-1](table, a[row*s.aRow:], s.aRow, from[v*active.lanes:], to[v*active.lanes:], b.stride(s), add)
				v += n
			}
		}
		row += 1 << level
	}
}

// tileVectors chooses the width of the next tile so that none is a single vector unless it must be.
func tileVectors(left int) int {
	if left == 4 {
		return 2
	}
	return min(left, 3)
}

// storeRows hands over a block whose voxels are consecutive output voxels but for the columns between rows.
func (s *sweep) storeRows(worker int, b *tileBlock) {
	pitch, width := s.first.extent[2], b.size[2]
	for row := range b.rows {
		for z := range b.size[0] {
			values := b.acc[row*b.stride(s)+z*s.segment:]
			for y := 1; y < b.size[1]; y++ {
				copy(values[y*width:(y+1)*width], values[y*pitch:])
			}
			start := ((b.start[0]+z)*s.out[1]+b.start[1])*s.out[2] + b.start[2]
			s.store(worker, b.group*s.rows+b.row+row, start, values[:b.size[1]*width])
		}
	}
}

// storeResidues interleaves the x residues of a block into output rows. buffer holds one row.
func (s *sweep) storeResidues(worker int, b *tileBlock, buffer []float32) {
	pitch, step := s.first.extent[2], s.spread[2]
	left := max(0, step*(b.start[2]+s.origin[2])-s.low[2])
	right := min(s.out[2], step*(b.start[2]+b.size[2]+s.origin[2])-s.low[2])
	if left >= right {
		return
	}
	for row := range b.rows {
		for z := range b.size[0] {
			iz := s.spread[0]*(b.start[0]+z+s.origin[0]) + b.rz - s.low[0]
			for y := range b.size[1] {
				iy := s.spread[1]*(b.start[1]+y+s.origin[1]) + b.ry - s.low[1]
				if iz < 0 || iz >= s.out[0] || iy < 0 || iy >= s.out[1] {
					continue
				}
				for rx := range step {
					values := b.acc[(rx*b.rows+row)*b.stride(s)+z*s.segment+y*pitch:][:b.size[2]]
					first := step*(b.start[2]+s.origin[2]) + rx - s.low[2]
					if first < 0 {
						skip := min(ceilDiv(-first, step), len(values))
						values, first = values[skip:], first+skip*step
					}
					scatter(buffer[:right-left], first-left, step, values)
				}
				s.store(worker, b.group*s.rows+b.row+row, (iz*s.out[1]+iy)*s.out[2]+left, buffer[:right-left])
			}
		}
	}
}

// scatter writes values to every step-th place of dst from start on, as far as dst goes.
func scatter(dst []float32, start, step int, values []float32) {
	for _, value := range values {
		if start >= len(dst) {
			return
		}
		dst[start] = value
		start += step
	}
}

// store hands one run of finished voxels to the epilogue, or to the output.
func (s *sweep) store(worker, channel, start int, values []float32) {
	if s.epilogue != nil {
		s.epilogue(worker, s.sample, channel, start, values)
		return
	}
	copy(s.target[channel*volume(s.out)+start:], values)
}
