package repl

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/report"
	"github.com/vnlang/vn/lang/eval"
)

// showResult shows what an item of a script gave: the value of an expression and, to somebody who sits there, the
// shape of a tensor that was bound.
func (s *session) showResult(r eval.Result) {
	t, isTensor := r.Value.(*eval.Tensor)
	switch {
	case r.Name == "" && isTensor:
		fmt.Fprintln(s.Out, t)
		if c, err := s.cost(t); err == nil && c.summary() != "" {
			fmt.Fprintln(s.Out, "  "+c.summary())
		}
	case r.Name == "":
		if _, nothing := r.Value.(eval.Nothing); !nothing {
			fmt.Fprintln(s.Out, r.Value)
		}
	case isTensor && s.Interactive:
		fmt.Fprintf(s.Out, "%s: %s\n", r.Name, t)
	}
}

// cost is what it takes to make a tensor.
type cost struct {
	graph  *ir.Graph
	report *report.Report
	axes   []string // of space, that the inputs have, in the order x, y, z
}

// cost counts what it takes to make a tensor from the inputs.
func (s *session) cost(t *eval.Tensor) (*cost, error) {
	g, err := s.cut(t)
	if err != nil {
		return nil, err
	}
	// The report is that of a model with one stage. It looks for the stage's value by its name, which a cut keeps.
	c := &cost{graph: g, report: report.New(&eval.Model{Stages: []eval.Stage{{Name: "tensor", Tensor: t}}}, g)}
	for _, axis := range []string{ir.X, ir.Y, ir.Z} {
		for _, in := range g.Leaves(ir.LeafInput) {
			if in.Type.Index(axis) >= 0 {
				c.axes = append(c.axes, axis)
				break
			}
		}
	}
	return c, nil
}

// flops counts the arithmetic of one value.
func flops(v *ir.Value) int64 {
	types := make([]ir.Type, len(v.Args))
	for i, a := range v.Args {
		types[i] = a.Type
	}
	return v.Op.Cost(v.Type, types).FLOPs
}

// summary says it in a line; nothing where the tensor is an input.
func (c *cost) summary() string {
	if len(c.graph.Values) == 1 && len(c.graph.Leaves(ir.LeafInput)) == 1 {
		return ""
	}
	parts := []string{plural(c.report.Parameters, "parameter"), count(c.report.FLOPs) + " FLOPs"}
	if field := c.field(); field != "" {
		parts = append(parts, "receptive field "+field)
	}
	return strings.Join(parts, ", ")
}

// field returns the receptive field along the axes that the inputs have; nothing where there are no inputs.
func (c *cost) field() string {
	var parts []string
	for i, axis := range []string{ir.X, ir.Y, ir.Z} {
		for _, has := range c.axes {
			if has != axis {
				continue
			}
			n := c.report.Stages[0].ReceptiveField[i]
			if n == 0 {
				return "the whole input"
			}
			parts = append(parts, strconv.Itoa(n))
		}
	}
	return strings.Join(parts, " x ")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// count prints a count with three digits and a prefix: 512, 58.7 M.
func count(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10)
	}
	x, prefix := float64(n), 0
	for ; x >= 999.5; prefix++ {
		x /= 1000
	}
	return fmt.Sprintf("%.3g %c", x, " kMGTPE"[prefix])
}

// few is how many elements are shown whole.
const few = 32

// first is how many elements of a larger tensor are shown.
const first = 8

// showElements shows a tensor that was computed: a number, or statistics and the elements, all of them where they are
// few, in brackets as a literal has them.
func (s *session) showElements(t *eval.Tensor, data []float32) {
	if len(t.Axes) == 0 && len(data) == 1 {
		fmt.Fprintln(s.Out, number(float64(data[0])))
		return
	}
	fmt.Fprintf(s.Out, "%s\n  %s\n", t, statistics(data))
	if len(data) <= few {
		var sizes []int
		for _, a := range t.Axes {
			sizes = append(sizes, a.Size.Value)
		}
		fmt.Fprintln(s.Out, "  "+nested(data, sizes))
		return
	}
	var parts []string
	for _, x := range data[:first] {
		parts = append(parts, number(float64(x)))
	}
	fmt.Fprintf(s.Out, "  [%s, ...]\n", strings.Join(parts, ", "))
}

// statistics describes numbers. Those that are not finite are counted and left out of the rest.
func statistics(data []float32) string {
	low, high, sum, finite := math.Inf(1), math.Inf(-1), 0.0, 0
	for _, v := range data {
		x := float64(v)
		if math.IsNaN(x) || math.IsInf(x, 0) {
			continue
		}
		low, high, sum = min(low, x), max(high, x), sum+x
		finite++
	}
	if finite == 0 {
		return fmt.Sprintf("all %d are NaN or infinite", len(data))
	}
	mean, squares := sum/float64(finite), 0.0
	for _, v := range data {
		if d := float64(v) - mean; !math.IsNaN(d) && !math.IsInf(d, 0) {
			squares += d * d
		}
	}
	text := fmt.Sprintf("min %s, mean %s, max %s, deviation %s", number(low), number(mean), number(high),
		number(math.Sqrt(squares/float64(finite))))
	if finite < len(data) {
		text += fmt.Sprintf(" of the finite ones; NaN or infinite: %d of %d", len(data)-finite, len(data))
	}
	return text
}

// nested prints numbers in brackets, the innermost along the last size.
func nested(data []float32, sizes []int) string {
	if len(sizes) == 0 {
		return number(float64(data[0]))
	}
	parts := make([]string, sizes[0])
	step := len(data) / sizes[0]
	for i := range parts {
		parts[i] = nested(data[i*step:(i+1)*step], sizes[1:])
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// number prints six digits, which a float32 has.
func number(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
