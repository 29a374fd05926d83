package devicetest

import (
	"math"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/pass"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
)

// SameBits checks that all devices give the same bits for the same graphs, and each device from run to run.
func SameBits(t *testing.T, devices ...runtime.Device) {
	check := func(t *testing.T, g *ir.Graph) {
		if err := pass.Run(g, false); err != nil {
			t.Fatal(err)
		}
		p, err := plan.Build(g)
		if err != nil {
			t.Fatal(err)
		}
		want := run(t, devices[0], p, 11)
		for i, d := range devices {
			for range 2 {
				sameBits(t, i, run(t, d, p, 11), want)
			}
		}
	}
	for _, cases := range [][]testCase{opCases(), fusionCases(), wideCases(), shapeCases(), largeCases()} {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) { check(t, c.graph(t)) })
		}
	}
	for seed := range uint64(20) {
		check(t, randomGraph(t, 1000+seed))
	}
}

func sameBits(t *testing.T, device int, got, want tensors) {
	t.Helper()
	for name, w := range want {
		for i := range w {
			if math.Float32bits(got[name][i]) != math.Float32bits(w[i]) {
				t.Errorf("device %d: %s[%d] = %g, the first device had %g", device, name, i, got[name][i], w[i])
				break
			}
		}
	}
}

// largeCases returns graphs large enough that their work is cut into many tasks.
func largeCases() []testCase {
	return []testCase{
		{"a large stage", func(b *builder) []*ir.Value {
			x := b.feature(3, 17, 33, 35)
			y := prelu(b, conv(b, x, 4, 3))
			n := normalised(b, y, []string{ir.Batch, ir.Z, ir.Y, ir.X}, 2*17*33*35)
			return []*ir.Value{softmax(b, n), b.sum(n, ir.Batch), b.sum(n, ir.Channel, ir.X), b.sum(n, names(n.Type)...)}
		}},
	}
}
