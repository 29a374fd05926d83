package cuda

// gradientTile is how a weight's gradient is cut into blocks, and those into warps.
//
// A unit is a row of taps along x: one (kz, ky). A warp holds in registers the sums of 16 in channels, some blocks of out
// channels and some units. The warps of a block take different channels and units of the same voxels: while the block
// goes down a column of the feature maps, plane after plane along z, it keeps in shared memory a plane of dy and the
// planes of x that its units meet.
type gradientTile struct {
	warps   int
	blocks  int // of out channels, a warp
	units   int // a warp
	m, n, p int // warps along in channels, out channels and units
	y, x    int // voxels of a plane of dy
	shares  int // of the columns
	perSM   int // blocks that a multiprocessor holds
}

// What the choice of a tile supposes of the device: figures of an H100. They decide how fast a kernel is, not what it
// computes; the number of shares is part of the plan, and so the sums are the same everywhere.
const (
	multiprocessors = 132
	sharedLimit     = 99 << 10 // bytes a block, on the smallest device of compute capability 8
	mmaClocks       = 1.53     // of a multiprocessor for m16n8k16, as mma.sync reaches it
	sharedPerClock  = 128      // bytes
	cachePerClock   = 20       // bytes that a multiprocessor gets from the second-level cache
	memoryPerClock  = 1800     // bytes, of the whole device
	mostSums        = 160      // registers of a thread for sums
)

// gradientShape is a gradient as the choice of a tile sees it.
type gradientShape struct {
	slides
	in, out int
	voxels  int // voxels of a fragment: 16, or 8 in TF32
	voxel   int // bytes of a voxel's block of channels
}

func (s gradientShape) unitCount() int { return s.kernel[0] * s.kernel[1] }

// planes returns how many planes of x the units of a block meet, from the first to the last of them.
func (s gradientShape) planes(t gradientTile) int {
	most, each := 0, t.p*t.units
	for first := 0; first < s.unitCount(); first += each {
		last := min(first+each, s.unitCount()) - 1
		most = max(most, last/s.kernel[1]-first/s.kernel[1]+1)
	}
	return (most-1)*s.dilation[0] + 1
}

// fresh returns how many of them are new from one plane of dy to the next.
func (s gradientShape) fresh(t gradientTile) int { return min(s.stride[0], s.planes(t)) }

// ring returns how many are kept: those in use and those on their way.
func (s gradientShape) ring(t gradientTile) int { return s.planes(t) + s.fresh(t) }

// rows and columns return the size of a plane of x.
func (s gradientShape) rows(t gradientTile) int    { return s.reach(1, t.y, s.kernel[1]) }
func (s gradientShape) columns(t gradientTile) int { return s.reach(2, t.x, s.kernel[2]) }

// planeBytes returns the shared memory of a plane of x, stageBytes that of a plane of dy.
func (s gradientShape) planeBytes(t gradientTile) int {
	return 2 * t.m * s.rows(t) * s.columns(t) * s.voxel
}
func (s gradientShape) stageBytes(t gradientTile) int { return t.n * t.blocks * t.y * t.x * s.voxel }

// shared returns the shared memory of a block.
func (s gradientShape) shared(t gradientTile) int {
	return s.ring(t)*s.planeBytes(t) + 2*s.stageBytes(t)
}

// groups returns the numbers of blocks that different channels and units take.
func (s gradientShape) groups(t gradientTile) (in, out, units int) {
	return ceil(s.in, 16*t.m), ceil(s.out, 8*t.blocks*t.n), ceil(s.unitCount(), t.units*t.p)
}

// steps returns the number of planes of dy in all columns.
func (s gradientShape) steps(t gradientTile) int {
	return s.batch * ceil(s.y[1], t.y) * ceil(s.y[2], t.x) * s.y[0]
}

// clocks estimates how long a tile takes with its number of shares.
func (s gradientShape) clocks(t gradientTile) float64 {
	in, out, units := s.groups(t)
	fragments := float64(t.warps * t.y * t.x / s.voxels)
	mma := fragments * float64(t.blocks*s.kernel[2]*t.units) * mmaClocks
	loaded := float64(s.fresh(t)*s.planeBytes(t) + s.stageBytes(t))
	conflicts := float64(min(s.stride[2], 8)) // rows of a fragment that lie apart meet in the banks
	read := fragments * (float64(s.kernel[2]*t.units)*4*conflicts + float64(t.blocks)*2)
	shared := 1.1 * (read + loaded/sharedPerClock)
	cache := loaded / cachePerClock
	step := max(mma, shared, cache) + 0.1*(mma+shared+cache) + 300/float64(t.perSM)
	blocks := in * out * units * t.shares
	rounds := ceil(blocks, multiprocessors*t.perSM) * t.perSM
	sums := float64(s.in * s.out * s.taps())
	return float64(rounds)*float64(ceil(s.steps(t), t.shares))*step + sums*4*2*float64(t.shares+1)/memoryPerClock
}

// tile returns the tile that should be the fastest, or false where none fits into shared memory.
func (s gradientShape) tile() (gradientTile, bool) {
	var best gradientTile
	least, found := 0.0, false
	s.tiles(func(t gradientTile) {
		if clocks := s.clocks(t); !found || clocks < least {
			best, least, found = t, clocks, true
		}
	})
	return best, found
}

// tiles visits the tiles that fit.
func (s gradientShape) tiles(visit func(gradientTile)) {
	for _, warps := range []int{8, 4} {
		for blocks := 1; blocks <= min(8, ceil(s.out, 8)); blocks++ {
			for units := 1; units <= min(4, s.unitCount()); units++ {
				sums := 4 * blocks * s.kernel[2] * units
				if sums > mostSums {
					continue
				}
				perSM := 8 / warps
				if sums <= 80 {
					perSM = 16 / warps
				}
				for m := 1; m <= warps; m *= 2 {
					for n := 1; m*n <= warps; n *= 2 {
						t := gradientTile{warps: warps, blocks: blocks, units: units, m: m, n: n, p: warps / m / n, perSM: perSM}
						s.planeTiles(t, visit)
					}
				}
			}
		}
	}
}

// planeTiles visits the sizes of planes, and the numbers of shares.
func (s gradientShape) planeTiles(t gradientTile, visit func(gradientTile)) {
	for t.x = 8; t.x <= 32; t.x *= 2 {
		for t.y = max(1, s.voxels/t.x); t.y <= 32; t.y *= 2 {
			if s.shared(t) > sharedLimit {
				continue
			}
			in, out, units := s.groups(t)
			steps := s.steps(t)
			for rounds := 1; rounds <= 4; rounds++ {
				t.shares = min(max(1, rounds*multiprocessors*t.perSM/(in*out*units)), steps)
				visit(t)
			}
		}
	}
}
