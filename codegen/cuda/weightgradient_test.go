package cuda

import (
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

// The tiles of V-Net's gradients keep to what a device has, and leave little of it idle.
func TestGradientTiles(t *testing.T) {
	cube := func(n int) [3]int { return [3]int{n, n, n} }
	for _, c := range []struct {
		name    string
		in, out int
		x, y    [3]int
		kernel  int
		stride  int
	}{
		{"dec3", 32, 32, [3]int{64, 128, 128}, [3]int{64, 128, 128}, 5, 1},
		{"dec2", 64, 64, [3]int{32, 64, 64}, [3]int{32, 64, 64}, 5, 1},
		{"dec1", 128, 128, [3]int{16, 32, 32}, [3]int{16, 32, 32}, 5, 1},
		{"dec0", 256, 256, [3]int{8, 16, 16}, [3]int{8, 16, 16}, 5, 1},
		{"bottom", 256, 256, [3]int{4, 8, 8}, [3]int{4, 8, 8}, 5, 1},
		{"down", 16, 32, [3]int{64, 128, 128}, [3]int{32, 64, 64}, 2, 2},
		{"wide kernel", 8, 8, [3]int{20, 20, 20}, [3]int{20, 20, 20}, 9, 1},
	} {
		for _, voxel := range []int{16, 32} {
			s := gradientShape{
				slides: slides{batch: 2, x: c.x, y: c.y, kernel: cube(c.kernel), stride: cube(c.stride), low: cube(c.kernel / 2), dilation: cube(1)},
				in:     c.in, out: c.out, voxel: voxel, voxels: 256 / voxel,
			}
			tile, ok := s.tile()
			if !ok {
				t.Fatalf("%s: no tile", c.name)
			}
			in, out, units := s.groups(tile)
			mma := float64(s.batch*s.y[0]*s.y[1]*s.y[2]/s.voxels) * float64(c.in) / 16 * float64(c.out) / 8 * float64(s.taps())
			peak := mma * mmaClocks / multiprocessors
			clocks := s.clocks(tile)
			t.Logf("%-12s %d bytes a voxel: %+v, %d blocks, %d KB, %d sums, estimate %.0f us, %.0f %% of mma.sync", c.name, voxel, tile,
				in*out*units*tile.shares, s.shared(tile)>>10, 4*tile.blocks*tile.units*c.kernel, clocks/1755, 100*peak/clocks)
			switch {
			case tile.m*tile.n*tile.p != tile.warps:
				t.Errorf("%s: %d warps are not %dx%dx%d", c.name, tile.warps, tile.m, tile.n, tile.p)
			case s.shared(tile) > sharedLimit:
				t.Errorf("%s: %d bytes of shared memory", c.name, s.shared(tile))
			case 4*tile.blocks*tile.units*c.kernel > mostSums:
				t.Errorf("%s: %d sums a thread", c.name, 4*tile.blocks*tile.units*c.kernel)
			case tile.shares < 1 || tile.shares > s.steps(tile):
				t.Errorf("%s: %d shares of %d steps", c.name, tile.shares, s.steps(tile))
			case c.kernel == 5 && c.y[0] > 8 && peak < clocks/2:
				t.Errorf("%s: %.0f %% of what tensor cores reach", c.name, 100*peak/clocks)
			}
		}
	}
}

// What a kernel that is made for weight gradients cannot do, it leaves to the general one.
func TestGradientDeclines(t *testing.T) {
	for _, c := range []struct {
		name            string
		in, out, groups int
		kernel          int
		precision       Precision
		want            string
	}{
		{"blocked", 16, 24, 1, 3, BF16, "mma weight gradient"},
		{"half a fragment", 8, 8, 1, 3, TF32, "mma weight gradient"},
		{"without tensor cores", 16, 16, 1, 3, FP32, "general"},
		{"odd channels", 12, 16, 1, 3, BF16, "general"},
		{"groups", 16, 16, 2, 3, BF16, "general"},
		{"one channel", 1, 16, 1, 5, FP32, "one channel weight gradient"},
		{"few results", 16, 2, 1, 1, BF16, "point weight gradient"},
		{"few results of a wide kernel", 16, 2, 1, 3, BF16, "general"},
	} {
		g := &ir.Graph{Name: "gradient", Mode: ir.Training, Batch: 2}
		b := ir.NewBuilder(g)
		feature := func(name string, channels int) *ir.Value {
			axes := []ir.Axis{{Name: ir.Batch, Size: 2}, {Name: ir.Channel, Size: channels}, {Name: ir.Z, Size: 4}, {Name: ir.Y, Size: 6}, {Name: ir.X, Size: 9}}
			return b.Add(op.Neg{}, b.Add(op.Input{Name: name, Axes: axes}))
		}
		pad, one := []int{c.kernel / 2, c.kernel / 2, c.kernel / 2}, []int{1, 1, 1}
		w := b.Add(op.ConvolveWeight{
			Stride: one, PadLow: pad, PadHigh: pad, Dilation: one, Groups: c.groups, Kernel: []int{c.kernel, c.kernel, c.kernel},
		}, feature("x", c.in), feature("dy", c.out))
		g.Outputs = append(g.Outputs, ir.Output{Name: "w", Value: w})
		p, err := plan.Build(g)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Emit(p, Options{Precision: c.precision, Arch: SM80})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, l := range m.Launches {
			found = found || len(l.Note) >= len(c.want) && l.Note[:len(c.want)] == c.want
		}
		if !found {
			t.Errorf("%s: no launch %q in %+v", c.name, c.want, m.Launches)
		}
	}
}
