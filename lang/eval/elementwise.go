package eval

import (
	"fmt"
	"slices"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/syntax"
)

// operators are the primitives of the binary operators on tensors.
var operators = map[string]string{
	"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow",
	"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
}

// tensorOperator computes an operator of which at least one side is a tensor.
func (e *elaborator) tensorOperator(x *syntax.Binary, a, b Value) Value {
	if n, isInt := b.(Int); isInt && x.Op == "^" && n.Value >= 1 && n.Value <= 4 {
		return e.repeated(a.(*Tensor), int(n.Value))
	}
	s, ok := e.tensor(a)
	t, ok2 := e.tensor(b)
	if !ok || !ok2 {
		return e.operands(x, a, b)
	}
	switch op, known := operators[x.Op]; {
	case x.Op == "%":
		whole := e.elementwise(x, "div", []syntax.Expr{x.X, x.Y}, s, t)
		if q, ok := whole.(*Tensor); ok {
			floor := e.emit("floor", nil, q.Axes, q.Batched, q)
			if p, ok := e.elementwise(x, "mul", []syntax.Expr{x.X, x.Y}, floor, t).(*Tensor); ok {
				return e.elementwise(x, "sub", []syntax.Expr{x.X, x.Y}, s, p)
			}
		}
		return Unknown{}
	case known:
		return e.elementwise(x, op, []syntax.Expr{x.X, x.Y}, s, t)
	}
	return e.operands(x, a, b)
}

// repeated raises a tensor to a small whole power by multiplication, which is right for negative numbers on every
// device and has the cheaper gradient.
func (e *elaborator) repeated(t *Tensor, n int) Value {
	result := t
	for range n - 1 {
		result = e.emit("mul", nil, t.Axes, t.Batched, result, t)
	}
	return result
}

// elementwise applies a map primitive to tensors aligned by the names of their axes. An axis that an operand lacks, or
// has with size 1, is broadcast. The texts are the operands', for messages.
func (e *elaborator) elementwise(at syntax.Node, op string, texts []syntax.Expr, args ...*Tensor) Value {
	axes, batched, ok := e.align(at, texts, args)
	if !ok {
		return Unknown{}
	}
	spread := make([]*Tensor, len(args))
	like := leading(args)
	for i, t := range args {
		if t.DType != like.DType {
			t = e.recast(at, like, t)
			if t == nil {
				return Unknown{}
			}
		}
		spread[i] = e.broadcast(t, axes, batched)
	}
	return e.emit(op, nil, axes, batched, spread...)
}

// leading returns the operand whose dtype the others take: the first that is more than a plain number.
func leading(args []*Tensor) *Tensor {
	for _, t := range args {
		if !t.single() {
			return t
		}
	}
	return args[0]
}

// single reports whether a tensor is one number, the same for all samples.
func (t *Tensor) single() bool { return len(t.Axes) == 0 && !t.Batched }

// recast gives a plain number the dtype of the tensor beside it; it reports tensors of two dtypes.
func (e *elaborator) recast(at syntax.Node, like, t *Tensor) *Tensor {
	if t.single() {
		return e.castTo(t, like.DType)
	}
	e.fail("type/dtype", at, "one tensor is %s and the other %s", like.DType, t.DType).Help =
		fmt.Sprintf("cast one of them: cast(t, %s)", like.DType)
	return nil
}

// align returns the axes that tensors have together, in memory order.
func (e *elaborator) align(at syntax.Node, texts []syntax.Expr, args []*Tensor) (axes []Axis, batched, ok bool) {
	owner := map[string]int{} // the operand that gave an axis its size
	var wrong []string
	second := 0
	for i, t := range args {
		batched = batched || t.Batched
		for _, a := range t.Axes {
			j := slices.IndexFunc(axes, func(b Axis) bool { return b.Name == a.Name })
			switch {
			case j < 0:
				axes = append(axes, a)
				owner[a.Name] = i
			case axes[j].Size.Value == 1 && a.Size.Value != 1:
				axes[j] = a
				owner[a.Name] = i
			case a.Size.Value == 1 && axes[j].Size.Value != 1:
			case a.Size.Value != axes[j].Size.Value:
				wrong = append(wrong, a.Name)
				second = i
			default:
				e.mustEqual(axes[j].Size, a.Size)
			}
		}
	}
	if len(wrong) == 0 {
		return ordered(axes), batched, true
	}
	first := owner[wrong[0]]
	e.misfit(at, "shape/broadcast", texts[first], texts[second], args[first], args[second], wrong)
	return nil, false, false
}

// misfit reports two tensors whose sizes differ on the axes named, with where each size comes from.
func (e *elaborator) misfit(at syntax.Node, code diag.Code, first, second syntax.Expr, s, t *Tensor, axes []string) {
	slices.SortFunc(axes, func(a, b string) int { return order(b) - order(a) })
	channel := slices.Index(axes, channelAxis)
	if channel >= 0 { // a difference of channels is no matter of the image's size: it is said first
		axes = slices.Insert(slices.Delete(axes, channel, channel+1), 0, channelAxis)
	}
	name := axes[0]
	a, b := s.axis(name).Size, t.axis(name).Size
	d := &diag.Diagnostic{Code: code, Summary: fmt.Sprintf("%s cannot %s these: they do not line up on %s",
		e.doing(at), verbs[code], enumerate(axes))}
	d.Label = fmt.Sprintf("%s = %d", name, b.Value)
	e.blame(d, second)
	trail := d.Notes
	d.Notes = e.reasons(name, e.spelled(first), a, e.spelled(second), b)
	d.Notes = append(d.Notes, trail...)
	if spatial(name) {
		e.misaligned = append(e.misaligned, misalignment{d, axes})
		d.Help = e.fittingStage(s, t)
		if larger := e.enlarged(at, first, s, t); d.Help == "" {
			d.Help = larger
		} else if larger != "" {
			d.Help += "; or " + larger
		}
	} else if code == "shape/broadcast" {
		d.Help = "an axis is repeated only where its size is 1"
	}
	e.mustEqual(a, b)
	e.report(d)
}

// verbs say what each operation does to its operands.
var verbs = map[diag.Code]string{"shape/concat": "join", "shape/broadcast": "combine", "shape/matmul": "multiply"}

// fittingStage names a stage that does have the sizes of the first operand, where the second came from a stage.
func (e *elaborator) fittingStage(s, t *Tensor) string {
	if !slices.ContainsFunc(e.model.Stages, func(st Stage) bool { return st.Tensor == t }) {
		return ""
	}
	for _, st := range e.model.Stages {
		if st.Tensor != s && len(st.Tensor.space()) > 0 && sameAxes(st.Tensor.space(), s.space()) {
			return fmt.Sprintf("the stage `%s` has the size that is wanted: %s", st.Name, st.Tensor)
		}
	}
	return ""
}

// enlarged says to pipe the first operand through `up` where the second is twice as large and the user's own text is a
// pipe of a name.
func (e *elaborator) enlarged(at syntax.Node, first syntax.Expr, s, t *Tensor) string {
	for _, a := range t.space() {
		if b := s.axis(a.Name); b == nil || a.Size.Value != 2*b.Size.Value {
			return ""
		}
	}
	call, ok := e.outermost(at).(*syntax.Call)
	if !ok || !call.Piped || e.program.library.decls["up"] == nil {
		return ""
	}
	name, ok := e.spelled(first).(*syntax.Ident)
	if !ok || name != call.Args[0].Value {
		return ""
	}
	return fmt.Sprintf("enlarge %s first: %s |> up |> %s", name.Name, name.Name, callSpan(call).Text())
}

// doing names the operation that failed as the user wrote it: "forward", "`+`".
func (e *elaborator) doing(at syntax.Node) string {
	switch n := e.outermost(at).(type) {
	case *syntax.Call:
		return "`" + n.Fun.Span().Text() + "`"
	case *syntax.Binary:
		return "`" + n.Op + "`"
	}
	return "this"
}

// outermost returns the operation that the user wrote: the call of a library block for what stands inside of it.
func (e *elaborator) outermost(at syntax.Node) syntax.Node {
	f, node := e.frame, at
	for f != nil && f.call != nil && f.unit.library {
		node, f = f.call, f.caller
	}
	return node
}
