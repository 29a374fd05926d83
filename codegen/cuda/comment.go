package cuda

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
)

// describe returns the comment of a launch: what of the program it computes and where that stands, how it computes it, and
// what each parameter is. Types are the plan's; how they are stored, the parameters say.
func (u *unit) describe(b *body, s shape, note string, cost plan.KernelCost) []string {
	k := &u.plan.Kernels[u.current]
	head := fmt.Sprintf("%d %s", u.original[u.current], k.Name)
	if k.Stage != "" {
		head += " in stage " + k.Stage
	}
	for i, at := range k.At {
		head += []string{": ", " < "}[min(i, 1)] + at.String()
	}
	does := quantity(cost.Bytes, "B")
	if cost.FLOPs > 0 {
		does = quantity(cost.FLOPs, "FLOP") + ", " + does
	}
	launch := fmt.Sprintf("  %s: %s; %d x %d x %d blocks of %d threads", note, does, s.grid[0], s.grid[1], s.grid[2], s.block)
	if s.shared > 0 {
		launch += fmt.Sprintf(", %d bytes of dynamic shared memory", s.shared)
	}
	lines := []string{head, "  " + computes(k), launch, "  " + u.parameters(b, k)}
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	return lines
}

// printable returns a line of a comment as one: names of files, and those in an artifact, may hold anything.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\\' {
			return '?'
		}
		return r
	}, line)
}

// computes says what a kernel of the plan computes.
func computes(k *plan.Kernel) string {
	var parts []string
	if a := k.Anchor; a != nil {
		text := a.Op.Kind()
		for _, attribute := range ir.Attributes(a.Op) {
			text += " " + attribute.String()
		}
		types := make([]string, len(a.Types))
		for i, t := range a.Types {
			types[i] = axesOf(t.Axes)
		}
		parts = append(parts, text+" of "+strings.Join(types, " and ")+" -> "+axesOf(a.Type.Axes))
	} else {
		parts = append(parts, "over "+axesOf(k.Domain))
	}
	for _, in := range k.Program {
		if len(in.Args) > 0 || in.Op == "random" {
			parts = append(parts, in.Op)
		}
	}
	for _, r := range k.Reduces {
		over := make([]string, len(r.Axes))
		for i, axis := range r.Axes {
			over[i] = k.Domain[axis].Name
		}
		parts = append(parts, strings.TrimPrefix(r.Op, "reduce_")+" over "+strings.Join(over, ", "))
	}
	return strings.Join(parts, "; ")
}

// axesOf writes axes as a type of the program has them, without the type of the numbers.
func axesOf(axes []ir.Axis) string {
	t := ir.Type{DType: ir.F32, Axes: axes}
	return strings.TrimPrefix(t.String(), string(ir.F32))
}

// parameters says what the parameters of a kernel are in a launch.
func (u *unit) parameters(b *body, k *plan.Kernel) string {
	var list []string
	for _, p := range b.params {
		list = append(list, p.name+" "+u.meaning(p, k))
	}
	return strings.Join(list, ", ")
}

// meaning says what a parameter points to: buffers of the plan, of which several may be at one place, or the unit's own
// memory.
func (u *unit) meaning(p param, k *plan.Kernel) string {
	switch {
	case p.dtype == stepType:
		return "seed and step"
	case p.section == inScratch:
		return "scratch"
	case p.section == inKept:
		return "made before the first step"
	}
	var names []string
	for _, v := range viewsOf(k) {
		if name := u.plan.Buffers[v.Buffer].Name; u.layout.places[v.Buffer] == p.place && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "a part of " + p.place.String()
	}
	return strings.Join(names, " and ")
}

// String returns the place as a reader finds it.
func (p Place) String() string {
	if p.Variable != "" {
		return fmt.Sprintf("%s%+d", p.Variable, p.Offset)
	}
	return fmt.Sprintf("the session%+d", p.Offset)
}

// quantity writes a number with a prefix of its unit.
func quantity(n int64, unit string) string {
	v, prefixes := float64(n), []string{"", "k", "M", "G", "T"}
	i := 0
	for v >= 1000 && i < len(prefixes)-1 {
		v, i = v/1000, i+1
	}
	return fmt.Sprintf("%.4g %s%s", v, prefixes[i], unit)
}
