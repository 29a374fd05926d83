package devicetest

import (
	"math/rand/v2"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// randomGraph returns a small network of random ops, with the gradients of a random loss.
func randomGraph(t *testing.T, seed uint64) *ir.Graph {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	b := newBuilder(1 + r.IntN(3))
	pool := []*ir.Value{b.feature(1+r.IntN(4), 1+r.IntN(4), 1+r.IntN(5), 1+r.IntN(9))}
	for range 4 + r.IntN(10) {
		pool = append(pool, grow(b, r, pool))
	}
	outs := []*ir.Value{pool[len(pool)-1]}
	for range r.IntN(3) {
		outs = append(outs, pool[r.IntN(len(pool))])
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	b.finish(t, outs)
	return b.Graph
}

// grow appends a random op on values of the pool. Values stay small, so that float32 can follow.
func grow(b *builder, r *rand.Rand, pool []*ir.Value) *ir.Value {
	x := pool[len(pool)-1]
	if r.IntN(4) == 0 {
		x = pool[r.IntN(len(pool))]
	}
	scale := func(v *ir.Value, by float64) *ir.Value {
		return b.Add(op.Mul{}, v, b.over(b.Add(op.Constant{Value: by}), v))
	}
	switch r.IntN(14) {
	case 0, 1, 2:
		kernel := 1 + 2*r.IntN(2)
		out := 1 + r.IntN(5)
		return scale(conv(b, x, out, kernel), 1/float64(kernel*kernel*x.Type.Size(ir.Channel)))
	case 3:
		return prelu(b, x)
	case 4, 5:
		for _, y := range pool {
			if y != x && y.Type.Equal(x.Type) {
				return b.Add(op.Add{}, x, y)
			}
		}
		return scale(x, -0.5)
	case 6:
		return scale(softmax(b, x), 2)
	case 7:
		y := pool[r.IntN(len(pool))]
		for _, a := range []string{ir.Z, ir.Y, ir.X} {
			if y.Type.Size(a) != x.Type.Size(a) {
				y = x
			}
		}
		return b.Add(op.Concat{Axis: ir.Channel}, x, y)
	case 8:
		c := x.Type.Size(ir.Channel)
		start := r.IntN(c)
		return b.Add(op.Slice{Axis: ir.Channel, Start: start, Stop: start + 1 + r.IntN(c-start)}, x)
	case 9:
		return b.Add(op.Pad{Axis: []string{ir.Channel, ir.Z, ir.Y, ir.X}[r.IntN(4)], Low: r.IntN(2), High: r.IntN(3)}, x)
	case 10:
		mean := b.Add(op.Sum{Axes: []string{ir.Z, ir.Y, ir.X}}, x)
		n := x.Type.Size(ir.Z) * x.Type.Size(ir.Y) * x.Type.Size(ir.X)
		return b.Add(op.Sub{}, x, b.over(scale(mean, 1/float64(n)), x))
	case 11:
		size := []int{x.Type.Size(ir.Z), x.Type.Size(ir.Y) + r.IntN(3), 2 * x.Type.Size(ir.X)}
		return b.Add(op.Resize{Size: size, Mode: []string{op.Linear, op.Nearest}[r.IntN(2)]}, x)
	case 12:
		o := op.Convolve{Stride: []int{1, 1, 2}, PadLow: []int{0, 0, 1}, PadHigh: []int{0, 0, 1}, Dilation: three(1), Groups: 1}
		return scale(b.Add(o, x, b.weight(2, x.Type.Size(ir.Channel), 1, 1, 2)), 0.5)
	default:
		return b.Add(op.Exp{}, scale(b.Add(op.Abs{}, x), -1))
	}
}
