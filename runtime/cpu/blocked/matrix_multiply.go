package blocked

import "github.com/vnlang/vn/runtime/cpu/kernel"

// tile is the part of the target that one task computes for one z phase and one y phase.
type tile struct {
	worker, task, n int
	piece           piece
	width           int       // target voxels of a row
	values, plain   []float32 // [block][row][voxel][16], and room for one block
}

// multiply is the task that computes the target voxels of one piece of the coarse grid, and the rest behind the last
// coarse voxels, and hands them over.
func (k *matrix) multiply(worker, task int) {
	r := &k.run
	t := tile{worker: worker, task: task, n: task / k.cut.pieces()}
	if k.narrow {
		t.n, t.task = r.n, r.n*k.cut.pieces()+task
	}
	b := k.cut.piece(task % k.cut.pieces())
	t.piece = b
	t.width = k.end(2, b.x+b.nx) - b.x*k.spread[2]
	local := r.workers[worker*k.workerFloats():][:k.workerFloats()]
	t.values, t.plain = local[:k.blocks()*k.tileBlock()], local[k.blocks()*k.tileBlock():]
	for z := b.z * k.spread[0]; z < k.end(0, b.z+1); z++ {
		empty := b.y * k.spread[1] // the first row that no tap covers
		if phase := z - b.z*k.spread[0]; phase < k.spread[0] {
			for y := range k.spread[1] {
				k.product(&t, phase*k.spread[1]+y)
				k.handRows(&t, z, y)
			}
			empty = (b.y + b.ny) * k.spread[1]
		}
		for y := empty; y < k.end(1, b.y+b.ny); y++ {
			k.clearRows(&t, 0, t.width)
			k.hand(&t, z, y, 0, t.width)
		}
	}
}

// end returns the first target voxel on an axis behind the coarse voxels before coarse; the last one owns the rest.
func (k *matrix) end(axis, coarse int) int {
	if coarse == k.cut.grid[axis] {
		return k.target[axis]
	}
	return coarse * k.spread[axis]
}

// product computes the tile of one phase.
func (k *matrix) product(t *tile, phase int) {
	r, b := &k.run, &t.piece
	source := r.padded
	if !k.narrow {
		source = r.in.Data[t.n*r.in.Stride:]
	}
	source = source[((b.z*k.stride[0]*k.source[1]+b.y*k.stride[1])*k.source[2]+b.x*k.stride[2])*r.voxel:]
	columnStep, rowStep := k.stride[2]*r.voxel, k.stride[1]*k.source[2]*r.voxel
	rows, count := b.ny, b.nx
	if rowStep == count*columnStep && t.width == count*k.spread[2] {
		rows, count = 1, rows*count
	}
	for j := 0; j < k.columns(); j += 2 {
		weight := r.packed[phase*k.phaseFloats()+j*k.depth*kernel.Lanes:]
		vectors, at := min(2, k.columns()-j), k.column(j)
		for y := range rows {
			kernel.MultiplySteps(count, vectors, k.steps, source[y*rowStep:], columnStep, weight,
				t.values[at+y*t.width*kernel.Lanes:], k.spread[2]*kernel.Lanes, k.column(j+1)-at, false)
		}
	}
	k.clearRows(t, b.nx*k.spread[2], t.width)
}

// column returns where column j of the first coarse voxel lies in a tile.
func (k *matrix) column(j int) int {
	return j/k.spread[2]*k.tileBlock() + j%k.spread[2]*kernel.Lanes
}

// clearRows zeroes voxels [from, to) of every row of a tile.
func (k *matrix) clearRows(t *tile, from, to int) {
	if from == to {
		return
	}
	for block := range k.blocks() {
		for y := range t.piece.ny {
			row := t.values[block*k.tileBlock()+y*t.width*kernel.Lanes:]
			clear(row[from*kernel.Lanes : to*kernel.Lanes])
		}
	}
}

// handRows hands over the rows of a tile, which belong to plane z and phase y; at once where they follow each other.
func (k *matrix) handRows(t *tile, z, phase int) {
	b := &t.piece
	if k.spread[1] == 1 && t.width == k.target[2] {
		k.hand(t, z, b.y, 0, b.ny*t.width)
		return
	}
	for y := range b.ny {
		k.hand(t, z, (b.y+y)*k.spread[1]+phase, y*t.width, t.width)
	}
}

// hand gives voxels of every block to the sink: they begin at voxel from of the tile and at row y of plane z.
func (k *matrix) hand(t *tile, z, y, from, voxels int) {
	r := &k.run
	start := (z*k.target[1]+y)*k.target[2] + t.piece.x*k.spread[2]
	for block := range k.blocks() {
		values := t.values[block*k.tileBlock()+from*kernel.Lanes:][:voxels*kernel.Lanes]
		channels := min(kernel.Lanes, k.channels-block*kernel.Lanes)
		r.sink.HandOver(t.worker, t.task, t.n, block, start, values, r.outBlocked, channels, t.plain)
	}
}
