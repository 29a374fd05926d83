package eval_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/vnlang/vn/lang/eval"
)

// array is a dense tensor in memory order. The interpreter of this file is a few lines over it, so that the blocks of
// the standard library can be compared with their formulas without any other part of the compiler.
type array struct {
	names []string
	sizes []int
	data  []float64
}

func newArray(axes []eval.Axis) *array {
	a := &array{}
	n := 1
	for _, x := range axes {
		a.names, a.sizes = append(a.names, x.Name), append(a.sizes, x.Size.Value)
		n *= x.Size.Value
	}
	a.data = make([]float64, n)
	return a
}

// place returns the coordinates of an element by the names of the axes.
func (a *array) place(i int) map[string]int {
	at := map[string]int{}
	for k := len(a.sizes) - 1; k >= 0; k-- {
		at[a.names[k]] = i % a.sizes[k]
		i /= a.sizes[k]
	}
	return at
}

// index returns the element at coordinates; those of an axis of size 1 and of axes that a lacks do not count.
func (a *array) index(at map[string]int) int {
	i := 0
	for k, name := range a.names {
		i *= a.sizes[k]
		if a.sizes[k] > 1 {
			i += at[name]
		}
	}
	return i
}

var maps = map[string]func(v []float64) float64{
	"neg": func(v []float64) float64 { return -v[0] }, "exp": func(v []float64) float64 { return math.Exp(v[0]) },
	"log": func(v []float64) float64 { return math.Log(v[0]) }, "sqrt": func(v []float64) float64 { return math.Sqrt(v[0]) },
	"abs": func(v []float64) float64 { return math.Abs(v[0]) }, "floor": func(v []float64) float64 { return math.Floor(v[0]) },
	"stop_gradient": func(v []float64) float64 { return v[0] }, "broadcast": func(v []float64) float64 { return v[0] },
	"add": func(v []float64) float64 { return v[0] + v[1] }, "sub": func(v []float64) float64 { return v[0] - v[1] },
	"mul": func(v []float64) float64 { return v[0] * v[1] }, "div": func(v []float64) float64 { return v[0] / v[1] },
	"max": func(v []float64) float64 { return max(v[0], v[1]) }, "min": func(v []float64) float64 { return min(v[0], v[1]) },
	"pow": func(v []float64) float64 { return math.Pow(v[0], v[1]) }, "eq": func(v []float64) float64 { return truth(v[0] == v[1]) },
	"gt": func(v []float64) float64 { return truth(v[0] > v[1]) }, "ge": func(v []float64) float64 { return truth(v[0] >= v[1]) },
	"select": func(v []float64) float64 {
		if v[0] != 0 {
			return v[1]
		}
		return v[2]
	},
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

var folds = map[string]func(p, q float64) float64{
	"sum": func(p, q float64) float64 { return p + q }, "reduce_max": math.Max, "reduce_min": math.Min,
}

// interpret computes every node. Inputs, parameters and states are found by name in the values given.
func (r *recorder) interpret(t *testing.T, given map[string][]float64) []*array {
	t.Helper()
	out := make([]*array, len(r.nodes))
	for i, n := range r.nodes {
		a := newArray(n.Axes)
		out[i] = a
		var args []*array
		for _, ref := range n.Args {
			args = append(args, out[ref.(int)])
		}
		switch n.Op {
		case "input", "parameter", "state":
			values, ok := given[n.Attrs["name"].(string)]
			if !ok || len(values) != len(a.data) {
				t.Fatalf("%s: %d values for %s", r.line(i), len(values), n.Attrs["name"])
			}
			copy(a.data, values)
		case "constant":
			a.data[0] = n.Attrs["value"].(float64)
		case "reshape":
			copy(a.data, args[0].data)
		case "sum", "reduce_max", "reduce_min":
			fold(a, args[0], folds[n.Op])
		default:
			if err := elementByElement(n, a, args); err != nil {
				t.Fatalf("%s: %v", r.line(i), err)
			}
		}
	}
	return out
}

func fold(a, x *array, f func(p, q float64) float64) {
	seen := make([]bool, len(a.data))
	for j, v := range x.data {
		k := a.index(x.place(j))
		if seen[k] {
			v = f(a.data[k], v)
		}
		a.data[k], seen[k] = v, true
	}
}

// elementByElement computes each element of the result from one element of each argument.
func elementByElement(n eval.Node, a *array, args []*array) error {
	f := maps[n.Op]
	for i := range a.data {
		at := a.place(i)
		switch {
		case f != nil:
			var v []float64
			for _, x := range args {
				if n.Op != "broadcast" && !slices.Equal(x.sizes, a.sizes) {
					return fmt.Errorf("an argument is %v%v", x.names, x.sizes)
				}
				v = append(v, x.data[x.index(at)])
			}
			a.data[i] = f(v)
		case n.Op == "slice":
			axis := n.Attrs["axis"].(string)
			at[axis] += n.Attrs["start"].(int)
			a.data[i] = args[0].data[args[0].index(at)]
		case n.Op == "concat":
			axis, x := n.Attrs["axis"].(string), 0
			for k := slices.Index(a.names, axis); at[axis] >= args[x].sizes[k]; x++ {
				at[axis] -= args[x].sizes[k]
			}
			a.data[i] = args[x].data[args[x].index(at)]
		case n.Op == "transpose":
			a.data[i] = args[0].data[args[0].index(at)]
		case n.Op == "matmul":
			last := len(a.names) - 1
			for j := range args[0].sizes[last] {
				at[args[0].names[last]] = j // no axis of the result has this name
				a.data[i] += args[0].data[args[0].index(at)] * args[1].data[args[1].index(at)]
			}
		default:
			return fmt.Errorf("the interpreter does not know %s", n.Op)
		}
	}
	return nil
}

// run elaborates the model M of a text and computes its first output.
func run(t *testing.T, text string, o eval.Options, given map[string][]float64) (*array, *eval.Model, []*array) {
	t.Helper()
	p, found := load(t, text)
	r := &recorder{}
	o.Graph = r
	m, errs := p.Elaborate("M", o)
	if found = append(found, errs...); len(found) > 0 {
		t.Fatal(render(found))
	}
	all := r.interpret(t, given)
	return all[m.Outputs[0].Tensor.Ref.(int)], m, all
}

// near compares numbers with a tolerance for float64.
func near(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if d := math.Abs(got[i] - want[i]); !(d <= 1e-12+1e-9*math.Abs(want[i])) {
			t.Errorf("%s: element %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}
