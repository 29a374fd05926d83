package plan_test

import (
	"math"
	"strings"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
)

// small is a graph whose plan has every kind of buffer and of instruction:
//
//	buffers  0 x, 1 w1, 2 w2, 3 s, 4 q (output), 5 both, 6 e (in the place of both), 7 total, 8 top
//	kernel 0 left, a convolution into both from element 32 on
//	kernel 1 right, a convolution of left into both from element 0 on
//	kernel 2 e, a map of both in place, and total, its sum
//	kernel 3 q and top: a quotient, a random number, a cast, a load with bounds
//	kernel 4 the update of s, in place
const small = `graph small training batch 2
  x = input name "x" f32[batch 2, channel 2, y 4, x 4]
  w1 = parameter name "w1" init "ones" f32[out 3, in 2, y 3, x 3]
  w2 = parameter name "w2" init "ones" f32[out 2, in 3, y 3, x 3]
  s = state name "s" f32[batch 2]
  left = convolve(x, w1) stride 1,1 padlow 1,1 padhigh 1,1 dilation 1,1 groups 1 f32[batch 2, channel 3, y 4, x 4]
  right = convolve(left, w2) stride 1,1 padlow 1,1 padhigh 1,1 dilation 1,1 groups 1 f32[batch 2, channel 2, y 4, x 4]
  both = concat(right, left) axis "channel" f32[batch 2, channel 5, y 4, x 4]
  e = exp(both) f32[batch 2, channel 5, y 4, x 4]
  total = sum(e) axes "channel","y","x" f32[batch 2]
  t = broadcast(total) f32[batch 2, channel 5, y 4, x 4]
  q = div(e, t) f32[batch 2, channel 5, y 4, x 4]
  r = random stream 3 distribution "normal" f32[batch 2, channel 5, y 4, x 4]
  part = slice(x) axis "y" start 1 stop 3 f32[batch 2, channel 2, y 2, x 4]
  wide = pad(part) axis "y" low 1 high 1 f32[batch 2, channel 2, y 4, x 4]
  more = pad(wide) axis "channel" low 3 f32[batch 2, channel 5, y 4, x 4]
  h = cast(r) to bf16 bf16[batch 2, channel 5, y 4, x 4]
  i = cast(h) to f32 f32[batch 2, channel 5, y 4, x 4]
  j = mul(q, i) f32[batch 2, channel 5, y 4, x 4]
  f = add(j, more) f32[batch 2, channel 5, y 4, x 4]
  again = exp(f) f32[batch 2, channel 5, y 4, x 4]
  top = reduce_max(again) axes "channel","y","x" f32[batch 2]
  next = sub(s, top) f32[batch 2]
  output q = q
  update s = next
`

// broken are the rules of a plan, each with a change that breaks it and a part of the error.
var broken = []struct {
	name   string
	change func(p *plan.Plan)
	want   string
}{
	{"no graph", func(p *plan.Plan) { p.Graph = nil }, "there is no graph"},
	{"another batch", func(p *plan.Plan) { p.Batch = 3 }, "batch 3, the graph is"},

	// Buffers.
	{"size 0", func(p *plan.Plan) { p.Buffers[5].Type = ir.NewType(ir.Axis{Name: "x"}) }, "size 0"},
	{"too many elements", func(p *plan.Plan) { p.Buffers[5].Type = ir.NewType(ir.Axis{Name: "x", Size: 1 << 41}) }, "2^40 elements"},
	{"too many bytes", func(p *plan.Plan) {
		p.Buffers[5].Type = ir.NewType(ir.Axis{Name: "x", Size: 1 << 39})
		p.Arena = 1 << 41
	}, "2^40 bytes"},
	{"unknown class", func(p *plan.Plan) { p.Buffers[5].Class = "heap" }, `class "heap"`},
	{"unaligned", func(p *plan.Plan) { p.Buffers[7].Offset = 644 }, "offset 644"},
	{"before the arena", func(p *plan.Plan) { p.Buffers[7].Offset = -64 }, "offset -64"},
	{"far away", func(p *plan.Plan) { p.Buffers[7].Offset = math.MaxInt64 / 64 * 64 }, "2^40 bytes"},
	{"an offset outside the arena", func(p *plan.Plan) { p.Buffers[0].Offset = 64 }, "outside the arena"},
	{"arena too small", func(p *plan.Plan) { p.Arena = 704 }, "arena is 704 bytes, its buffers take 768"},
	{"arena too large", func(p *plan.Plan) { p.Arena = 1 << 30 }, "its buffers take 768"},
	{"two of one name", func(p *plan.Plan) { p.Buffers[2].Name = "w1" }, `another variable is called w1`},
	{"not of the graph", func(p *plan.Plan) { p.Buffers[2].Name = "w9" }, "the graph has the variable w2"},
	{"another type", func(p *plan.Plan) { p.Buffers[3].Type = ir.NewType() }, "the graph has the variable s"},
	{"one more input", func(p *plan.Plan) {
		p.Buffers = append(p.Buffers, plan.Buffer{Name: "y", Class: plan.Input, Type: ir.NewType()})
	}, "1 of class input, the plan 2"},

	// Programs.
	{"writes nothing", func(p *plan.Plan) { p.Kernels[1].Stores = nil }, "writes nothing"},
	{"domain of nothing", func(p *plan.Plan) { p.Kernels[2].Domain = []ir.Axis{{Name: "x"}} }, "its domain"},
	{"unknown operation", func(p *plan.Plan) { p.Kernels[2].Program[1].Op = "tanh" }, `no operation "tanh"`},
	{"too few arguments", func(p *plan.Plan) { p.Kernels[2].Program[1].Args = nil }, "exp takes 1 arguments, not 0"},
	{"too many arguments", func(p *plan.Plan) { p.Kernels[2].Program[0].Args = []int{0} }, "load takes 0 arguments, not 1"},
	{"a later register", func(p *plan.Plan) { p.Kernels[2].Program[1].Args[0] = 1 }, "reads register 1"},
	{"register -1", func(p *plan.Plan) { p.Kernels[2].Program[1].Args[0] = -1 }, "reads register -1"},
	{"load -1", func(p *plan.Plan) { p.Kernels[2].Program[0].Index = -1 }, "load -1 of 1"},
	{"load of too many", func(p *plan.Plan) { p.Kernels[2].Program[0].Index = 1 }, "load 1 of 1"},
	{"no anchor", func(p *plan.Plan) { p.Kernels[2].Program[0].Op = "anchor" }, "the kernel has none"},
	{"cast to what", func(p *plan.Plan) { p.Kernels[3].Program[4].Text = "f64" }, `unknown dtype "f64"`},
	{"drawn from what", func(p *plan.Plan) { p.Kernels[3].Program[3].Text = "cauchy" }, "cauchy"},
	{"stream -1", func(p *plan.Plan) { p.Kernels[3].Program[3].Index = -1 }, "stream is -1"},

	// Views.
	{"no buffer", func(p *plan.Plan) { p.Kernels[2].Loads[0].Buffer = 9 }, "buffer 9 of 9"},
	{"buffer -1", func(p *plan.Plan) { p.Kernels[2].Stores[0].Buffer = -1 }, "buffer -1 of 9"},
	{"strides missing", func(p *plan.Plan) { p.Kernels[2].Loads[0].Strides = []int{1} }, "1 strides for 4 axes"},
	{"stride below 0", func(p *plan.Plan) { p.Kernels[2].Loads[0].Strides[3] = -1 }, "axis x has stride -1"},
	{"stride out of reach", func(p *plan.Plan) { p.Kernels[2].Loads[0].Strides[0] = math.MaxInt }, "axis batch has stride"},
	{"stride beyond the buffer", func(p *plan.Plan) { p.Kernels[2].Loads[0].Strides[0] = 81 }, "elements 0 to 160 of a buffer of 160"},
	{"offset below 0", func(p *plan.Plan) { p.Kernels[2].Loads[0].Offset = -1 }, "elements -1 to 158"},
	{"offset out of reach", func(p *plan.Plan) { p.Kernels[2].Loads[0].Offset = math.MinInt }, "offset -9"},
	{"offset beyond", func(p *plan.Plan) { p.Kernels[2].Stores[0].Offset = 1 }, "elements 1 to 160"},
	{"bound of no axis", func(p *plan.Plan) { p.Kernels[3].Loads[2].Bounds[0].Axis = 4 }, "a bound on axis 4 of 4"},
	{"two bounds of an axis", func(p *plan.Plan) { p.Kernels[3].Loads[2].Bounds[1].Axis = 1 }, "a bound on axis 1"},
	{"bound too wide", func(p *plan.Plan) { p.Kernels[3].Loads[2].Bounds[0].High = 6 }, "3 to 6 of an axis of size 5"},
	{"bound turned round", func(p *plan.Plan) { p.Kernels[3].Loads[2].Bounds[0].High = 2 }, "3 to 2 of an axis"},
	{"bound that lets read before", func(p *plan.Plan) { p.Kernels[3].Loads[2].Bounds[0].Low = 2 }, "elements -12"},

	// Writes.
	{"store of no register", func(p *plan.Plan) { p.Kernels[2].Stores[0].Register = 2 }, "register 2 of 2"},
	{"store twice", func(p *plan.Plan) { p.Kernels[2].Stores[0].Strides[0] = 0 }, "axis batch has stride 0, and writes elements again"},
	{"store over itself", func(p *plan.Plan) { p.Kernels[2].Stores[0].Strides[1] = 15 }, "axis channel has stride 15"},
	{"store into an input", func(p *plan.Plan) { p.Kernels[4].Stores[0].View = plan.View{Buffer: 0, Strides: []int{1}} }, "writes the input x"},
	{"unknown reduction", func(p *plan.Plan) { p.Kernels[2].Reduces[0].Op = "product" }, `no reduction "product"`},
	{"reduction of nothing", func(p *plan.Plan) { p.Kernels[2].Reduces[0].Axes = nil }, "reduces no axis"},
	{"reduction of no axis", func(p *plan.Plan) { p.Kernels[2].Reduces[0].Axes = []int{1, 2, 4} }, "the axes [1 2 4] of 4"},
	{"reduction in disorder", func(p *plan.Plan) { p.Kernels[2].Reduces[0].Axes = []int{2, 1, 3} }, "the axes [2 1 3]"},
	{"reduction of no register", func(p *plan.Plan) { p.Kernels[2].Reduces[0].Register = -1 }, "register -1 of 2"},
	{"reduction without strides", func(p *plan.Plan) { p.Kernels[2].Reduces[0].Strides = nil }, "0 strides for 1 axes"},

	// Anchors.
	{"no op", func(p *plan.Plan) { p.Kernels[0].Anchor.Op = nil }, "anchor left has"},
	{"an argument too few", func(p *plan.Plan) { p.Kernels[0].Anchor.Args = p.Kernels[0].Anchor.Args[:1] }, "1 arguments in memory and 2"},
	{"another domain", func(p *plan.Plan) { p.Kernels[0].Domain = p.Kernels[1].Domain }, "not over the kernel's domain"},
	{"an argument beyond", func(p *plan.Plan) { p.Kernels[1].Anchor.Args[0].Offset = 33 }, "argument 0 of the anchor: elements 33 to 160"},
	{"a sample that is not dense", func(p *plan.Plan) { p.Kernels[0].Anchor.Args[0].Strides[2] = 0 }, "argument 0 of the anchor: axis y has stride 0, not 4"},
	{"samples over each other", func(p *plan.Plan) { p.Kernels[0].Anchor.Args[0].Strides[0] = 16 }, "axis batch has stride 16, not 32"},
	{"a weight that is not dense", func(p *plan.Plan) { p.Kernels[0].Anchor.Args[1].Strides[0] = 0 }, "argument 1 of the anchor: axis out has stride 0, not 18"},

	// Contents.
	{"read before it is written", func(p *plan.Plan) { p.Kernels[1], p.Kernels[2] = p.Kernels[2], p.Kernels[1] }, "kernel 2 (right)"},
	{"never written", func(p *plan.Plan) { p.Kernels = p.Kernels[1:] }, "kernel 0 (right) reads buffer 5 (both), whose contents are not there"},
	{"written in part", func(p *plan.Plan) { p.Kernels = append(p.Kernels[:1:1], p.Kernels[2:]...) }, "96 elements of buffer 5 (both) are written, not 160"},
	{"no update", func(p *plan.Plan) { p.Kernels = p.Kernels[:4] }, "0 elements of buffer 3 (s) are written, not 2"},
	{"updated twice", func(p *plan.Plan) { p.Kernels = append(p.Kernels, p.Kernels[4]) }, "4 elements of buffer 3 (s)"},
	{"an update of what has none", func(p *plan.Plan) {
		p.Graph.Updates = nil
	}, "2 elements of buffer 3 (s) are written, not 0"},
	{"in place, shifted", func(p *plan.Plan) {
		p.Kernels[2].Loads[0].Strides, p.Kernels[2].Loads[0].Offset = []int{80, 16, 4, 0}, 3
	}, "kernel 2 (e) overwrites buffer 5 (both) while using it"},
	{"in place, over a sum", func(p *plan.Plan) { p.Buffers[7].Offset, p.Buffers[8].Offset, p.Arena = 0, 640, 704 }, "overwrites buffer"},
	{"over what is read later", func(p *plan.Plan) { p.Buffers[8].Offset, p.Arena = 0, 704 }, "kernel 3 (q) overwrites buffer 6 (e) while using it"},
	{"over a part", func(p *plan.Plan) { p.Kernels[1].Stores[0].Offset = 16 }, "kernel 1 (right) overwrites buffer 5 (both) while using it"},
	{"an update that is not elementwise", func(p *plan.Plan) { p.Kernels[4].Loads[0].Strides[0] = 0 }, "kernel 4 (next) overwrites buffer 3 (s)"},
}

// TestVerify breaks every rule by hand.
func TestVerify(t *testing.T) {
	if err := build(t, small).Verify(); err != nil {
		t.Fatal(err)
	}
	for _, c := range broken {
		t.Run(c.name, func(t *testing.T) {
			p := build(t, small)
			c.change(p)
			err := p.Verify()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want %q", err, c.want)
			}
		})
	}
}
