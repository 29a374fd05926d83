package cuda

import (
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// layerOf returns the layer of a convolution of the paper's V-Net with a cubic kernel, over the places of its result, or,
// transposed, of its feature map.
func layerOf(t *testing.T, batch, in, out, z, y, x, kernel, stride int, transposed bool, sms int) layer {
	t.Helper()
	feature := func(channels, by int) ir.Type {
		return ir.Type{Axes: []ir.Axis{
			{Name: ir.Batch, Size: batch}, {Name: ir.Channel, Size: channels}, {Name: ir.Z, Size: z * by}, {Name: ir.Y, Size: y * by}, {Name: ir.X, Size: x * by},
		}}
	}
	three := func(n int) []int { return []int{n, n, n} }
	low := three(0)
	if stride == 1 {
		low = three(kernel / 2)
	}
	var o ir.Op = op.Convolve{Stride: three(stride), PadLow: low, PadHigh: low, Dilation: three(1), Groups: 1}
	from, to := feature(in, stride), feature(out, 1)
	if transposed {
		o = op.ConvolveInput{Stride: three(stride), PadLow: low, PadHigh: low, Dilation: three(1), Groups: 1}
		from, to = feature(in, 1), feature(out, stride)
	}
	sets, ok := alongSpace(o, from, to, three(kernel))
	if !ok || len(sets) != 1 {
		t.Fatalf("%d sets of phases, %v", len(sets), ok)
	}
	return layer{axes: sets[0], batch: batch, depth: in / 16, channels: out, reduces: 2, sms: sms}
}

// TestTiles checks what is chosen for the layers of V-Net: that it fits every GPU since Ampere, and, by the counts of
// products, loads and copies, that a convolution of 5x5x5 comes within 35 % of the rate of mma.sync.
func TestTiles(t *testing.T) {
	layers := []struct {
		name           string
		in, out        int
		z, y, x        int
		kernel, stride int
		transposed     bool
		floor          float64 // of the tensor cores' rate
	}{
		{"left2", 32, 32, 32, 64, 64, 5, 1, false, 0.65},
		{"left3", 64, 64, 16, 32, 32, 5, 1, false, 0.65},
		{"left4", 128, 128, 8, 16, 16, 5, 1, false, 0.5}, // half of it is launching
		{"bottom", 256, 256, 4, 8, 8, 5, 1, false, 0.4},  // reads 16 MB of weights
		{"right4", 256, 256, 8, 16, 16, 5, 1, false, 0.65},
		{"right3", 128, 128, 16, 32, 32, 5, 1, false, 0.65},
		{"right2", 64, 64, 32, 64, 64, 5, 1, false, 0.65},
		{"right1", 32, 32, 64, 128, 128, 5, 1, false, 0.65},
		{"right1 gradient", 32, 32, 64, 128, 128, 5, 1, true, 0.65},
		{"down1", 16, 32, 32, 64, 64, 2, 2, false, 0},
		{"down4", 128, 256, 4, 8, 8, 2, 2, false, 0},
		{"up1", 64, 16, 32, 64, 64, 2, 2, true, 0},
		{"up4", 256, 128, 4, 8, 8, 2, 2, true, 0},
		{"output", 32, 2, 64, 128, 128, 1, 1, false, 0},
	}
	for _, x := range layers {
		for _, batch := range []int{1, 2} {
			for _, arch := range []Arch{SM80, SM90a} {
				l := layerOf(t, batch, x.in, x.out, x.z, x.y, x.x, x.kernel, x.stride, x.transposed, arch.multiprocessors())
				c, ok := l.chooseTile()
				if !ok {
					t.Fatalf("%s: no tile", x.name)
				}
				slots, loads := c.schedule(l.axes).cost()
				shared := c.shared(l.axes, l.depth, 4*l.reduces*c.warpsInSpace()*c.width())
				products := float64(l.depth*taps(l.axes)*l.channels*batch) * 16
				for _, a := range l.axes {
					products *= float64(a.phases * a.places())
				}
				rate := products / 1024 / float64(l.sms) / l.clocks(c, slots, loads)
				t.Logf("%-16s batch %d %-7s %v: %d bytes, about %d registers, %d threads, %d a multiprocessor, %.0f %%",
					x.name, batch, arch, c, shared, c.registers(slots), c.threads(), c.blocksPerSM(shared, slots), 100*rate)
				if shared > maxShared || c.threads() > 256 || c.registers(slots) > maxRegisters {
					t.Errorf("%s: too large", x.name)
				}
				if rate < x.floor {
					t.Errorf("%s: %.0f %% of the tensor cores' rate", x.name, 100*rate)
				}
			}
		}
	}
}
