package bench

import (
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

func TestShape(t *testing.T) {
	feature := func(channels, z, y, x int) ir.Type {
		return ir.NewType(ir.Axis{Name: ir.Batch, Size: 2}, ir.Axis{Name: ir.Channel, Size: channels}, ir.Axis{Name: ir.Z, Size: z}, ir.Axis{Name: ir.Y, Size: y}, ir.Axis{Name: ir.X, Size: x})
	}
	window := ir.NewType(ir.Axis{Name: ir.Out, Size: 32}, ir.Axis{Name: ir.In, Size: 16}, ir.Axis{Name: ir.Z, Size: 2}, ir.Axis{Name: ir.Y, Size: 3}, ir.Axis{Name: ir.X, Size: 4})
	small, large := feature(32, 4, 5, 6), feature(16, 8, 10, 12)
	for name, c := range map[string]struct {
		kernel plan.Kernel
		want   string
	}{
		"forward":         {anchored(op.Convolve{}, small, large, window), "16 → 32, 4×3×2 at 6×5×4"},
		"strided":         {anchored(op.Convolve{Stride: []int{2, 2, 2}, Dilation: []int{1, 1, 1}, Groups: 1}, small, large, window), "16 → 32, 4×3×2, stride 2 at 6×5×4"},
		"uneven":          {anchored(op.Convolve{Stride: []int{1, 2, 3}, Dilation: []int{1, 1, 4}, Groups: 4}, small, large, window), "16 → 32, 4×3×2, stride 3×2×1, dilation 4×1×1, 4 groups at 6×5×4"},
		"input gradient":  {anchored(op.ConvolveInput{}, large, small, window), "32 → 16, 4×3×2 at 12×10×8"},
		"weight gradient": {anchored(op.ConvolveWeight{}, window, large, small), "16 → 32, 4×3×2 at 12×10×8"},
		"pool":            {anchored(op.MaxPool{}, small, feature(32, 8, 10, 12)), "32 × 6×5×4"},
		"map":             {plan.Kernel{Domain: large.Axes}, "16 × 12×10×8"},
		"vector":          {plan.Kernel{Domain: []ir.Axis{{Name: ir.Channel, Size: 7}}}, "7"},
		"scalar":          {plan.Kernel{}, "1"},
	} {
		if got := shapeOf(&c.kernel); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func anchored(o ir.Op, result ir.Type, args ...ir.Type) plan.Kernel {
	return plan.Kernel{Anchor: &plan.Anchor{Op: o, Types: args, Type: result}}
}
