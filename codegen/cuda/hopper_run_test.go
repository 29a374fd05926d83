//go:build cuda

package cuda_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/runtime"
	"github.com/vnlang/vn/runtime/cpu"
	cudadevice "github.com/vnlang/vn/runtime/cuda"
	"github.com/vnlang/vn/runtime/devicetest"
)

// hopperCase is a convolution, or the transpose of one, with all that rides on it: a residual, a bias, what is kept of it
// and what is summed over space.
type hopperCase struct {
	batch, in, out int
	space, kernel  [3]int
	pad            [3]int // low; high so that the size stays
	transposed     bool
	start          int // channel of the input within its buffer
	sums           bool
}

// graph returns the convolution as a graph.
func (c hopperCase) graph() string {
	three := func(v [3]int) string { return fmt.Sprintf("%d,%d,%d", v[0], v[1], v[2]) }
	var high [3]int
	for i := range high {
		high[i] = c.kernel[i] - 1 - c.pad[i]
	}
	space := fmt.Sprintf("z %d, y %d, x %d", c.space[0], c.space[1], c.space[2])
	feature := func(channels int) string {
		return fmt.Sprintf("f32[batch %d, channel %d, %s]", c.batch, channels, space)
	}
	out, in, convolve, size := c.out, c.in, "convolve", ""
	if c.transposed {
		out, in, convolve, size = in, out, "convolve_input", " size "+three(c.space)
	}
	var t strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&t, "  "+format+"\n", args...) }
	fmt.Fprintf(&t, "graph g training batch %d\n", c.batch)
	line("x = input name %q %s", "x", feature(c.in+c.start))
	line("r = input name %q %s", "r", feature(c.out))
	line("w = parameter name %q init %q f32[out %d, in %d, z %d, y %d, x %d]", "w", "zeros", out, in, c.kernel[0], c.kernel[1], c.kernel[2])
	line("bias = parameter name %q init %q f32[channel %d]", "bias", "zeros", c.out)
	line("all = neg(x) %s", feature(c.in+c.start))
	h := "all"
	if c.start > 0 {
		h = "h"
		line("h = slice(all) axis %q start %d stop %d %s", "channel", c.start, c.start+c.in, feature(c.in))
	}
	line("u = %s(%s, w) stride 1,1,1 padlow %s padhigh %s dilation 1,1,1 groups 1%s %s", convolve, h, three(c.pad), three(high), size, feature(c.out))
	line("b = broadcast(bias) %s", feature(c.out))
	line("v = add(u, b) %s", feature(c.out))
	line("y = add(v, r) %s", feature(c.out))
	line("again = abs(y) %s", feature(c.out))
	line("output again = again")
	if c.sums {
		line("each = mul(y, y) %s", feature(c.out))
		line("a = sum(each) axes %q,%q,%q,%q f32[channel %d]", "batch", "z", "y", "x", c.out)
		line("s = sum(y) axes %q,%q,%q f32[batch %d, channel %d]", "z", "y", "x", c.batch, c.out)
		line("output a = a")
		line("output s = s")
	}
	return t.String()
}

var hopperCases = []hopperCase{
	{batch: 1, in: 32, out: 32, space: [3]int{8, 16, 16}, kernel: [3]int{5, 5, 5}, pad: [3]int{2, 2, 2}},
	{batch: 2, in: 32, out: 32, space: [3]int{5, 9, 11}, kernel: [3]int{5, 5, 5}, pad: [3]int{2, 2, 2}, sums: true},
	{batch: 2, in: 32, out: 48, space: [3]int{6, 9, 11}, kernel: [3]int{3, 3, 3}, pad: [3]int{1, 1, 1}, transposed: true, sums: true},
	{batch: 1, in: 64, out: 128, space: [3]int{4, 8, 8}, kernel: [3]int{5, 5, 5}, pad: [3]int{2, 2, 2}, sums: true},
	{batch: 1, in: 48, out: 64, space: [3]int{8, 8, 4}, kernel: [3]int{5, 5, 5}, pad: [3]int{2, 2, 2}, transposed: true},
	{batch: 1, in: 16, out: 16, space: [3]int{9, 10, 20}, kernel: [3]int{7, 2, 4}, pad: [3]int{3, 1, 0}, start: 8, sums: true},
	{batch: 2, in: 16, out: 32, space: [3]int{1, 20, 20}, kernel: [3]int{1, 3, 3}, pad: [3]int{0, 1, 1}, sums: true},
	{batch: 1, in: 32, out: 16, space: [3]int{3, 20, 20}, kernel: [3]int{1, 1, 1}},
	{batch: 1, in: 32, out: 16, space: [3]int{2, 4, 8}, kernel: [3]int{1, 1, 1}, start: 16, sums: true},
}

// TestHopper compares convolutions for Hopper with the processor, where there is a Hopper or its stand-in
// (VN_STANDIN_SM=9.0).
func TestHopper(t *testing.T) {
	gpus, _, err := cudadevice.List()
	if err != nil || len(gpus) == 0 || gpus[0].Major != 9 {
		t.Skipf("no GPU of compute capability 9.x (%v)", err)
	}
	for i, c := range hopperCases {
		for _, precision := range []cuda.Precision{cuda.BF16, cuda.FP16} {
			if precision == cuda.FP16 && i%2 == 0 {
				continue
			}
			t.Run(fmt.Sprintf("%d %s", i, precision), func(t *testing.T) { checkHopper(t, c, precision) })
		}
	}
}

func checkHopper(t *testing.T, c hopperCase, precision cuda.Precision) {
	p := build(t, c.graph())
	m, err := cuda.Emit(p, cuda.Options{Precision: precision, Arch: cuda.SM90a})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, l := range m.Launches {
		found = found || strings.HasPrefix(l.Note, "wgmma")
		t.Log(l.Note, l.Grid, l.Shared)
	}
	if !found {
		t.Fatalf("no kernel for Hopper\n%s", p)
	}
	d, err := cudadevice.New(cudadevice.Options{Precision: precision})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	processor := cpu.New(0)
	defer processor.Close()
	got, want := runHopper(t, d, p), runHopper(t, processor, p)
	for name, w := range want {
		off, norm := devicetest.Distance(got[name], w)
		t.Logf("%s: %.2e", name, off/norm)
		if !(off < map[cuda.Precision]float64{cuda.BF16: 6e-3, cuda.FP16: 1e-3}[precision]*norm) {
			t.Errorf("%s is off by %.2e of its norm", name, off/norm)
		}
	}
}

// runHopper runs a plan on random numbers.
func runHopper(t *testing.T, d runtime.Device, p *plan.Plan) map[string][]float32 {
	t.Helper()
	s, err := d.Open(p, devicetest.Variables(t, d, 7, p))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	step := devicetest.NewStep(p, 7)
	if err := s.Run(step); err != nil {
		t.Fatal(err)
	}
	return step.Outputs
}
