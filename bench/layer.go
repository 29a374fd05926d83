package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
)

// Layer is a kernel of a plan, with the time that it took.
type Layer struct {
	runtime.KernelTime
	Shape string // of a convolution: 32 → 64, 2×2×2, stride 2 at 64×64×32; else what it runs over: 2 × 128×128×64
}

// shapeOf says in words what a kernel runs over, without the batch; space is written x, y, z. Of a convolution it names
// the channels that it reads and makes, the window and how it moves, and the size of what it makes; of one that makes the
// gradient of a weight, which has no size in space, that of the feature map that the window slides over.
func shapeOf(k *plan.Kernel) string {
	if k.Anchor == nil {
		return sizes(k.Domain)
	}
	a := k.Anchor
	var way string
	window, feature, made := a.Types[len(a.Types)-1], a.Type, a.Type
	switch o := a.Op.(type) {
	case op.Convolve:
		way = moves(o.Stride, o.Dilation, o.Groups)
	case op.ConvolveInput:
		way = moves(o.Stride, o.Dilation, o.Groups)
	case op.ConvolveWeight:
		way = moves(o.Stride, o.Dilation, o.Groups)
		window, feature, made = a.Type, a.Types[0], a.Types[1]
	default:
		return sizes(a.Type.Axes)
	}
	return fmt.Sprintf("%d → %d, %s%s at %s", a.Types[0].Size(ir.Channel), made.Size(ir.Channel), space(window.Axes), way, space(feature.Axes))
}

// moves says how a window moves where it does not move voxel by voxel over all channels.
func moves(stride, dilation []int, groups int) string {
	text := ""
	for _, x := range []struct {
		list []int // z, y, x
		name string
	}{{stride, "stride"}, {dilation, "dilation"}} {
		if slices.ContainsFunc(x.list, func(n int) bool { return n != 1 }) {
			text += ", " + x.name + " " + times(x.list)
		}
	}
	if groups > 1 {
		text += fmt.Sprintf(", %d groups", groups)
	}
	return text
}

// times writes numbers for z, y, x as x×y×z, and as one where they are equal.
func times(list []int) string {
	if len(slices.Compact(slices.Clone(list))) == 1 {
		return fmt.Sprint(list[0])
	}
	var words []string
	for _, n := range slices.Backward(list) {
		words = append(words, fmt.Sprint(n))
	}
	return strings.Join(words, "×")
}

// sizes writes the sizes of axes but for the batch: those of space together, as x, y, z.
func sizes(axes []ir.Axis) string {
	var words []string
	for _, x := range axes {
		if x.Name != ir.Batch && !ir.Spatial(x.Name) {
			words = append(words, fmt.Sprint(x.Size))
		}
	}
	if s := space(axes); s != "" {
		words = append(words, s)
	}
	if len(words) == 0 {
		return "1"
	}
	return strings.Join(words, " × ")
}

// space writes the sizes of the axes of space, which lie in memory as z, y, x, in the order x, y, z.
func space(axes []ir.Axis) string {
	var words []string
	for i := len(axes) - 1; i >= 0; i-- {
		if ir.Spatial(axes[i].Name) {
			words = append(words, fmt.Sprint(axes[i].Size))
		}
	}
	return strings.Join(words, "×")
}
