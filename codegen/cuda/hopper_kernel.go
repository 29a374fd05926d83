package cuda

import (
	"fmt"

	"github.com/vnlang/vn/compiler/plan"
)

// hopperBody is the text of a convolution for Hopper in the making.
type hopperBody struct {
	*body
	*hopper
	origin [3]string // the first voxel of the block, along z, y, x
	sample string
	part   string // which of the blocks of channels
	split  string
	tile   string // which of the boxes of a sample
}

// Registers of a thread that a warpgroup works with: 128 threads that copy and 256 that multiply share 64 K of them.
const (
	hopperCopying     = 40
	hopperMultiplying = 232
)

// hopperWhole appends the launch of a convolution whose blocks go through all channels of the input.
func (u *unit) hopperWhole(h *hopper, weights param) {
	b := &body{layout: u.layout, wide: u.layout.isWide(h.kernel)}
	k := &hopperBody{body: b, hopper: h}
	across := hopperGroups * 4
	if h.beside == besideChannels {
		across = 4
	}
	e := u.newEpilogue(b, h.kernel, h.channels(), across, h.perSample(h.hopperTile))
	e.reserve(u)
	m := k.begin()
	k.produce(m, weights, len(h.kernel.Reduces) > 0)
	k.consume()
	k.finish(e)
	u.callHopper(k, h.grid(h.hopperTile), h.note(), u.cost(h.kernel))
	u.sumRows(e)
}

// hopperParts appends the launches of a convolution whose blocks share the channels of the input.
func (u *unit) hopperParts(h *hopper, weights param) {
	b := &body{layout: u.layout, wide: u.layout.isWide(h.kernel)}
	k := &hopperBody{body: b, hopper: h}
	sums := h.splitSums()
	sums.at = u.take(sums.bytes())
	m := k.begin()
	k.produce(m, weights, false)
	k.consume()
	sums.leave(b, splitBlock, fmt.Sprintf("thread %% %d", hopperThreads), "acc[i] + 4 * j")
	cost := u.cost(h.kernel)
	u.callHopper(k, h.splits*h.grid(h.hopperTile), h.note(), cost)
	u.hopperFinish(h, sums)
}

// callHopper appends a launch with the tensor map of the input as its first argument.
func (u *unit) callHopper(k *hopperBody, blocks int, note string, cost plan.KernelCost) {
	s := shape{grid: [3]int{blocks, 1, 1}, block: (1 + hopperGroups) * hopperThreads, shared: k.shared(k.hopperShape)}
	l := u.launch(k.body, s, note, cost)
	l.maps = make([]*TensorMap, len(l.params))
	l.maps[0] = k.tensorMap(u.options.Precision.storage())
	u.launches = append(u.launches, l)
}

// note says how, for a profile.
func (h *hopper) note() string {
	s := fmt.Sprintf("wgmma %dx%dx%d n%d", h.box[0], h.box[1], h.box[2], h.width)
	if h.beside == besideChannels {
		s += "x2"
	}
	if h.splits > 1 {
		s += fmt.Sprintf(" k/%d", h.splits)
	}
	return s
}

// begin writes where the block is, and makes its barriers. It returns the name of the tensor map.
func (k *hopperBody) begin() string {
	m := k.parameter(param{dtype: mapType, place: k.input})
	h, t := k.hopper, k.hopperTile
	k.line("VN_DYN_SMEM(memory);")
	k.line("enum { HALO = %d, STAGE = %d };  // bytes", t.haloBytes(), t.stageBytes(k.hopperShape))
	k.line("const vn_u32 halos = vn_smem_u32(memory), weights = halos + %d, barriers = weights + %d * STAGE;", t.halos*t.haloPitch(), t.stages)
	k.line("const vn_u32 halo_full = barriers, halo_free = barriers + %d, full = barriers + %d, free = full + %d;", 8*t.halos, 16*t.halos, 8*t.stages)
	k.line("const int thread = threadIdx.x, group = thread / %d;", hopperThreads)
	k.place("blockIdx.x", h.splits)
	k.open("if (thread == 0)")
	k.line("for (int i = 0; i < %d; i++) { vn_mbar_init(halo_full + 8 * i, 1); vn_mbar_init(halo_free + 8 * i, %d); }", t.halos, hopperGroups*4)
	k.line("for (int i = 0; i < %d; i++) { vn_mbar_init(full + 8 * i, 1); vn_mbar_init(free + 8 * i, %d); }", t.stages, hopperGroups*4)
	k.line("vn_fence_mbar_init();")
	k.close()
	k.line("__syncthreads();")
	return m
}

// place writes which box, channels and, of so many, split a block has.
func (k *hopperBody) place(block string, splits int) {
	h := k.hopper
	t := h.hopperTile
	counts := []int{splits, h.out / t.channels(), h.batch, h.perSample(t)}
	names := []string{"split", "part", "n", "tile"}
	k.line("const int block = %s;", block)
	k.decode("block", counts, names)
	at := make([]string, len(names))
	for i, name := range names {
		at[i] = name
		if counts[i] == 1 {
			at[i] = "0"
		}
	}
	k.split, k.part, k.sample, k.tile = at[0], at[1], at[2], at[3]
	axes, tiles := []string{"z", "y", "x"}, make([]int, 3)
	for i := range axes {
		tiles[i] = h.tiles(t, i)
	}
	k.decode("tile", tiles, []string{"tz", "ty", "tx"})
	for i, name := range axes {
		k.origin[i] = "0"
		if tiles[i] > 1 {
			k.line("const int %s0 = t%s * %d;", name, name, t.box[i])
			k.origin[i] = name + "0"
		}
	}
}

// produce writes what one thread of the last warpgroup does: it copies halos and weights as places for them come free.
func (k *hopperBody) produce(m string, weights param, meets bool) {
	h := k.hopper
	t := h.hopperTile
	chunks, steps := h.chunks(t), k.steps()
	k.open("if (group == %d)", hopperGroups)
	k.line("vn_reg_dec<%d>();", hopperCopying)
	k.open("if (thread == %d)", hopperGroups*hopperThreads)
	first := joined(scaled(k.part, h.in/hopperDepth), scaled(k.split, chunks))
	from := k.parameter(weights)
	if first != "" {
		from += fmt.Sprintf(" + (vn_u64)(%s) * (%d * STAGE)", first, steps)
	}
	k.line("const %s* w = %s;", weights.dtype, from)
	k.open("const auto copy_halo = [&](int c)")
	place, phase := "c", "1"
	switch {
	case t.halos == 1:
		place, phase = "0", "(c & 1) ^ 1"
	case chunks > t.halos:
		place, phase = fmt.Sprintf("c %% %d", t.halos), fmt.Sprintf("(c / %d & 1) ^ 1", t.halos)
	}
	k.line("const int i = %s;", place)
	k.line("vn_mbar_wait(halo_free + 8 * i, %s);", phase)
	k.line("vn_mbar_expect(halo_full + 8 * i, HALO);")
	var low [3]string
	for i, a := range h.axes {
		_, pad := a.phase(0)
		low[i] = total(-pad, []string{k.origin[i]})
	}
	channel := joined(joined(scaled(k.sample, h.blocks), scaled(k.split, 2*chunks)), "c * 2")
	k.line("vn_tma_5d(halos + i * %d, &%s, %s, %s, %s, %s, 0, halo_full + 8 * i);", t.haloPitch(), m, zeroed(scaled(low[2], blockWidth)), low[1], low[0], channel)
	k.closeStatement()
	ahead := t.halos > 1 && chunks > 1
	if ahead {
		k.line("copy_halo(0);")
	}
	k.open("for (int c = 0, s = 0; c < %d; c++)", chunks)
	if !ahead {
		k.line("copy_halo(c);")
	}
	k.open("for (int k = 0; k < %d; k++, s++)", steps)
	if ahead {
		k.line("if (k == %d && c + 1 < %d) copy_halo(c + 1);", steps/2, chunks)
	}
	k.line("const int i = s %% %d;", t.stages)
	k.line("vn_mbar_wait(free + 8 * i, (s / %d & 1) ^ 1);", t.stages)
	k.line("vn_mbar_expect(full + 8 * i, STAGE);")
	k.line("vn_bulk_g2s(weights + i * STAGE, w + (vn_u64)s * STAGE, STAGE, full + 8 * i);")
	k.close()
	k.close()
	k.close()
	if meets {
		k.line("__syncwarp();  // 31 lanes are here already, and barriers count warps, not lanes")
		k.line("__syncthreads();  // of the sums")
	}
	k.line("return;")
	k.close()
}

// steps returns the steps of 16 channels: one for each tap within a plane.
func (h *hopper) steps() int { return h.axes[h.pair].taps * h.axes[h.row].taps }

// consume writes how the two other warpgroups multiply.
//
// Two sets of registers hold voxels: one is loaded while products read the other. So at any time the products of one plane
// are under way, across steps too, and the stage of a step is free once the first plane of the next has been given out.
func (k *hopperBody) consume() {
	h := k.hopper
	t := h.hopperTile
	taps := h.axes[t.deep].taps
	met := t.planes + taps - 1
	k.line("vn_reg_inc<%d>();", hopperMultiplying)
	k.line("const int lane = thread %% 32, warp = thread / 32 %% 4;")
	k.line("float acc[%d][%d];", t.planes, t.width/2)
	k.line("VN_UNROLL for (int i = 0; i < %d; i++)", t.planes)
	k.line("  VN_UNROLL for (int j = 0; j < %d; j++) acc[i][j] = 0.f;", t.width/2)
	k.line("// This lane's row of the four matrices: 8 voxels in a row, its neighbour, and both of the other 8 channels.")
	mine := fmt.Sprintf("%s + (2 * warp + lane / 8 %% 2) * %d + lane / 16 * %d", scaled("(lane % 8)", t.stride(t.row)), t.stride(t.pair), t.halo[0]*t.halo[1]*t.halo[2])
	right := ""
	switch t.beside {
	case besideChannels:
		right = fmt.Sprintf(" + group * %d", t.width*unitBytes)
	default:
		mine += fmt.Sprintf(" + group * %d", t.stride(t.beside)*t.box[t.beside]/2)
	}
	k.line("const vn_u32 mine = halos + (%s) * 16;", mine)
	k.line("vn_u32 voxels[2][4];")
	k.open("for (int c = 0, s = 0; c < %d; c++)", h.chunks(t))
	place, phase := "", "0"
	switch {
	case h.chunks(t) == 1:
	case t.halos == 1:
		phase = "c & 1"
	default:
		place, phase = fmt.Sprintf("c %% %d", t.halos), fmt.Sprintf("c / %d & 1", t.halos)
	}
	k.line("vn_mbar_wait(%s, %s);", joined("halo_full", scaled(place, 8)), phase)
	k.open("for (int k = 0; k < %d; k++, s++)", k.steps())
	k.line("const int i = s %% %d;", t.stages)
	k.line("vn_mbar_wait(full + 8 * i, s / %d & 1);", t.stages)
	outer, inner := min(t.pair, t.row), max(t.pair, t.row) // as the weights are packed
	tap := joined(scaled(fmt.Sprintf("(k / %d)", h.axes[inner].taps), t.stride(outer)), scaled(fmt.Sprintf("(k %% %d)", h.axes[inner].taps), t.stride(inner)))
	k.line("const vn_u32 at = %s + (%s) * 16;", joined("mine", scaled(place, t.haloPitch())), tap)
	k.line("const vn_u64 w = vn_gmma_desc(weights + i * STAGE%s, %d, 128);", right, t.channels()*unitBytes)
	k.open("VN_UNROLL for (int p = 0; p < %d; p++)", met)
	release := fmt.Sprintf("if (lane == 0 && s > 0) vn_mbar_arrive(free + 8 * ((s - 1) %% %d));", t.stages)
	if met%2 == 0 {
		k.line("vn_gmma_wait<1>();  // what read voxels[p %% 2] has")
		k.line("if (p == 1) { %s }", release)
	} else {
		k.line("if (p == 0) {  // an odd number of planes: the last one read what is loaded now")
		k.line("  vn_gmma_wait<0>();")
		k.line("  %s", release)
		k.line("} else {")
		k.line("  vn_gmma_wait<1>();")
		k.line("}")
	}
	k.line("vn_u32* const a = voxels[p %% 2];")
	k.line("vn_ldsm4(a[0], a[1], a[2], a[3], at + p * %d);", t.stride(t.deep)*unitBytes)
	k.line("vn_gmma_fence();")
	k.line("VN_UNROLL for (int t = 0; t < %d; t++)", taps)
	k.line("  if (p - t >= 0 && p - t < %d) %s%d(acc[p - t], a, w + t * %d);", t.planes, h.numbers.wgmma(), t.width, t.channels()*hopperDepth*2/16)
	k.line("vn_gmma_commit();")
	k.close()
	k.close()
	k.line("if (lane == 0) vn_mbar_arrive(%s);", joined("halo_free", scaled(place, 8)))
	k.close()
	k.line("vn_gmma_wait<0>();")
	k.line("VN_UNROLL for (int i = 0; i < %d; i++) vn_gmma_done(acc[i]);", t.planes)
}
