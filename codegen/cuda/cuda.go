// Package cuda turns an execution plan into CUDA C++ and a list of launches.
//
// Emit decides where everything lies (layout.go), writes every kernel of the plan as one or more kernels of CUDA specialised
// to it, all shapes constants, and puts equal ones together. A kernel without an anchor is a sweep over its domain
// (sweep.go), with reductions in a fixed order (reduce.go). A convolution whose channels come in blocks is an implicit
// matrix product on tensor cores (convolution.go); every other anchor is computed element by element by the general
// kernels (anchor.go), which can do anything the language allows and say so in a profile.
//
// The package writes text alone: it is pure Go, and knows no device. The text stands on a prelude of small functions
// (folder prelude) that has two sides, one of inline PTX for a GPU and one that runs the same kernels on a processor, so
// that every change is checked where no GPU is. Nothing is summed by atomics: the same plan gives the same bits.
package cuda

import (
	"fmt"

	"github.com/vnlang/vn/compiler/plan"
)

// Emit writes a plan as CUDA C++.
func Emit(p *plan.Plan, o Options) (*Module, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	ordered, groups, original := scheduled(p)
	u := &unit{
		plan: ordered, original: original, options: o,
		layout: newLayout(ordered, o.Precision), byText: map[string]*function{},
	}
	for _, group := range groups {
		if len(group) > 1 {
			u.group(group)
			continue
		}
		if err := u.kernel(group[0]); err != nil {
			return nil, fmt.Errorf("emit %s: %s: %w", p.Name, ordered.Kernels[group[0]].Name, err)
		}
	}
	return u.module()
}

// kernel writes one kernel of the plan.
func (u *unit) kernel(i int) error {
	k := &u.plan.Kernels[i]
	u.begin(i)
	if k.Anchor == nil {
		u.sweeps(merged(u.layout, k), nil)
		return nil
	}
	if u.hopper(k) || u.convolution(k) || u.weightGradient(k) || u.firstLayer(k) {
		return nil
	}
	value, err := u.general(k.Anchor)
	if err == nil {
		u.sweeps(k, value)
	}
	return err
}
