package cuda

import "math"

// tile says how a convolution is shared among blocks, warps and the registers of a warp, and in which order a block goes
// through its products.
//
// A warp holds the sums of `stack` fragments of 16 voxels by `columns` times 8 channels. Its fragments are stacked along
// the axis along which taps follow each other, so that the voxels that a tap needs are mostly those that the tap before
// has loaded: five taps over four fragments read 8 of them, not 20.
//
// A block copies the voxels that it meets, for `chunk` products' depth of channels at a time, to shared memory, where they
// serve all taps; the weights stream past in stages of a few taps. A stage is written out in full.
type tile struct {
	slide   int    // the axis along which fragments are stacked
	voxels  [3]int // of a fragment
	stack   int    // fragments of a warp
	warps   [3]int // of a block, along the axes
	across  int    // and along the channels
	columns int    // of a warp
	chunk   int    // K-steps, of two units of 16 bytes each
	inner   int    // taps of a stage
	halos   int    // copies of the voxels in shared memory
	splits  int    // blocks that share the channels of one result
}

// Limits of a multiprocessor. Every GPU since Ampere has them: those of a data centre have more shared memory.
const (
	maxShared    = 99 << 10
	ring         = 3  // stages of weights in shared memory
	stageUnits   = 9  // products' depths that a stage may be written out for
	fragment     = 16 // voxels
	unitBytes    = 16
	columnWidth  = 8
	maxSums      = 128 // registers of a thread that hold sums
	maxRegisters = 216 // by estimate, so that none is spilt
	registerFile = 65536

	spareRegisters = 24 // so that the limit on registers spills none
)

// threads returns the threads of a block.
func (t tile) threads() int { return warpSize * t.across * t.warpsInSpace() }

func (t tile) warpsInSpace() int { return t.warps[0] * t.warps[1] * t.warps[2] }

// size returns the places that a block computes along an axis.
func (t tile) size(axis int) int {
	n := t.voxels[axis] * t.warps[axis]
	if axis == t.slide {
		n *= t.stack
	}
	return n
}

// width returns the channels that a block computes.
func (t tile) width() int { return columnWidth * t.columns * t.across }

// others returns the axes across which the taps of a stage stay, the outer one first.
func (t tile) others() [2]int {
	switch t.slide {
	case 0:
		return [2]int{1, 2}
	case 1:
		return [2]int{0, 2}
	}
	return [2]int{0, 1}
}

// halo returns the voxels that a block meets along each axis, and in all.
func (t tile) halo(axes [3]slideAxis) (along [3]int, all int) {
	all = 1
	for i, a := range axes {
		along[i] = a.reach(t.size(i))
		all *= along[i]
	}
	return along, all
}

// taps returns the number of taps of a phase.
func taps(axes [3]slideAxis) int { return axes[0].taps * axes[1].taps * axes[2].taps }

// stages returns the stages of a chunk.
func (t tile) stages(axes [3]slideAxis) int {
	if t.inner == 0 {
		return 0
	}
	return taps(axes) / t.inner
}

// stageBytes returns the bytes of a stage's weights.
func (t tile) stageBytes() int { return t.chunk * t.inner * 2 * t.width() * unitBytes }

// buffers returns the stages of weights that a block keeps in shared memory, of `steps` in all.
func buffers(steps int) int { return min(ring, steps) }

// shared returns the bytes of shared memory of a block whose sums take so many over a depth of K-steps.
func (t tile) shared(axes [3]slideAxis, depth, sums int) int {
	_, voxels := t.halo(axes)
	steps := depth / t.chunk / t.splits * t.stages(axes)
	return max(t.halos*t.chunk*2*voxels*unitBytes+buffers(steps)*t.stageBytes(), sums)
}

// registers estimates the registers of a thread: sums, two stages of weights' fragments, those of voxels, addresses.
func (t tile) registers(slots int) int {
	return 4*t.stack*t.columns + 4*slots + 2*2*t.columns + 36
}

// blocksPerSM returns how many blocks a multiprocessor with 160 KiB of shared memory holds.
func (t tile) blocksPerSM(shared, slots int) int {
	registers := 255
	for _, r := range []int{64, 80, 96, 128, 168} {
		if t.registers(slots)+spareRegisters <= r {
			registers = r
			break
		}
	}
	return max(1, min(160<<10/(shared+1024), registerFile/(registers*t.threads()), 16))
}

// layer is what the choice of a tile depends on.
type layer struct {
	axes     [3]slideAxis
	batch    int
	depth    int // K-steps
	channels int // of the result
	reduces  int
	sms      int // multiprocessors of the device that the choice is made for

	fixedWidth int // channels of a block, where they are given
}

// The clocks that parts of a multiprocessor take (CUDA programming guide; mma.sync of m16n8k16 on Ampere and Hopper).
const (
	clocksOfProduct = 2  // 16x8 sums, by all tensor cores
	clocksOfLoad    = 4  // ldmatrix of four matrices, 512 bytes
	copied          = 32 // bytes of a clock from L2 cache
	launchClocks    = 4000
	blockClocks     = 3000 // first copies, program, stores
	memoryBytes     = 1200 // of a clock, of the whole device
)

// clocks estimates how long a layer takes.
func (l layer) clocks(t tile, slots, loads int) float64 {
	shared := t.shared(l.axes, l.depth, 0)
	_, voxels := t.halo(l.axes)
	blocks := l.batch * t.splits * ceil(l.channels, t.width())
	for i, a := range l.axes {
		blocks *= a.phases * ceil(a.places(), t.size(i))
	}
	warps := t.across * t.warpsInSpace()
	chunks := l.depth / t.chunk / t.splits
	steps := chunks * t.stages(l.axes)
	products := t.chunk * t.inner * t.stack * t.columns
	weights := t.chunk * t.inner * ((t.columns + 1) / 2)
	tensor := float64(steps * warps * products * clocksOfProduct)
	reads := float64(steps * (warps * (loads + weights) * clocksOfLoad))
	copies := float64(chunks*t.chunk*2*voxels*unitBytes + steps*t.stageBytes())
	perSM := ceil(blocks, l.sms)
	resident := min(t.blocksPerSM(shared, slots), perSM)
	hidden := math.Min(1, 0.5+float64(resident*warps)/16)
	block := math.Max(tensor, 1.3*reads)/hidden + copies/copied/2
	if resident == 1 {
		block += copies / copied / float64(t.halos) / 2 // nothing else to do meanwhile
	}
	all := float64(perSM)*block + blockClocks*math.Ceil(float64(perSM)/float64(resident))
	if t.splits > 1 {
		sums := 4 * float64(l.channels*l.batch*t.splits)
		for _, a := range l.axes {
			sums *= float64(a.phases * a.places())
		}
		all += 2*sums/memoryBytes + launchClocks
	}
	return all
}

// chooseTile returns the tile by which a layer should take least time, or false where none fits.
func (l layer) chooseTile() (tile, bool) {
	var best tile
	least := math.Inf(1)
	for _, slide := range l.slides() {
		for _, voxels := range l.fragments(slide) {
			for stack := 8; stack >= 1; stack /= 2 {
				if stack > 1 && stack >= 2*l.axes[slide].places() {
					continue
				}
				for _, columns := range []int{4, 3, 2, 1, 8, 5, 6, 7} {
					if 4*stack*columns > maxSums {
						continue
					}
					t := tile{slide: slide, voxels: voxels, stack: stack, warps: [3]int{1, 1, 1}, across: 1, columns: columns, splits: 1}
					t.inner, t.chunk = l.stage(t)
					slots, loads := t.schedule(l.axes).cost()
					if t.registers(slots) > maxRegisters {
						continue
					}
					l.shares(t, func(t tile) {
						if c := l.clocks(t, slots, loads); c < least {
							best, least = t, c
						}
					})
				}
			}
		}
	}
	return best, !math.IsInf(least, 1)
}

// slides returns the axes along which fragments may be stacked: those with taps to share, or any.
func (l layer) slides() []int {
	var some []int
	for i, a := range l.axes[:2] {
		if a.taps > 1 && a.places() > 1 {
			some = append(some, i)
		}
	}
	if some == nil {
		for i, a := range l.axes {
			if a.places() > 1 {
				some = append(some, i)
			}
		}
	}
	if some == nil {
		some = []int{2}
	}
	return some
}

// fragments returns the shapes of 16 voxels that stack along an axis.
func (l layer) fragments(slide int) [][3]int {
	var all [][3]int
	shape := func(axis, n int) [3]int {
		v := [3]int{1, 1, 1}
		v[axis] = n
		return v
	}
	if slide == 2 {
		return [][3]int{shape(2, fragment)}
	}
	other := 1 - slide
	for n := fragment; n >= 1; n /= 2 {
		if n > 1 && n >= 2*l.axes[2].places() || n < 4 && n < l.axes[2].places() {
			continue
		}
		v := shape(2, n)
		v[other] = fragment / n
		all = append(all, v)
	}
	return all
}

// stage returns the taps of a stage, and the K-steps of a chunk.
func (l layer) stage(t tile) (inner, chunk int) {
	all, o := taps(l.axes), t.others()
	if all == 0 {
		return 0, 1
	}
	inner = l.axes[t.slide].taps
	for _, i := range []int{o[1], o[0]} {
		if n := inner * l.axes[i].taps; n <= stageUnits {
			inner = n
		} else {
			return inner, 1
		}
	}
	chunk = 1
	for n := 2; n*all <= stageUnits && n <= 4; n++ {
		if l.depth%n == 0 {
			chunk = n
		}
	}
	return inner, chunk
}

// shares tries the ways in which blocks and warps share the work of a layer.
func (l layer) shares(t tile, try func(tile)) {
	columns := ceil(l.channels, columnWidth)
	for _, across := range []int{1, 2, 4} {
		if t.across = across; t.columns*across >= columns+t.columns && across > 1 {
			continue
		}
		for _, warps := range warpShapes {
			n := warps[0] * warps[1] * warps[2] * across
			if t.warps = warps; n > 8 || !l.useful(t) || l.fixedWidth > 0 && l.fixedWidth != t.width() {
				continue
			}
			chunks := l.depth / t.chunk
			for splits := 1; splits <= min(chunks, 32); splits++ {
				if chunks%splits != 0 {
					continue
				}
				t.splits = splits
				for t.halos = range l.copies(t) {
					if t.shared(l.axes, l.depth, 4*l.reduces*t.warpsInSpace()*t.width()) <= maxShared {
						try(t)
					}
				}
			}
		}
	}
}

// warpShapes are the ways in which warps may lie in space.
var warpShapes = func() (all [][3]int) {
	for n := 8; n >= 1; n /= 2 {
		for y := n; y >= 1; y /= 2 {
			for x := n / y; x >= 1; x /= 2 {
				all = append(all, [3]int{n / y / x, y, x})
			}
		}
	}
	return all
}()

// useful reports whether each warp of a block has places to compute.
func (l layer) useful(t tile) bool {
	for i, a := range l.axes {
		if t.warps[i] > 1 && t.size(i)-t.size(i)/t.warps[i] >= a.places() {
			return false
		}
	}
	return true
}

// copies yields how many copies of its voxels a block may keep: with one stage to a chunk as many as of its weights, else
// one, or two to copy while the other is in use.
func (l layer) copies(t tile) func(yield func(int) bool) {
	chunks := l.depth / t.chunk / t.splits
	return func(yield func(int) bool) {
		if t.stages(l.axes) <= 1 {
			yield(buffers(chunks))
			return
		}
		if yield(1) && chunks > 1 {
			yield(2)
		}
	}
}
