package main

import (
	"fmt"
	"strings"

	"github.com/vnlang/vn/codegen/cuda"
	"github.com/vnlang/vn/compiler/ir"
	"github.com/vnlang/vn/compiler/plan"
)

// group is kernels of a plan that are computed by the same launches.
type group struct {
	kernels  []*plan.Kernel
	launches []*cuda.Launch // of each of them
	indices  []int          // in the plan
	measured float64        // seconds of all of them together; 0 where nothing was measured
}

// groups puts the kernels of a plan together that are alike, in the order in which the first of each is launched.
func groups(p *plan.Plan, launches []cuda.Launch) []*group {
	byKernel := make([][]*cuda.Launch, len(p.Kernels))
	var order []int
	for i := range launches {
		l := &launches[i]
		if byKernel[l.Kernel] == nil {
			order = append(order, l.Kernel)
		}
		byKernel[l.Kernel] = append(byKernel[l.Kernel], l)
	}
	var list []*group
	known := map[string]*group{}
	for _, i := range order {
		var key strings.Builder
		for _, l := range byKernel[i] {
			fmt.Fprintln(&key, l.Entry, l.Grid, l.Block, l.Shared, l.Note, l.FLOPs, l.Bytes)
		}
		g := known[key.String()]
		if g == nil {
			g = &group{launches: byKernel[i]}
			known[key.String()] = g
			list = append(list, g)
		}
		g.kernels = append(g.kernels, &p.Kernels[i])
		g.indices = append(g.indices, i)
	}
	return list
}

// floor returns the seconds that all of a group takes at least, each launch by itself.
func (g *group) floor(on gpu, p cuda.Precision) float64 {
	sum := 0.0
	for _, l := range g.launches {
		seconds, _ := on.floor(l, p)
		sum += seconds
	}
	return sum * float64(len(g.kernels))
}

// stages returns the stages of a group's kernels, as far as they fit.
func (g *group) stages() string {
	var names []string
	for _, k := range g.kernels {
		if name := k.Stage; name != "" && (len(names) == 0 || names[len(names)-1] != name) {
			names = append(names, name)
		}
	}
	if len(names) > 3 {
		names = append(names[:2], fmt.Sprintf("and %d more", len(names)-2))
	}
	return strings.Join(names, ", ")
}

// what says what a kernel computes, and of which size: for a convolution the channels that it reads and makes, and the
// space of its result, x×y×z.
func what(k *plan.Kernel) string {
	a := k.Anchor
	switch {
	case a == nil && len(k.Reduces) > 0:
		return "reduce " + size(k.Domain)
	case a == nil:
		return "map " + size(k.Domain)
	case len(a.Types) == 2 && a.Op.Kind() == "convolve_weight":
		return fmt.Sprintf("%s %d→%d at %s", a.Op.Kind(), a.Types[0].Size(ir.Channel), a.Types[1].Size(ir.Channel), size(a.Types[1].Axes[2:]))
	case len(a.Types) == 2 && strings.HasPrefix(a.Op.Kind(), "convolve"):
		return fmt.Sprintf("%s %d→%d at %s", a.Op.Kind(), a.Types[0].Size(ir.Channel), a.Type.Size(ir.Channel), size(a.Type.Axes[2:]))
	}
	return a.Op.Kind() + " " + size(a.Type.Axes)
}

// size writes axes the other way round, so that space is x×y×z.
func size(axes []ir.Axis) string {
	var words []string
	for i := len(axes) - 1; i >= 0; i-- {
		if axes[i].Size > 1 || len(axes) == 1 {
			words = append(words, fmt.Sprint(axes[i].Size))
		}
	}
	if len(words) == 0 {
		return "1"
	}
	return strings.Join(words, "×")
}
