package kernel

// line is the number of float32 values in a cache line, and the widest vector.
const line = 16

// tail is how far past its last value a packed sample may be read: the widest tile of voxels.
const tail = 4 * line

// packing describes a padded copy of one sample in which every tap of a kernel reads voxel v at one constant
// distance from v. A strided convolution is split by the residues of the coordinate: phase j of an axis holds the
// source coordinates step*q + residue(j) - low for q in [0, extent), with zeros where that lies outside the source.
//
// The copy is [channel][phase z][phase y][phase x][z][y][x]; phases and channels are an odd number of cache lines
// apart, so that the same voxel of many channels does not fall into one cache set.
type packing struct {
	channels      int
	source        [3]int
	step, low     [3]int
	phases        [3]int // residues that some tap needs
	residue       [3]int // residue(j) = j*residue mod step
	extent        [3]int
	plane         int // distance between z planes
	phaseStride   int
	channelStride int
	transposed    bool // the source is [x][channel]
}

// layout fills in the strides. planeUnit is what the distance between planes is a multiple of.
func (k *packing) layout(planeUnit int) {
	k.plane = roundUp(k.extent[1]*k.extent[2], planeUnit)
	k.phaseStride = oddLines(k.extent[0] * k.plane)
	k.channelStride = oddLines(volume(k.phases) * k.phaseStride)
}

// oddLines rounds n up to an odd number of cache lines.
func oddLines(n int) int { return (ceilDiv(n, line) | 1) * line }

// size returns how many values the copy takes.
func (k *packing) size() int { return k.channels*k.channelStride + tail }

// planes counts the z planes of all phases and channels.
func (k *packing) planes() int { return k.channels * volume(k.phases) * k.extent[0] }

// planesPerTask makes a task of packing long enough to be worth handing out.
func (k *packing) planesPerTask() int { return max(1, (1<<15)/k.plane) }

func (k *packing) tasks() int { return ceilDiv(k.planes(), k.planesPerTask()) }

// pack writes the planes of one task from the sample src, [channel][z][y][x], and zeros around them.
func (k *packing) pack(dst, src []float32, task int) {
	first := task * k.planesPerTask()
	last := min(first+k.planesPerTask(), k.planes())
	for i := first; i < last; i++ {
		z := i % k.extent[0]
		phase := i / k.extent[0] % volume(k.phases)
		channel := i / k.extent[0] / volume(k.phases)
		start := channel*k.channelStride + phase*k.phaseStride + z*k.plane
		used := k.extent[1] * k.extent[2]
		if k.transposed {
			Gather(dst[start:start+used], src[channel:], k.channels)
		} else {
			k.packPlane(dst[start:start+used], src[channel*volume(k.source):(channel+1)*volume(k.source)], phase, z)
		}
		end := start + k.plane
		if z == k.extent[0]-1 {
			end = channel*k.channelStride + (phase+1)*k.phaseStride
			if phase == volume(k.phases)-1 {
				end = (channel + 1) * k.channelStride
			}
		}
		if i == k.planes()-1 {
			end = k.size()
		}
		clear(dst[start+used : end])
	}
}

// packPlane writes plane z of a phase from one channel.
func (k *packing) packPlane(dst, src []float32, phase, z int) {
	residues := [3]int{phase / k.phases[2] / k.phases[1], phase / k.phases[2] % k.phases[1], phase % k.phases[2]}
	var shift [3]int // source coordinate = step*q + shift
	for axis := range 3 {
		shift[axis] = residues[axis]*k.residue[axis]%k.step[axis] - k.low[axis]
	}
	sz := k.step[0]*z + shift[0]
	if sz < 0 || sz >= k.source[0] {
		clear(dst)
		return
	}
	step, width := k.step[2], k.extent[2]
	// The q of [x0, x1) have their source inside the row.
	x0, x1 := 0, 0
	if shift[2] < 0 {
		x0 = min(ceilDiv(-shift[2], step), width)
	}
	if inside := k.source[2] - 1 - shift[2]; inside >= 0 {
		x1 = min(width, inside/step+1)
	}
	x1 = max(x0, x1)
	for y := range k.extent[1] {
		row := dst[y*width : (y+1)*width]
		sy := k.step[1]*y + shift[1]
		if sy < 0 || sy >= k.source[1] || x0 == x1 {
			clear(row)
			continue
		}
		from := src[(sz*k.source[1]+sy)*k.source[2]:][:k.source[2]]
		clear(row[:x0])
		Gather(row[x0:x1], from[step*x0+shift[2]:], step)
		clear(row[x1:])
	}
}

// pack and packSecond are the packing tasks of the contraction at hand.
func (p *Pool) pack(_, task int)       { p.sweep.first.pack(p.sweep.packed, p.sweep.source, task) }
func (p *Pool) packSecond(_, task int) { p.sweep.second.pack(p.sweep.packed2, p.sweep.source2, task) }
