package kernel

// Lanes is the number of channels that lie side by side in a blocked feature map.
const Lanes = 16

// Map is the feature maps of a batch: sample n begins at n*Stride.
//
// A plain sample is [channel][z][y][x]. A blocked one is [channel/16][z][y][x][16], dense, and needs a multiple of 16
// channels, so that it takes exactly the room of the plain one.
type Map struct {
	Data    []float32
	Stride  int
	Blocked bool
}

// Sink receives finished values in place of an output.
//
// Of a blocked output, values is a run of voxels of one block of channels, [voxel][16], which begins at voxel start, an
// index into [z][y][x], of block number channel. Of a plain output it is a run of voxels of one channel. It is scratch
// that the callee may overwrite.
//
// n is the sample. Calls with the same worker never overlap. task is a number that depends on the shape alone, never on
// the number of threads; all calls of one task come from one worker in one fixed order, so that what is summed task by
// task has the same bits in every run.
type Sink func(worker, task, n, channel, start int, values []float32)

// HandOver gives a run of voxels of one block of channels, [voxel][16], which begins at voxel start of a sample, to the
// sink: as it is where the output is blocked, else one by one the first channels of the block, by way of plain, which
// must have room for them.
func (s Sink) HandOver(worker, task, sample, block, start int, values []float32, blocked bool, channels int, plain []float32) {
	if blocked {
		s(worker, task, sample, block, start, values)
		return
	}
	n := len(values) / Lanes
	Deinterleave(plain, n, values, channels, n)
	for c := range channels {
		s(worker, task, sample, block*Lanes+c, start, plain[c*n:][:n:n])
	}
}

// Convolver is a prepared convolution, or the gradient of its input, that computes maps by blocks of channels. It is run
// by one goroutine at a time, on the implementation that was in use when it was made (Use).
type Convolver interface {
	// Workspace returns how many float32 values of scratch Run needs. It is fastest when they begin on a cache line.
	Workspace() int

	// Tasks returns the number of tasks whose numbers the sink gets.
	Tasks() int

	// Run computes the maps and hands them to sink, every voxel of every channel once. in is the input of the convolution
	// or, for the gradient of the input, the gradient of the output; weight is [Out][In][kz][ky][kx]. outBlocked says what
	// the sink gets: blocks of channels, of which there must then be a multiple of 16, or single channels. scratch holds at
	// least Workspace values of any content. The bits do not depend on the number of workers.
	Run(p *Pool, in Map, weight []float32, outBlocked bool, scratch []float32, sink Sink)
}

// Correlator is a prepared gradient of the weights of a convolution. It is run by one goroutine at a time, on the
// implementation that was in use when it was made (Use).
type Correlator interface {
	// Workspace returns how many float32 values of scratch Run needs. It is fastest when they begin on a cache line.
	Workspace() int

	// Run sets dWeight, [Out][In][kz][ky][kx], to the sum over the batch, from the input of the convolution and the
	// gradient of its output. scratch holds at least Workspace values of any content. The bits do not depend on the number
	// of workers.
	Run(p *Pool, in, dOut Map, dWeight, scratch []float32)
}
