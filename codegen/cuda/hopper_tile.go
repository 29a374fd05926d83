package cuda

import "math"

// hopperTile says how a convolution is shared among blocks and warpgroups.
//
// The 64 rows of a product are 8 by 8 voxels, along the axes pair and row: eight rows of shared memory that ldmatrix reads
// at once lie along row, and a warp has two of them. A warpgroup has the sums of several such planes along the third axis,
// deep, and of width channels.
type hopperTile struct {
	deep, pair, row int // axes
	planes          int // of a warpgroup
	width           int // channels of a product
	beside          int // the axis along which the two warpgroups lie side by side, or 3: the channels

	box    [3]int // voxels of a block
	halo   [3]int // that it reads, some more where banks would conflict
	halos  int    // of them in shared memory
	stages int    // of weights in shared memory
	splits int    // blocks that share the input's channels
}

// besideChannels is where the warpgroups of a block share voxels.
const besideChannels = 3

// What fits on a multiprocessor of Hopper, and how fast it is.
const (
	hopperDepth   = 16        // channels of a product
	hopperRows    = 64        // voxels of a product
	hopperSums    = 128       // registers that hold sums
	hopperShared  = 227 << 10 // bytes of shared memory of a block
	hopperStages  = 8         // of weights; more do not help
	hopperGroups  = 2         // warpgroups that multiply
	hopperThreads = 128       // of a warpgroup
	barrierBytes  = 8 * 2 * (2 + hopperStages)

	sharedClock = 128  // bytes of a clock from shared memory
	cacheClock  = 24   // bytes of a clock from L2, when all multiprocessors read
	blockClock  = 6000 // first copies and epilogue
	launchClock = 5000 // of a second kernel, with the gap before it
)

// hopperWidths are the channels that a product may have. For each there is a wrapper of wgmma in the prelude (prelude/gen).
var hopperWidths = []int{128, 96, 80, 64, 48, 32, 16}

// channels returns the channels of a block.
func (t hopperTile) channels() int {
	if t.beside == besideChannels {
		return 2 * t.width
	}
	return t.width
}

// haloBytes returns what the halo of 16 channels takes.
func (t hopperTile) haloBytes() int {
	return hopperDepth / blockWidth * t.halo[0] * t.halo[1] * t.halo[2] * unitBytes
}

// haloPitch returns what a halo takes in shared memory; the accelerator writes to multiples of 128 bytes.
func (t hopperTile) haloPitch() int { return (t.haloBytes() + 127) &^ 127 }

// stageBytes returns what the weights of the taps along deep take, for 16 channels.
func (t hopperTile) stageBytes(s *hopperShape) int {
	return s.axes[t.deep].taps * hopperDepth * t.channels() * 2
}

// stride returns how far apart neighbours along an axis are in the halo, in units of 16 bytes.
func (t hopperTile) stride(axis int) int {
	switch axis {
	case 0:
		return t.halo[1] * t.halo[2]
	case 1:
		return t.halo[2]
	}
	return 1
}

// shared returns the bytes of shared memory.
func (t hopperTile) shared(s *hopperShape) int {
	return t.halos*t.haloPitch() + t.stages*t.stageBytes(s) + barrierBytes
}

// tiles returns the boxes along an axis.
func (s *hopperShape) tiles(t hopperTile, axis int) int {
	return ceil(s.axes[axis].out, t.box[axis])
}

// perSample returns the boxes of a sample.
func (s *hopperShape) perSample(t hopperTile) int {
	return s.tiles(t, 0) * s.tiles(t, 1) * s.tiles(t, 2)
}

// chunks returns how many times 16 channels a block goes through.
func (s *hopperShape) chunks(t hopperTile) int { return s.in / hopperDepth / t.splits }

// grid returns the blocks of one split.
func (s *hopperShape) grid(t hopperTile) int {
	return s.batch * s.perSample(t) * s.out / t.channels()
}

// bestTile returns the tile that should take the least time, for a kernel with that many reductions.
func (s *hopperShape) bestTile(reduces int) (best hopperTile, ok bool) {
	least := math.Inf(1)
	for _, roles := range [][3]int{{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 0, 1}, {1, 2, 0}, {2, 1, 0}} {
		for beside := range besideChannels + 1 {
			for _, width := range hopperWidths {
				t := hopperTile{deep: roles[0], pair: roles[1], row: roles[2], beside: beside, width: width, splits: 1}
				if s.out%t.channels() != 0 {
					continue
				}
				for t.planes = 1; t.planes*width/2 <= hopperSums; t.planes++ {
					fit, fits := s.fit(t, reduces)
					for splits := 1; fits && splits <= s.in/hopperDepth; splits++ {
						if s.in/hopperDepth%splits != 0 {
							continue
						}
						fit.splits = splits
						if c := s.clocks(fit); c < least {
							best, least, ok = fit, c, true
						}
					}
				}
			}
		}
	}
	return best, ok
}

// fit completes a tile, or returns false where it does not fit on a multiprocessor.
func (s *hopperShape) fit(t hopperTile, reduces int) (hopperTile, bool) {
	t.box[t.deep], t.box[t.pair], t.box[t.row] = t.planes, 8, 8
	if t.beside < besideChannels {
		t.box[t.beside] *= 2
	}
	for i, a := range s.axes {
		t.halo[i] = t.box[i] + a.taps - 1
	}
	if t.row < 2 { // eight rows an odd number of units apart are in different banks
		t.halo[2] |= 1
	}
	if t.row < 1 {
		t.halo[1] |= 1
	}
	for _, n := range t.halo {
		if n*blockWidth > 256 { // of a box of the accelerator
			return t, false
		}
	}
	if 4*reduces*hopperGroups*4*t.width > t.haloBytes() { // the sums of the epilogue lie where the halo was
		return t, false
	}
	for t.halos = min(2, s.in/hopperDepth); t.halos > 0; t.halos-- {
		t.stages = hopperStages
		for t.shared(s) > hopperShared && t.stages > 2 {
			t.stages--
		}
		if t.shared(s) <= hopperShared {
			return t, true
		}
	}
	return t, false
}

// clocks estimates how long the convolution takes.
func (s *hopperShape) clocks(t hopperTile) float64 {
	taps := s.axes[t.deep].taps
	steps := s.axes[t.pair].taps * s.axes[t.row].taps
	load := s.load(t)
	// While a halo is on its way to the only place there is for it, nothing is multiplied.
	gap := 0.
	if t.halos == 1 {
		gap = 1000 + float64(t.haloBytes())/cacheClock
	}
	// Between products of few taps, a warpgroup waits for what it reads.
	bubble := float64(10 * (t.planes + taps - 1))
	step := math.Max(math.Max(load.tensor+bubble, load.shared), load.cache)
	block := float64(s.chunks(t))*(float64(steps)*step+gap) + blockClock
	const sms = 132
	waves := math.Ceil(float64(s.grid(t)*t.splits) / sms)
	clocks := waves * block
	if t.splits > 1 {
		sums := float64(s.grid(t)*t.splits*hopperGroups*hopperRows*t.planes*t.width) * 4
		clocks += launchClock + 2*sums/(sms*cacheClock)
	}
	return clocks
}

// hopperLoad is what a step asks of a multiprocessor, in clocks. A step is what a block does with one stage of weights.
type hopperLoad struct{ tensor, shared, cache float64 }

// load returns what a step asks of a multiprocessor.
func (s *hopperShape) load(t hopperTile) hopperLoad {
	taps := s.axes[t.deep].taps
	products := hopperGroups * t.planes * taps
	left := hopperGroups * (t.planes + taps - 1) * hopperRows * hopperDepth * 2
	right := products * hopperDepth * t.width * 2
	steps := s.axes[t.pair].taps * s.axes[t.row].taps
	return hopperLoad{
		tensor: float64(products * t.width / 2),
		shared: float64(left+right) / sharedClock,
		cache:  (float64(t.stageBytes(s)) + float64(t.haloBytes())/float64(steps)) / cacheClock,
	}
}
