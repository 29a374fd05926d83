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
