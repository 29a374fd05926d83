package blocked

import "github.com/vnlang/vn/runtime/cpu/kernel"

// tapTile is the part of the target that one task computes.
type tapTile struct {
	worker, task, n     int
	piece               piece
	pair, pairs         int // of blocks of target channels
	in                  source
	values, plain, copy []float32 // [block][voxel][16], room for one block, and for a copy of the source
}

// multiply is the task that computes one piece of the target for one part of its channels, and hands it over.
func (k *tapSum) multiply(worker, task int) {
	r, pieces := &k.run, k.cut.pieces()
	t := tapTile{worker: worker, task: task, n: task / pieces % k.batch, piece: k.cut.piece(task % pieces)}
	t.pair = task / pieces / k.batch * k.partPairs
	t.pairs = min(k.partPairs, ceilDiv(k.blocks(), 2)-t.pair)
	t.in = source{values: r.in.Data[t.n*r.in.Stride:], size: k.source, channels: k.sourceChannels, isBlocked: r.in.Blocked}
	rest := r.workers[worker*k.workerFloats():][:k.workerFloats()]
	t.values, rest = take(rest, 2*k.partPairs*k.tileBlock())
	t.plain, t.copy = take(rest, k.tileBlock())

	b := &t.piece
	z := k.planes[b.z%len(k.planes)]
	q := b.z / z.spread
	first, end := z.reached(q)
	if first >= end || !k.covered {
		clear(t.values)
	}
	for i := range k.phases {
		h := &k.phases[i]
		var whole box
		whole.y0, whole.y1 = h.y.within(b.y, b.y+b.ny)
		whole.x0, whole.x1 = h.x.within(b.x, b.x+b.nx)
		boxes := [5]box{whole}
		if r.in.Blocked {
			boxes = h.frame(whole)
		} else {
			boxes[0].copied = true
		}
		for j := range boxes {
			if area := &boxes[j]; area.ny() > 0 && area.nx() > 0 {
				for tap := first; tap < end; tap++ {
					k.plane(&t, h, area, z.stride*q+z.offset+tap*z.gap, z.tap+tap*z.tapStep, tap > first)
				}
			}
		}
	}
	k.hand(&t)
}

// plane adds the terms of one tap on z, which reads plane z of the source, to the voxels of a box, or sets them.
func (k *tapSum) plane(t *tapTile, h *tapPhase, b *box, z, tap int, add bool) {
	start := tap*k.planeDepth + h.start
	if !b.copied {
		width := k.source[2] * kernel.Lanes
		from := t.in.values[t.in.start(&h.phase, b, z, 0):]
		k.sum(t, h, b, from, h.y.stride*width, h.x.stride*kernel.Lanes, h.inPlace, start, add)
		return
	}
	row, column := h.rows.voxel*h.columns.cells*kernel.Lanes, h.columns.voxel*kernel.Lanes
	for block := 0; block < k.sourceBlocks(); block += h.group {
		end := min(block+h.group, k.sourceBlocks())
		for i := block; i < end; i++ {
			t.in.copy(t.copy[(i-block)*h.copyFloats():], &h.phase, b, z, i)
		}
		first, last := block*kernel.Lanes*h.taps(), min(end*kernel.Lanes, k.sourceChannels)*h.taps()
		k.sum(t, h, b, t.copy, row, column, h.copy[first:last], start+first, add || block > 0)
	}
}

// sum adds the terms at steps, the first of which is number start, to the voxels of a box, or sets them. The source's
// voxels are row and column apart.
func (k *tapSum) sum(t *tapTile, h *tapPhase, b *box, from []float32, row, column int, steps []int32, start int, add bool) {
	tileRow, tileColumn := h.y.spread*t.piece.nx*kernel.Lanes, h.x.spread*kernel.Lanes
	y, x := h.y.first+b.y0*h.y.spread-t.piece.y, h.x.first+b.x0*h.x.spread-t.piece.x
	tile := t.values[(y*t.piece.nx+x)*kernel.Lanes:]
	lines, count := b.ny(), b.nx()
	if count < lines && count < frameUnit {
		lines, count = count, lines
		row, column, tileRow, tileColumn = column, row, tileColumn, tileRow
	}
	chunks := ceilDiv(len(steps), chunkTerms)
	for i := range chunks {
		first, end := i*len(steps)/chunks, (i+1)*len(steps)/chunks
		for pair := range t.pairs {
			block := 2 * (t.pair + pair)
			vectors := min(2, k.blocks()-block)
			weight := k.run.packed[block*k.blockFloats()+(start+first)*vectors*kernel.Lanes:]
			to := tile[2*pair*k.tileBlock():]
			for line := range lines {
				kernel.MultiplySteps(count, vectors, steps[first:end], from[line*row:], column, weight,
					to[line*tileRow:], tileColumn, k.tileBlock(), add || i > 0)
			}
		}
	}
}

// hand gives the voxels of the tile to the sink.
func (k *tapSum) hand(t *tapTile) {
	r, b := &k.run, &t.piece
	start := (b.z*k.target[1]+b.y)*k.target[2] + b.x
	voxels := b.ny * b.nx
	for i := range min(2*t.pairs, k.blocks()-2*t.pair) {
		block, values := 2*t.pair+i, t.values[i*k.tileBlock():][:voxels*kernel.Lanes]
		channels := min(kernel.Lanes, k.channels-block*kernel.Lanes)
		r.sink.HandOver(t.worker, t.task, t.n, block, start, values, r.outBlocked, channels, t.plain)
	}
}
