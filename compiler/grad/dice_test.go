package grad_test

import (
	"math"
	"testing"

	"github.com/vnlang/vn/compiler/grad"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/op"
	"github.com/vnlang/vn/internal/rng"
)

// diceText is the Dice coefficient D of Milletari, Navab, Ahmadi, V-Net, 3DV 2016, section 3: p is the predicted volume,
// g the true one.
const diceText = `
graph dice training batch 1
  p      = input name "p"    f32[z 4, y 5, x 6]
  g      = input name "g"    f32[z 4, y 5, x 6]
  pg     = mul(p, g)         f32[z 4, y 5, x 6]
  pp     = mul(p, p)         f32[z 4, y 5, x 6]
  gg     = mul(g, g)         f32[z 4, y 5, x 6]
  sum_pg = sum(pg) axes z,y,x   f32[]
  sum_pp = sum(pp) axes z,y,x   f32[]
  sum_gg = sum(gg) axes z,y,x   f32[]
  two    = constant value 2  f32[]
  above  = mul(two, sum_pg)  f32[]
  below  = add(sum_pp, sum_gg)  f32[]
  dice   = div(above, below) f32[]
  output dice = dice
`

// TestDice compares the gradient of the Dice loss with the paper's formula,
//
//	dD/dp_j = 2 [ g_j (S p^2 + S g^2) - 2 p_j S p g ] / (S p^2 + S g^2)^2,
//
// where S sums over all voxels.
func TestDice(t *testing.T) {
	graph := parse(t, diceText)
	dice := find(t, graph, "dice")
	gradients, err := grad.Backward(graph, dice, []*ir.Value{find(t, graph, "p")})
	if err != nil {
		t.Fatal(err)
	}
	graph.Outputs = append(graph.Outputs, ir.Output{Name: "gradient", Value: gradients[0]})
	random := rng.New(1)
	p, g := ir.NewTensor(gradients[0].Type), ir.NewTensor(gradients[0].Type)
	var pp, gg, pg float64
	for i := range p.Data {
		p.Data[i] = random.Float64()
		g.Data[i] = math.Floor(random.Float64() + 0.3)
		pp += p.Data[i] * p.Data[i]
		gg += g.Data[i] * g.Data[i]
		pg += p.Data[i] * g.Data[i]
	}
	got := evaluate(t, graph, map[string]*ir.Tensor{"p": p, "g": g})
	if d := got["dice"].Data[0]; math.Abs(d-2*pg/(pp+gg)) > 1e-15 {
		t.Errorf("D is %v, want %v", d, 2*pg/(pp+gg))
	}
	for j, gradient := range got["gradient"].Data {
		want := 2 * (g.Data[j]*(pp+gg) - 2*p.Data[j]*pg) / ((pp + gg) * (pp + gg))
		if math.Abs(gradient-want) > 1e-14*math.Abs(want) {
			t.Errorf("voxel %d: the gradient is %v, the paper's formula gives %v", j, gradient, want)
		}
	}
}

// parse parses a graph and verifies it.
func parse(t *testing.T, text string) *ir.Graph {
	t.Helper()
	g, err := ir.Parse("test", text, op.Lookup)
	if err == nil {
		err = ir.Verify(g)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// find returns the value of that name.
func find(t *testing.T, g *ir.Graph, name string) *ir.Value {
	t.Helper()
	for _, v := range g.Values {
		if v.Name == name {
			return v
		}
	}
	t.Fatalf("no value %s", name)
	return nil
}

// evaluate returns the outputs of a graph.
func evaluate(t *testing.T, g *ir.Graph, leaves map[string]*ir.Tensor) map[string]*ir.Tensor {
	t.Helper()
	r, err := ir.Evaluate(g, ir.Context{Seed: 1}, leaves)
	if err != nil {
		t.Fatal(err)
	}
	return r.Outputs
}
