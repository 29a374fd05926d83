package blocked

import "github.com/vnlang/vn/runtime/cpu/kernel"

// residue is the voxels spread*q+first of a target, q in [0, count), on one axis, and the taps that reach them: tap number
// first tap + j*tapStep of the kernel reads voxel stride*q + offset + j*gap of the source, j in [0, taps), where that
// exists.
//
// A forward convolution has one residue on an axis. An input gradient has one for each residue of the input coordinate
// modulo the stride, because different taps reach them; they are in the order in which they read the source.
type residue struct {
	first, spread, count int
	source, stride       int // voxels of the source on the axis, and the step of one target voxel
	offset, gap, taps    int
	tap, tapStep         int
}

// residues returns the residues of the target of one direction on an axis.
func residues(c kernel.Convolution, d kernel.Direction, axis int) []residue {
	in, out, taps := c.Input[axis], c.Output[axis], c.Kernel[axis]
	stride, gap, low := c.Stride[axis], c.Dilation[axis], c.PadLow[axis]
	if d != kernel.DirectionInputGradient {
		return []residue{{spread: 1, count: out, source: in, stride: stride, offset: -low, gap: gap, taps: taps, tapStep: 1}}
	}
	list := make([]residue, min(stride, in))
	period := 1 // taps that are so far apart reach the same residue
	for period*gap%stride != 0 {
		period++
	}
	for first := range list {
		r := &list[first]
		*r = residue{first: first, spread: stride, count: ceilDiv(in-first, stride), source: out, stride: 1, gap: period * gap / stride}
		for tap := range min(period, taps) {
			if at := first + low - tap*gap; at%stride == 0 {
				r.taps = (taps-1-tap)/period + 1
				r.tap, r.tapStep = tap+(r.taps-1)*period, -period
				r.offset = at/stride - (r.taps-1)*r.gap
			}
		}
	}
	return list
}

// within returns the range of q of the target voxels in [from, to).
func (r *residue) within(from, to int) (first, end int) {
	index := func(voxel int) int { return ceilDiv(max(voxel-r.first, 0), r.spread) }
	return index(from), index(to)
}

// inside returns the part of [from, to) whose taps are all inside the source.
func (r *residue) inside(from, to int) (first, end int) {
	first = max(from, ceilDiv(max(-r.offset, 0), r.stride))
	room := r.source - 1 - r.offset - (r.taps-1)*r.gap
	if room < 0 || first >= to {
		return to, to
	}
	return first, max(first, min(to, room/r.stride+1))
}

// reached returns the taps of voxel q that are inside the source.
func (r *residue) reached(q int) (first, end int) {
	at := r.stride*q + r.offset
	first = ceilDiv(max(-at, 0), r.gap)
	return first, max(first, min(r.taps, ceilDiv(max(r.source-at, 0), r.gap)))
}

// fold is how a padded copy holds an axis of the source: dense, or where less is read than lies between, only what the
// taps of each voxel read.
type fold struct {
	cells      int
	voxel, tap int // cells from one voxel to the next and from one tap to the next
	dense      bool
}

// fold returns the fold for up to voxels voxels.
func (r *residue) fold(voxels int) fold {
	if cells := (voxels-1)*r.stride + (r.taps-1)*r.gap + 1; cells <= voxels*r.taps {
		return fold{cells: cells, voxel: r.stride, tap: r.gap, dense: true}
	}
	return fold{cells: voxels * r.taps, voxel: r.taps, tap: 1}
}

// used returns how many cells so many voxels read.
func (f *fold) used(r *residue, voxels int) int { return (voxels-1)*f.voxel + (r.taps-1)*f.tap + 1 }

// at returns the voxel of the source in a cell of a copy that begins with voxel q. It may be outside.
func (f *fold) at(r *residue, q, cell int) int {
	if f.dense {
		return r.stride*q + r.offset + cell
	}
	return r.stride*(q+cell/r.taps) + r.offset + cell%r.taps*r.gap
}
