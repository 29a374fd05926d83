package cuda

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vnlang/vn/compiler/plan"
)

// epilogue writes what a kernel of the plan does with the results of a convolution while they are in the registers of a
// warp as tensor cores leave them: 8 voxels by 8 channels, lane 4v+p with the channels 2p and 2p+1 of voxel v. It runs the
// kernel's program on such pairs, stores, and sums what rides along.
//
// A sum takes all of space away: each thread adds up its voxels, the eight lanes of equal channels are added by exchange,
// the warps of a block through shared memory, and the blocks by a launch of their own (sumRows). All in a fixed order.
//
// For each pair of channels a caller writes column, then pair for each voxel, then endColumn; behind all of them rows.
type epilogue struct {
	*program
	channels int // of the result
	width    int // channels of a block, those beyond the result's included
	across   int // warps of a block that share channels
	row      rowsOf
}

// rowsOf says where the blocks of a kernel put their sums: a row of the block's channels for each reduction.
type rowsOf struct {
	at        int64 // scratch memory
	perSample int   // rows
	padded    int   // channels of a row
}

// newEpilogue prepares the epilogue of a kernel whose blocks have width channels, the warps of a block sharing each
// channel across times. Every sample has perSample blocks for each of its channels.
func (u *unit) newEpilogue(b *body, k *plan.Kernel, width, across, perSample int) *epilogue {
	e := &epilogue{
		program:  &program{body: b, kernel: k, axis: channelAxis, lanes: 2, anchor: "anchor"},
		channels: k.Domain[channelAxis].Size, width: width, across: across,
	}
	if !u.layout.pairs(k) {
		e.axis, e.lanes = -1, 1
	}
	e.row = rowsOf{perSample: perSample, padded: ceil(e.channels, width) * width}
	return e
}

// channelAxis is where a feature map has its channels.
const channelAxis = 1

// pairs reports whether neighbouring channels can be computed together: no view parts them, and no bound falls between.
func (l *layout) pairs(k *plan.Kernel) bool {
	if k.Domain[channelAxis].Size%2 != 0 {
		return false
	}
	for _, x := range k.Loads {
		if l.address(x.View, k.Domain, x.Bounds).splits(channelAxis, 2) {
			return false
		}
		for _, b := range x.Bounds {
			if b.Axis == channelAxis && (b.Low%2 != 0 || b.High%2 != 0) {
				return false
			}
		}
	}
	for _, x := range k.Stores {
		if l.address(x.View, k.Domain, nil).splits(channelAxis, 2) {
			return false
		}
	}
	return true
}

// reserve takes the memory for the sums of all blocks, where there are sums.
func (e *epilogue) reserve(u *unit) {
	if n := len(e.kernel.Reduces); n > 0 {
		e.row.at = u.take(int64(e.kernel.Domain[0].Size*e.row.perSample*e.row.padded*n) * 4)
	}
}

// sharedBytes returns the shared memory that the sums take, when all else is done.
func (e *epilogue) sharedBytes() int { return 4 * len(e.kernel.Reduces) * e.across * e.width }

// column begins a pair of channels, whose first is in the variable c. Columns are kept one behind another: mixed, what they
// load would not fit into registers.
func (e *epilogue) column() {
	e.line("__syncwarp();")
	for i := range e.kernel.Reduces {
		e.line("float s%d[2] = {0.f, 0.f};", i)
	}
}

// pair writes the program for one voxel; index holds an expression for each axis of the domain, "c" among them, inside
// says whether there is such a voxel, and lo and hi are the results. Channels are told apart from those beyond here.
func (e *epilogue) pair(index []string, inside []string, lo, hi string) {
	e.index = index
	if e.channels%e.width != 0 {
		inside = append(slices.Clone(inside), fmt.Sprintf("c < %d", e.channels))
	}
	if len(inside) > 0 {
		e.open("if (%s)", strings.Join(inside, " && "))
		defer e.close()
	}
	if e.lanes == 2 {
		e.line("const float anchor[2] = {%s, %s};", lo, hi)
		e.point()
		return
	}
	e.open("VN_UNROLL for (int l = 0; l < 2; l++)")
	e.line("const %s channel = c + l;", e.integer())
	if e.channels%2 != 0 {
		e.line("if (channel >= %d) continue;", e.channels)
	}
	e.index = slices.Clone(index)
	e.index[channelAxis] = "channel"
	e.line("const float anchor = l == 0 ? %s : %s;", lo, hi)
	e.point()
	e.close()
}

// point writes the program for the lanes at hand.
func (e *epilogue) point() {
	e.instructions()
	e.stores()
	for i, x := range e.kernel.Reduces {
		if e.lanes == 2 {
			e.line("VN_LANES(2) s%d[l] += r%d[l];", i, x.Register)
		} else {
			e.line("s%d[l] += r%d;", i, x.Register)
		}
	}
}

// endColumn ends a pair of channels: lanes 0 to 3 put the warp's sums into shared memory, to which the variable sums
// points. warp is the warp's number among those that share the channels, channel the pair's first within the block.
func (e *epilogue) endColumn(warp, channel string) {
	if len(e.kernel.Reduces) == 0 {
		return
	}
	for i := range e.kernel.Reduces {
		e.line("vn_add_voxels(s%d);", i)
	}
	e.open("if (lane < 4)")
	for i := range e.kernel.Reduces {
		at := joined(fmt.Sprintf("(%s * %d + %d) * %d", parenthesised(warp), len(e.kernel.Reduces), i, e.width), channel)
		e.line("VN_LANES(2) sums[%s + l] = s%d[l];", at, i)
	}
	e.close()
}

// rows writes the block's sums to its row: the number of the block among those of its sample, that of the pairs before, and
// its first channel.
func (e *epilogue) rows(threads int, row, first string) {
	n := len(e.kernel.Reduces)
	if n == 0 {
		return
	}
	to := e.scratch("float", e.row.at)
	e.line("__syncthreads();")
	e.open("for (int i = threadIdx.x; i < %d; i += %d)", n*e.width, threads)
	e.line("float sum = sums[i];")
	if e.across > 1 {
		e.line("for (int w = 1; w < %d; w++) sum += sums[w * %d + i];", e.across, n*e.width)
	}
	e.line("%s[((%s) * %d + i / %d) * %d + %s + i %% %d] = sum;",
		to, joined(scaled(e.index[0], e.row.perSample), row), n, e.width, e.row.padded, first, e.width)
	e.close()
}

// sumRows appends the launches that add up the rows of all blocks: one for each set of axes that vanish.
func (u *unit) sumRows(e *epilogue) {
	for _, group := range reductionGroups(e.kernel) {
		if len(group) > 0 {
			u.sumGroup(e, group)
		}
	}
}

// How the rows are summed: a block has eight channels side by side, 32 bytes of a row, and goes down the rows with as many
// threads as there are.
const (
	sumThreads  = 512
	sumChannels = 8
)

// sumGroup appends the launch for reductions that take the same axes away.
func (u *unit) sumGroup(e *epilogue, group []plan.Reduce) {
	k, n := e.kernel, len(e.kernel.Reduces)
	batch, keepsSample := k.Domain[0].Size, !slices.Contains(group[0].Axes, 0)
	keepsChannel := !slices.Contains(group[0].Axes, channelAxis)
	b := &body{layout: u.layout, wide: e.wide}
	from := b.scratch("float", e.row.at)
	samples, rows := 1, batch*e.row.perSample
	if keepsSample {
		samples, rows = batch, e.row.perSample
	}
	groups := ceil(e.channels, sumChannels)
	grid := [3]int{groups, samples, 1}
	if !keepsChannel {
		grid[0] = 1
	}
	lanes := sumThreads / sumChannels
	b.line("VN_SHARED(float, part, %d);", sumThreads)
	b.line("const int lane = threadIdx.x %% %d, first = threadIdx.x / %d;", sumChannels, sumChannels)
	for i, r := range k.Reduces {
		at := slices.IndexFunc(group, func(g plan.Reduce) bool {
			return g.Register == r.Register && g.Buffer == r.Buffer && g.Offset == r.Offset
		})
		if at < 0 {
			continue
		}
		b.open("")
		b.line("float sum = 0.f;")
		start := fmt.Sprintf("(%s)blockIdx.y * %d", b.integer(), rows)
		if samples == 1 {
			start = "0"
		}
		if keepsChannel {
			b.line("const int c = blockIdx.x * %d + lane;", sumChannels)
			b.line("if (c < %d)", e.channels)
		} else {
			b.line("for (int c = lane; c < %d; c += %d)", e.channels, sumChannels)
		}
		b.line("  for (int row = first; row < %d; row += %d) sum += %s[((%s) * %d + %d) * %d + c];",
			rows, lanes, from, joined(start, "row"), n, i, e.row.padded)
		b.line("part[threadIdx.x] = sum;")
		b.line("__syncthreads();")
		write := func(threads, step, count int, more []string) {
			b.open("if (threadIdx.x < %d%s)", threads, strings.Join(more, ""))
			b.line("for (int i = %d; i < %d; i++) sum += part[i * %d + threadIdx.x];", 1, count, step)
			var index []string
			if keepsSample {
				index = append(index, "blockIdx.y")
			}
			if keepsChannel {
				index = append(index, "c")
			}
			b.line("%s[%s] = sum;", b.pointer(r.Buffer, true), sum(r.Offset, r.Strides, index))
			b.close()
		}
		if keepsChannel {
			more := []string{}
			if e.channels%sumChannels != 0 {
				more = append(more, fmt.Sprintf(" && c < %d", e.channels))
			}
			write(sumChannels, sumChannels, lanes, more)
		} else {
			write(1, 1, sumThreads, nil)
		}
		b.line("__syncthreads();")
		b.close()
	}
	bytes := int64(batch*e.row.perSample*e.row.padded*n) * 4
	u.call(b, shape{grid: grid, block: sumThreads}, "finish", plan.KernelCost{Bytes: bytes})
}
