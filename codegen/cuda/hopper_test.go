package cuda

import (
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/compiler/plan"
)

// same returns the axis of a convolution that keeps the size.
func same(size, taps int) slideAxis {
	return slideAxis{in: size, out: size, kernel: taps, taps: taps, stride: 1, step: 1, pad: taps / 2, spread: 1, phases: 1}
}

// The tiles of V-Net's convolutions keep to what Hopper has, and leave few of its multiprocessors idle.
func TestHopperTiles(t *testing.T) {
	for _, c := range []struct {
		name     string
		channels int
		size     [3]int
		taps     int
	}{
		{"right1", 32, [3]int{64, 128, 128}, 5}, {"right2", 64, [3]int{32, 64, 64}, 5}, {"right3", 128, [3]int{16, 32, 32}, 5},
		{"right4", 256, [3]int{8, 16, 16}, 5}, {"left2", 32, [3]int{32, 64, 64}, 5}, {"left3", 64, [3]int{16, 32, 32}, 5},
		{"left4", 128, [3]int{8, 16, 16}, 5}, {"bottom", 256, [3]int{4, 8, 8}, 5}, {"wide kernel", 96, [3]int{20, 40, 40}, 7},
	} {
		for batch := 1; batch <= 2; batch++ {
			s := &hopperShape{
				axes:  [3]slideAxis{same(c.size[0], c.taps), same(c.size[1], c.taps), same(c.size[2], c.taps)},
				batch: batch, in: c.channels, out: c.channels,
			}
			tile, ok := s.bestTile(2)
			if !ok {
				t.Errorf("%s: no tile", c.name)
				continue
			}
			if n := tile.shared(s); n > hopperShared {
				t.Errorf("%s: %d bytes of shared memory", c.name, n)
			}
			if n := tile.planes * tile.width / 2; n > hopperSums {
				t.Errorf("%s: %d registers of sums", c.name, n)
			}
			if tile.stages < 2 || tile.halos < 1 || c.channels/hopperDepth%tile.splits != 0 || c.channels%tile.channels() != 0 {
				t.Errorf("%s: %+v", c.name, tile)
			}
			blocks := s.grid(tile) * tile.splits
			waves := (blocks + 131) / 132
			if busy := float64(blocks) / float64(waves*132); busy < 0.9 {
				t.Errorf("%s, batch %d: %d blocks keep %.0f%% of the device busy (%+v)", c.name, batch, blocks, 100*busy, tile)
			}
		}
	}
}

// Rows that ldmatrix reads at once lie in different banks, whatever the axis along which they lie.
func TestHopperBanks(t *testing.T) {
	s := &hopperShape{axes: [3]slideAxis{same(40, 5), same(40, 3), same(40, 4)}, batch: 1, in: 32, out: 64}
	for _, roles := range [][3]int{{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {2, 0, 1}, {1, 2, 0}, {2, 1, 0}} {
		tile, ok := s.fit(hopperTile{deep: roles[0], pair: roles[1], row: roles[2], planes: 2, width: 32, beside: roles[0], splits: 1}, 0)
		banks := map[int]bool{}
		for i := range 8 {
			banks[i*tile.stride(tile.row)%8] = true
		}
		if !ok || len(banks) != 8 {
			t.Errorf("%v: eight rows lie in %d places of 16 bytes (%v)", roles, len(banks), ok)
		}
	}
}

// What is no convolution for Hopper is left to others.
func TestHopperRefuses(t *testing.T) {
	graph := func(in, out, attributes, size string) string {
		return "graph g inference batch 1\n" +
			"  x = input name \"x\" f32[batch 1, channel " + in + ", z 8, y 8, x 8]\n" +
			"  w = parameter name \"w\" init \"ones\" f32[out " + out + ", in " + in + ", z 3, y 3, x 3]\n" +
			"  h = neg(x) f32[batch 1, channel " + in + ", z 8, y 8, x 8]\n" +
			"  y = convolve(h, w) " + attributes + " f32[batch 1, channel " + out + ", " + size + "]\n" +
			"  output y = y\n"
	}
	const plain = "stride 1,1,1 padlow 1,1,1 padhigh 1,1,1 dilation 1,1,1 groups 1"
	const eight = "z 8, y 8, x 8"
	bf16 := Options{Precision: BF16, Arch: SM90a}
	for _, c := range []struct {
		name, text string
		options    Options
		want       bool
	}{
		{"plain", graph("32", "32", plain, eight), bf16, true},
		{"fp16", graph("32", "32", plain, eight), Options{Precision: FP16, Arch: SM90a}, true},
		{"fp32", graph("32", "32", plain, eight), Options{Precision: FP32, Arch: SM90a}, false},
		{"Ampere", graph("32", "32", plain, eight), Options{Precision: BF16, Arch: SM80}, false},
		{"few results", graph("32", "8", plain, eight), bf16, false},
		{"few channels", graph("8", "32", plain, eight), bf16, false},
		{"stride", graph("32", "32", "stride 2,2,2 padlow 1,1,1 padhigh 1,1,1 dilation 1,1,1 groups 1", "z 4, y 4, x 4"), bf16, false},
		{"dilation", graph("32", "32", "stride 1,1,1 padlow 2,2,2 padhigh 2,2,2 dilation 2,2,2 groups 1", eight), bf16, false},
	} {
		g, err := ir.Parse("in.ir", c.text, op.Lookup)
		if err != nil {
			t.Fatal(err)
		}
		p, err := plan.Build(g)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Emit(p, c.options)
		if err != nil {
			t.Fatal(err)
		}
		got := false
		for _, l := range m.Launches {
			got = got || len(l.Note) > 5 && l.Note[:5] == "wgmma"
		}
		if got != c.want {
			t.Errorf("%s: for Hopper is %v", c.name, got)
		}
	}
}
