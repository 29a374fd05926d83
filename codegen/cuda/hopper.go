package cuda

import (
	"slices"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
)

// hopper is a convolution of stride 1 for Hopper: an implicit matrix product by wgmma, whose left operand a warpgroup
// reads from shared memory into registers.
//
// A block makes a box of voxels by some channels. One warpgroup brings in what the two others multiply: by the tensor
// memory accelerator the halo of 16 channels, which zeros surround where the feature map ends, and by bulk copies the
// weights of a row of taps at a time. In a blocked feature map any tap is a shift of whole units of 16 bytes, so one halo
// serves them all and no access to it meets a conflict of banks.
//
// With few channels in the result, reading the left operand for every product would take longer than multiplying. So a
// warpgroup reads 64 voxels of a plane once for each tap along the two axes of the plane, and multiplies them by all taps
// across planes, into the sums of as many planes: these fill the registers.
//
// Gradients with respect to the input are the same with flipped weights. Where voxels are few, blocks share the channels
// of the input, and a second kernel adds up what they found, in a fixed order (hopper_finish.go).
//
// The same halo is what Winograd's F(4,5) along x would transform: in float16 it takes 2.5 times fewer products at less
// than half of bfloat16's error (design, "Beyond the direct floor"). It would be another consumer between hopperProducer
// and the epilogue, with packed weights of 8 points instead of 5 taps; tile, ring and epilogue stay.
type hopper struct {
	*hopperShape
	hopperTile
	kernel  *plan.Kernel
	input   Place
	weight  operand
	kinds   weightAxes
	numbers numbers
}

// hopperShape is what is computed.
type hopperShape struct {
	axes    [3]slideAxis // z, y, x
	batch   int
	in, out int // channels
	blocks  int // of 8 channels in a sample of the input's buffer
}

// hopperTaps is what a kernel may have along an axis: the halo must fit.
const hopperTaps = 7

// hopper appends the launches of a convolution for Hopper, or returns false where it is none of its kind.
func (u *unit) hopper(k *plan.Kernel) bool {
	h, ok := u.newHopper(k)
	if !ok {
		return false
	}
	weights := h.packed(u)
	if h.splits == 1 {
		u.hopperWhole(h, weights)
	} else {
		u.hopperParts(h, weights)
	}
	return true
}

// newHopper describes a kernel as a convolution for Hopper, or returns false where that is not possible.
func (u *unit) newHopper(k *plan.Kernel) (*hopper, bool) {
	halves, ok := u.options.Precision.halves()
	if u.options.Arch != SM90a || !ok || len(k.Anchor.Args) != 2 ||
		slices.ContainsFunc(k.Reduces, func(r plan.Reduce) bool { return !u.ridesOnConvolution(k, r) }) {
		return nil, false
	}
	a := k.Anchor
	x, w := a.Types[0], a.Types[1]
	if len(x.Axes) < 3 || len(x.Axes) > 5 || len(w.Axes) != len(x.Axes) || !slices.Equal(sizes(k.Domain), sizes(a.Type.Axes)) {
		return nil, false
	}
	sets, ok := alongSpace(a.Op, x, a.Type, sizes(w.Axes[2:]))
	if !ok || len(sets) != 1 {
		return nil, false
	}
	for _, s := range sets[0] {
		if s.stride != 1 || s.step != 1 || s.spread != 1 || s.taps > hopperTaps {
			return nil, false
		}
	}
	s := &hopperShape{axes: sets[0], batch: x.Axes[0].Size, in: x.Axes[1].Size, out: a.Type.Axes[1].Size}
	h := &hopper{hopperShape: s, kernel: k, weight: u.layout.operands(a)[1], numbers: halves}
	h.kinds = weightAxes{sum: 1, result: 0}
	if s.axes[2].transposed {
		h.kinds = weightAxes{sum: 0, result: 1}
	}
	if s.in%hopperDepth != 0 || s.out%16 != 0 || h.weight.form.blocked || !u.hopperOperand(h, a.Args[0], x) {
		return nil, false
	}
	h.hopperTile, ok = s.bestTile(len(k.Reduces))
	return h, ok
}

// hopperOperand finds where the input lies, or returns false where it is not blocked, in whole blocks.
func (u *unit) hopperOperand(h *hopper, v plan.View, t ir.Type) bool {
	f := u.layout.forms[v.Buffer]
	if !f.blocked {
		return false
	}
	w, ok := u.layout.walk(v, t.Axes, nil)
	if !ok || w.voxel != 0 || w.voxels != volume(t) || w.channel%blockWidth != 0 || w.alongChannel != channelAxis ||
		h.batch > 1 && w.alongSample != 0 || !slices.Equal(w.strides[2:], plan.Strides(t.Axes[2:])) {
		return false
	}
	h.blocks = w.channels / blockWidth
	h.input = u.layout.places[v.Buffer]
	h.input.Offset += int64(w.sample*h.blocks+w.channel/blockWidth) * int64(w.voxels*unitBytes)
	return true
}

// packed appends the launch that packs the weights, in the order in which blocks multiply: a stage is one copy, and for
// each of its products a matrix of wgmma's own order, not swizzled. That is the order of the convolutions of other GPUs,
// for a tile that slides along deep and has the channels of a block.
func (h *hopper) packed(u *unit) param {
	one := [3]int{1, 1, 1}
	c := &convolution{
		unit: u, kernel: h.kernel, weight: h.weight, kinds: h.kinds, numbers: h.numbers,
		layer: layer{axes: h.axes, batch: h.batch, depth: h.in / hopperDepth, channels: h.out},
		tile:  tile{slide: h.deep, voxels: one, stack: 1, warps: one, across: 1, columns: h.channels() / columnWidth, chunk: 1, splits: 1},
	}
	p := c.pack()
	return param{dtype: "unsigned char", place: Place{Offset: p.at}, section: p.section}
}

// tensorMap describes the input to the tensor memory accelerator: voxels of a row side by side with their 8 channels,
// rows, planes, and blocks of channels, of all samples. There are five dimensions because the prelude copies five.
func (h *hopper) tensorMap(dtype DType) *TensorMap {
	z, y, x := uint64(h.axes[0].in), uint64(h.axes[1].in), uint64(h.axes[2].in)
	blocks := uint64((h.batch-1)*h.blocks + h.in/blockWidth)
	return &TensorMap{
		DType:   dtype,
		Dims:    []uint64{x * blockWidth, y, z, blocks, 1},
		Strides: []uint64{x * unitBytes, x * y * unitBytes, x * y * z * unitBytes, x * y * z * unitBytes * blocks},
		Box:     []uint32{uint32(h.halo[2] * blockWidth), uint32(h.halo[1]), uint32(h.halo[0]), hopperDepth / blockWidth, 1},
	}
}
