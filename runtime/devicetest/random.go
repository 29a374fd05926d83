package devicetest

import (
	"math/rand/v2"
	"testing"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
)

// maxRandomElements bounds the values of a random graph, so that the reference is done with it in milliseconds.
const maxRandomElements = 6000

// generator grows a random graph. Its values stay small, so that float32 can follow float64.
type generator struct {
	*builder
	*rand.Rand
	pool    []*ir.Value // what there is to work on
	weights []*ir.Value // of convolutions, to be shared
	streams int
	wide    bool // feature maps have many channels, as backends like them that work on blocks of channels
}

// randomGraph returns a small network of random ops over one, two or three axes of space, with random updates of states,
// and the gradients of a random loss.
func randomGraph(t testing.TB, seed uint64) *ir.Graph {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	g := &generator{builder: newBuilder(1 + r.IntN(3)), Rand: r, wide: r.IntN(3) == 0}
	g.pool = append(g.pool, g.input(g.featureAxes()))
	if g.IntN(4) == 0 {
		g.input(g.featureAxes()) // which nothing may come to use
	}
	for range 3 + g.IntN(12) {
		v := g.grow()
		if err := g.Err(); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, g.Graph)
		}
		if v != nil && v.Type.Elements() <= maxRandomElements {
			g.pool = append(g.pool, v)
		}
	}
	g.addStates()
	outs := []*ir.Value{g.pool[len(g.pool)-1]}
	for range g.IntN(4) {
		outs = append(outs, g.any())
	}
	if err := g.Err(); err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	g.finish(t, outs)
	return g.Graph
}

// featureAxes returns the axes of a feature map with one to three axes of space.
func (g *generator) featureAxes() []ir.Axis {
	a := axes(ir.Batch, g.Graph.Batch, ir.Channel, g.channels())
	for _, name := range []string{ir.Z, ir.Y, ir.X}[max(0, g.IntN(5)-2):] {
		size := 1 + g.IntN(9)
		if g.wide {
			size = 1 + g.IntN(5)
		}
		a = append(a, ir.Axis{Name: name, Size: size})
	}
	return a
}

// channels returns a number of channels.
func (g *generator) channels() int {
	if g.wide && g.IntN(4) > 0 {
		return 16 * (1 + g.IntN(2))
	}
	return 1 + g.IntN(4)
}

// any returns one of the values; latest one of the newest.
func (g *generator) any() *ir.Value { return g.pool[g.IntN(len(g.pool))] }

func (g *generator) latest() *ir.Value {
	if g.IntN(4) == 0 {
		return g.any()
	}
	return g.pool[len(g.pool)-1]
}

// like returns a value of the same type, x itself where there is no other.
func (g *generator) like(x *ir.Value) *ir.Value {
	from := g.IntN(len(g.pool))
	for i := range g.pool {
		if y := g.pool[(from+i)%len(g.pool)]; y != x && y.Type.Equal(x.Type) {
			return y
		}
	}
	return x
}

// noise returns new random numbers of a type.
func (g *generator) noise(t ir.Type, distribution string) *ir.Value {
	g.streams++
	return g.random(t, g.streams, distribution)
}

// isFeature reports whether v is a feature map, as convolutions take them.
func isFeature(v *ir.Value) bool {
	return len(v.Type.Axes) > 2 && v.Type.Index(ir.Batch) == 0 && v.Type.Index(ir.Channel) == 1 && len(space(v)) == len(v.Type.Axes)-2
}

// space returns the trailing axes of space of a value.
func space(v *ir.Value) []ir.Axis {
	i := len(v.Type.Axes)
	for i > 0 && ir.Spatial(v.Type.Axes[i-1].Name) {
		i--
	}
	return v.Type.Axes[i:]
}

// grow appends a random op on values of the pool, or nothing where the one it chose does not fit.
func (g *generator) grow() *ir.Value {
	x := g.latest()
	switch n := g.IntN(20); {
	case n < 5 && isFeature(x):
		return g.contraction(x)
	case n < 7 && len(space(x)) > 0:
		return g.window(x)
	case n < 10 && len(x.Type.Axes) > 0:
		return g.view(x)
	case n < 12 && len(x.Type.Axes) > 0:
		return g.reduction(x)
	case n < 13 && len(x.Type.Axes) > 0:
		return g.concat(x)
	case n < 14 && len(x.Type.Axes) > 1:
		return g.product(x)
	}
	return g.mapped(x)
}

// addStates appends states whose updates read what there is, and each other.
func (g *generator) addStates() {
	var states []*ir.Value
	for range g.IntN(4) {
		x := g.any()
		s := g.state(x.Type.Axes)
		next := g.Add(op.Add{}, g.scale(s, 0.5), g.Add(op.StopGradient{}, x))
		switch g.IntN(5) {
		case 0:
			next = g.Add(op.StopGradient{}, x)
		case 1:
			if len(s.Type.Axes) > 0 {
				a := s.Type.Axes[g.IntN(len(s.Type.Axes))]
				top := g.over(g.Add(op.ReduceMax{Axes: []string{a.Name}}, s), s)
				next = g.scale(g.Add(op.Sub{}, next, top), 0.5)
			}
		case 2:
			for _, other := range states {
				if other.Type.Equal(s.Type) {
					next = g.scale(other, -1)
				}
			}
		}
		g.update(s, next)
		states = append(states, s)
		if g.IntN(2) == 0 {
			g.pool = append(g.pool, g.Add(op.Mul{}, s, x))
		}
		if g.IntN(3) == 0 {
			g.pool = append(g.pool, next)
		}
	}
}
