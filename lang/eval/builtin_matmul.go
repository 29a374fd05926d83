package eval

import "slices"

// matmulNatives are the products of matrices.
var matmulNatives = []native{
	{"matmul(a, b, over: string = channel)",
		"The sum over one axis of the products of a and b; the other axes that both have are paired.", matmul},
}

// matmul contracts an axis that both tensors have. The axes that only a has are folded into rows, those that only b
// has into columns, and those of both are the matrices' own: the primitive gets [shared..., row, k] and
// [shared..., k, column].
func matmul(e *elaborator, c *invocation) Value {
	a, b, over := c.tensor(e, "a"), c.tensor(e, "b"), c.string("over")
	if !e.hasAxis(c.text("a"), a, over) || !e.hasAxis(c.text("b"), b, over) {
		return Unknown{}
	}
	if a.DType != b.DType {
		e.fail("type/dtype", c.call, "one tensor is %s and the other %s", a.DType, b.DType)
		return Unknown{}
	}
	var shared, rows, columns []Axis
	var wrong []string
	for _, x := range a.Axes {
		y := b.axis(x.Name)
		switch {
		case y != nil && y.Size.Value != x.Size.Value:
			wrong = append(wrong, x.Name)
		case y != nil:
			e.mustEqual(x.Size, y.Size)
			if x.Name != over {
				shared = append(shared, x)
			}
		default:
			rows = append(rows, x)
		}
	}
	if len(wrong) > 0 {
		texts := c.operands("a", "b")
		e.misfit(c.call, "shape/matmul", texts[0], texts[1], a, b, wrong)
		return Unknown{}
	}
	for _, y := range b.Axes {
		if a.axis(y.Name) == nil {
			columns = append(columns, y)
		}
	}
	batched := a.Batched || b.Batched
	k := *a.axis(over)
	row, column := Axis{"row", Size{Value: elements(rows)}}, Axis{"column", Size{Value: elements(columns)}}
	p := e.matrix(e.broadcast(a, a.Axes, batched), append(append(slices.Clone(shared), rows...), k), append(slices.Clone(shared), row, k))
	q := e.matrix(e.broadcast(b, b.Axes, batched), append(append(slices.Clone(shared), k), columns...), append(slices.Clone(shared), k, column))
	product := e.emit("matmul", nil, append(slices.Clone(shared), row, column), batched, p, q)
	spread := append(append(slices.Clone(shared), rows...), columns...)
	product = e.emit("reshape", map[string]any{"axes": e.full(spread, batched)}, spread, batched, product)
	return e.transposed(product, ordered(spread))
}

// matrix puts the axes of a tensor in an order, then folds them into the axes of a stack of matrices.
func (e *elaborator) matrix(t *Tensor, order, folded []Axis) *Tensor {
	t = e.transposed(t, order)
	return e.emit("reshape", map[string]any{"axes": e.full(folded, t.Batched)}, folded, t.Batched, t)
}

// transposed moves the axes of a tensor into the order wanted.
func (e *elaborator) transposed(t *Tensor, wanted []Axis) *Tensor {
	at := 0
	var order []int
	if t.Batched {
		order, at = append(order, 0), 1
	}
	for _, w := range wanted {
		order = append(order, at+slices.IndexFunc(t.Axes, func(a Axis) bool { return a.Name == w.Name }))
	}
	if slices.IsSorted(order) {
		return t
	}
	return e.emit("transpose", map[string]any{"order": order}, wanted, t.Batched, t)
}
