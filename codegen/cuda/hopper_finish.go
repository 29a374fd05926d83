package cuda

import (
	"fmt"

	"github.com/vnlang/vn/compiler/plan"
)

// finish writes the epilogue of a block that has all sums.
func (k *hopperBody) finish(e *epilogue) {
	t := k.hopperTile
	if len(e.kernel.Reduces) > 0 {
		k.line("vn_bar_sync(1, %d);  // the halo is no longer read", hopperGroups*hopperThreads)
		k.line("float* const sums = (float*)memory;")
	}
	first, warp := scaled(k.part, t.channels()), "group * 4 + warp"
	within := "j * 8 + lane % 4 * 2"
	if t.beside == besideChannels {
		within, warp = fmt.Sprintf("group * %d + ", t.width)+within, "warp"
	}
	k.open("VN_UNROLL for (int j = 0; j < %d; j++)", t.width/8)
	k.line("const %s c = %s;", k.integer(), joined(first, within))
	e.column()
	k.open("VN_UNROLL for (int i = 0; i < %d; i++)", t.planes)
	k.open("VN_UNROLL for (int h = 0; h < 2; h++)")
	index, inside := k.voxel("group", "i", "h")
	e.pair(index, inside, "acc[i][4 * j + 2 * h]", "acc[i][4 * j + 2 * h + 1]")
	k.close()
	k.close()
	e.endColumn(warp, within)
	k.close()
	if first == "" {
		first = "0"
	}
	e.rows(hopperGroups*hopperThreads, k.tile, first)
}

// voxel writes where the voxel is that a thread has in half h of plane i of its warpgroup, and returns the index of the
// kernel's domain and the conditions under which there is such a voxel.
func (k *hopperBody) voxel(group, i, h string) (index, inside []string) {
	t := k.hopperTile
	var offset [3]string
	offset[t.deep], offset[t.pair], offset[t.row] = i, "2 * warp + "+h, "lane / 4"
	if t.beside < besideChannels {
		offset[t.beside] = joined(offset[t.beside], fmt.Sprintf("%s * %d", group, t.box[t.beside]/2))
	}
	index = []string{"n", "c"}
	if k.batch == 1 {
		index[0] = "0"
	}
	missing := 5 - len(k.kernel.Domain)
	for axis, name := range []string{"z", "y", "x"} {
		ragged := k.axes[axis].out%t.box[axis] != 0
		if axis < missing || k.axes[axis].out == 1 {
			if axis >= missing {
				index = append(index, "0")
			}
			if t.box[axis] > 1 {
				inside = append(inside, fmt.Sprintf("%s == 0", parenthesised(offset[axis])))
			}
			continue
		}
		k.line("const %s %s = %s;", k.integer(), name, joined(k.origin[axis], offset[axis]))
		index = append(index, name)
		if ragged {
			inside = append(inside, fmt.Sprintf("%s < %d", name, k.axes[axis].out))
		}
	}
	return index, inside
}

// splitSums returns what the splits leave: for each warpgroup, with rows of planes and columns of 8 channels.
func (h *hopper) splitSums() splitSums {
	return splitSums{
		splits: h.splits, blocks: h.grid(h.hopperTile) * hopperGroups, rows: h.planes, columns: h.width / 8, threads: hopperThreads,
	}
}

// splitBlock is the number of a warpgroup as a block of splitSums.
var splitBlock = fmt.Sprintf("block * %d + group", hopperGroups)

// hopperFinish appends the launch that adds up the parts and runs the epilogue: a block has what one warpgroup had of 8
// channels of a plane.
func (u *unit) hopperFinish(h *hopper, sums splitSums) {
	t := h.hopperTile
	b := &body{layout: u.layout, wide: u.layout.isWide(h.kernel)}
	k := &hopperBody{body: b, hopper: h}
	perSample := h.perSample(t) * t.planes
	if t.beside != besideChannels {
		perSample *= hopperGroups
	}
	e := u.newEpilogue(b, h.kernel, 8, 4, perSample)
	e.reserve(u)
	pieces := hopperGroups * t.planes * t.width / 8 // of a block's sums
	if len(h.kernel.Reduces) > 0 {
		k.line("VN_SHARED(float, sums, %d);", e.sharedBytes()/4)
	}
	k.line("const int lane = threadIdx.x %% 32, warp = threadIdx.x / 32;")
	k.line("const int piece = blockIdx.x %% %d;", pieces)
	group, plane, column := fmt.Sprintf("(piece / %d)", pieces/2), fmt.Sprintf("piece / %d %% %d", t.width/8, t.planes), fmt.Sprintf("piece %% %d", t.width/8)
	k.line("const int group = %s, plane = %s, column = %s;", group, plane, column)
	k.place(fmt.Sprintf("blockIdx.x / %d", pieces), 1)
	sums.add(b, splitBlock, "plane", "column", 1)
	channel := joined(scaled(k.part, t.channels()), "column * 8")
	if t.beside == besideChannels {
		channel = joined(channel, fmt.Sprintf("group * %d", t.width))
	}
	k.line("const int first = %s;", channel)
	k.line("const %s c = first + lane %% 4 * 2;", k.integer())
	e.column()
	k.open("VN_UNROLL for (int h = 0; h < 2; h++)")
	index, inside := k.voxel("group", "plane", "h")
	e.pair(index, inside, "acc[0][2 * h]", "acc[0][2 * h + 1]")
	k.close()
	e.endColumn("warp", "lane % 4 * 2")
	row := joined(scaled(k.tile, t.planes), "plane")
	if t.beside != besideChannels {
		row = joined(scaled(parenthesised(joined(scaled(k.tile, 2), "group")), t.planes), "plane")
	}
	e.rows(hopperThreads, parenthesised(row), "first")
	u.call(b, shape{grid: [3]int{h.grid(t) * pieces, 1, 1}, block: hopperThreads}, "finish", plan.KernelCost{Bytes: sums.bytes()})
	u.sumRows(e)
}
