package eval

import (
	"math"

	"github.com/vnlang/vn/lang/syntax"
)

// mapNatives are the maps that have no operator.
var mapNatives = []native{
	{"exp(x)", "e to the power of x, of each element.", unaryMap("exp", math.Exp)},
	{"log(x)", "The natural logarithm of each element.", unaryMap("log", math.Log)},
	{"sqrt(x)", "The square root of each element.", unaryMap("sqrt", math.Sqrt)},
	{"abs(x)", "The magnitude of each element; of an int, an int.", absMap},
	{"floor(x)", "The largest whole number not above x, of each element; of a number, an int.", floorMap},
	{"max(a, b)", "The larger of two, element by element.", binaryMap("max", func(p, q float64) bool { return p >= q })},
	{"min(a, b)", "The smaller of two, element by element.", binaryMap("min", func(p, q float64) bool { return p <= q })},
	{"select(condition, a, b)", "a where the condition is not 0, else b, element by element.", selectMap},
	{"stop_gradient(x)", "x, through which no gradient flows.", unaryMap("stop_gradient", func(x float64) float64 { return x })},
	{"cast(x, to: string)", "x rounded to another element type: f32, f16 or bf16.", castMap},
}

// unaryMap applies a primitive to a tensor, or the function to a number.
func unaryMap(op string, f func(float64) float64) func(*elaborator, *invocation) Value {
	return func(e *elaborator, c *invocation) Value {
		if t, ok := c.values["x"].(*Tensor); ok {
			return e.emit(op, nil, t.Axes, t.Batched, t)
		}
		v, _ := number(c.values["x"])
		r := f(v)
		if math.IsNaN(r) || math.IsInf(r, 0) {
			e.fail("limit/number", c.call, "%s of %s is no finite number", op, formatNumber(v))
			return Unknown{}
		}
		return Float{r}
	}
}

func absMap(e *elaborator, c *invocation) Value {
	n, ok := c.values["x"].(Int)
	switch {
	case !ok:
		return unaryMap("abs", math.Abs)(e, c)
	case n.Value < 0:
		return e.subtract(c.call, Int{}, n)
	}
	return n
}

func floorMap(e *elaborator, c *invocation) Value {
	switch v := c.values["x"].(type) {
	case Int:
		return v
	case Float:
		f := math.Floor(v.Value)
		if math.Abs(f) > 1<<53 {
			e.fail("limit/number", c.call, "%s is too large for an int", v)
			return Unknown{}
		}
		return Int{Value: int64(f)}
	}
	return unaryMap("floor", math.Floor)(e, c)
}

// binaryMap applies a primitive to two tensors, or chooses one of two numbers.
func binaryMap(op string, first func(p, q float64) bool) func(*elaborator, *invocation) Value {
	return func(e *elaborator, c *invocation) Value {
		a, b := c.values["a"], c.values["b"]
		p, isNumber := number(a)
		q, isNumber2 := number(b)
		if isNumber && isNumber2 {
			if first(p, q) {
				return a
			}
			return b
		}
		return e.elementwise(c.call, op, c.operands("a", "b"), c.tensor(e, "a"), c.tensor(e, "b"))
	}
}

func selectMap(e *elaborator, c *invocation) Value {
	return e.elementwise(c.call, "select", c.operands("condition", "a", "b"),
		c.tensor(e, "condition"), c.tensor(e, "a"), c.tensor(e, "b"))
}

// operands returns the texts of arguments.
func (c *invocation) operands(names ...string) []syntax.Expr {
	var out []syntax.Expr
	for _, n := range names {
		out = append(out, c.text(n))
	}
	return out
}

func castMap(e *elaborator, c *invocation) Value {
	to := c.string("to")
	if to != "f32" && to != "f16" && to != "bf16" {
		e.fail("type/dtype", c.text("to"), "%q is no element type", to).Help = "write f32, f16 or bf16"
		return Unknown{}
	}
	return e.castTo(c.tensor(e, "x"), to)
}

func (e *elaborator) castTo(t *Tensor, to string) *Tensor {
	if t.DType == to {
		return t
	}
	out := e.emit("cast", map[string]any{"to": to}, t.Axes, t.Batched, t)
	out.DType = to
	return out
}
